import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { monotonicMs } from '@streamgauge/agent/clock.ts'

const CHUNK = Buffer.alloc(65_536)

/** Serves TCP connections that send as fast as they can and take in whatever comes, until `stop`. */
export async function serveBulk(
  address: string,
  ready: (port: number) => void,
  stop: Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).resume()
    flood(socket)
  })
  server.listen(0, address)
  await once(server, 'listening')
  const bound = server.address()
  if (typeof bound === 'object' && bound !== null) ready(bound.port)
  await stop
  for (const socket of sockets) socket.destroy()
  server.close()
}

/** Pulls `bytes` over one TCP connection while sending as fast as it can; the time from connected to the last of them. */
export async function pullBulk(address: string, port: number, bytes: number): Promise<number> {
  const socket = connect(port, address)
  await once(socket, 'connect')
  const start_ms = monotonicMs()
  flood(socket)
  await new Promise<void>((resolve, reject) => {
    let received = 0
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      received += chunk.length
      if (received >= bytes) resolve()
    })
  })
  const elapsed_ms = monotonicMs() - start_ms
  socket.destroy()
  return elapsed_ms
}

function flood(socket: Socket): void {
  const write = () => {
    while (!socket.destroyed && socket.write(CHUNK));
  }
  socket.on('drain', write)
  write()
}
