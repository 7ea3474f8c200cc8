import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { beOnTime, waiter } from '../link/libc.ts'

/** What to send: `count` packets of `size_bytes` (IP and UDP headers included), `interval_ms` apart. */
export interface Shipment {
  readonly address: string
  readonly port: number
  readonly count: number
  readonly size_bytes: number
  readonly interval_ms: number
}

/** One packet that came in. */
export interface Received {
  readonly number: number
  /** On CLOCK_MONOTONIC, which is the same for every process of a machine. */
  readonly sent_ms: number
  readonly received_ms: number
  /** IP and UDP headers included. */
  readonly size_bytes: number
}

const UDP_BYTES = 8
const PACKETS_MAX = 1_000_000

/** Sends numbered packets that carry the time they were sent. */
export async function send({ address, port, count, size_bytes, interval_ms }: Shipment): Promise<void> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  socket.connect(port, address)
  await once(socket, 'connect')
  const bytes = Buffer.alloc(size_bytes - headerBytes(address))
  const sleep = waiter([])
  beOnTime(1)
  const start_ms = machineMs()
  for (let number = 0; number < count; number++) {
    for (;;) {
      const left_ms = start_ms + number * interval_ms - machineMs()
      if (left_ms <= 0) break
      sleep(left_ms)
    }
    // A datagram handed over is not copied until it is sent, which it is at once unless the socket is full.
    const datagram = Buffer.from(bytes)
    datagram.writeUInt32BE(number, 0)
    datagram.writeDoubleBE(machineMs(), 4)
    const sent = Promise.withResolvers<void>()
    // Refused: nobody listens there, which is for the receiver to find out.
    socket.send(datagram, () => sent.resolve())
    await sent.promise
  }
  socket.close()
}

/** Takes in packets until `stop`; `ready` gets the port. */
export async function receive(
  address: string,
  ready: (port: number) => void,
  stop: Promise<void>,
): Promise<readonly Received[]> {
  // Otherwise, on a busy machine, it is the receiver's own lateness that is measured. Below the relay's priority.
  beOnTime(1)
  const received: Received[] = []
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  socket.on('message', (datagram) => {
    const received_ms = machineMs()
    if (datagram.length < 12 || received.length >= PACKETS_MAX) return
    received.push({
      number: datagram.readUInt32BE(0),
      sent_ms: datagram.readDoubleBE(4),
      received_ms,
      size_bytes: datagram.length + headerBytes(address),
    })
  })
  socket.bind(0, address)
  await once(socket, 'listening')
  ready(socket.address().port)
  await stop
  socket.close()
  return received
}

function headerBytes(address: string): number {
  return UDP_BYTES + (isIPv6(address) ? 40 : 20)
}

/** Unlike performance.now(), whose zero is the start of the process, this can be compared between processes. */
function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
