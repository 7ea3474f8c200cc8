import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import type { Certificate } from './certificate.ts'

/** A server that does as it likes with every connection. @returns its port on loopback; it ends with the test */
export async function rawServer(
  t: TestContext,
  talk: (socket: Socket) => void,
  tls?: { readonly certificate: Certificate; readonly alpn: string },
): Promise<number> {
  const sockets = new Set<Socket>()
  const welcome = (socket: Socket) => {
    socket.on('error', () => {})
    talk(socket)
  }
  const server: Server =
    tls === undefined
      ? createServer(welcome)
      : createTlsServer({ ...tls.certificate, ALPNProtocols: [tls.alpn] }, welcome)
  server.on('tlsClientError', () => {})
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Writes the same bytes again and again, as fast as they are taken, until the other side is gone. */
export function flood(socket: Socket, bytes: Uint8Array | string, count = Number.POSITIVE_INFINITY): void {
  let left = count
  const pour = () => {
    while (left > 0 && !socket.destroyed) {
      left--
      if (!socket.write(bytes)) break
    }
    // The client's own packets are to be read too.
    if (left > 0 && !socket.destroyed) socket.once('drain', pour)
  }
  pour()
}

/** Answers each request on a cleartext HTTP/1.1 connection once its head has come. */
export function onRequest(answer: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => socket.once('data', () => answer(socket))
}

/** Frame types of HTTP/2 (RFC 9113 §6). */
export const FRAME = {
  data: 0,
  headers: 1,
  rst_stream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  continuation: 9,
} as const

/** One HTTP/2 frame by hand (RFC 9113 §4.1). */
export function frame(type: keyof typeof FRAME, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(FRAME[type], 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A header field as HPACK carries it without tables (RFC 7541 §6.2.2); both shorter than 127 bytes. */
export function field(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ])
}

/** `:status: 200`, from HPACK's static table. */
export const STATUS_200 = Buffer.from([0x88])

/** Speaks HTTP/2 as far as the first request, which is on stream 1, and hands over. */
export function onStream(answer: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    let seen = Buffer.alloc(0)
    socket.write(frame('settings', 0, 0, Buffer.alloc(0)))
    const read = (bytes: Buffer) => {
      seen = Buffer.concat([seen, bytes])
      // After the preface of 24 bytes.
      for (let at = 24; at + 9 <= seen.length; at += 9 + seen.readUIntBE(at, 3)) {
        if (seen.readUInt8(at + 3) !== FRAME.headers) continue
        socket.off('data', read)
        socket.resume()
        answer(socket)
        return
      }
    }
    socket.on('data', read)
  }
}
