import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** Sends every packet back: what any answer over UDP takes. Says what it has cost when it is asked. */
const socket = createSocket({ type: 'udp4', lookup: (address, _, done) => done(null, address, 4) })
socket.on('message', (message, { address, port }) => socket.send(message, port, address, () => {}))
const listening = once(socket, 'listening')
socket.bind({ address: '127.0.0.1', port: 0 })
await listening
process.on('message', () =>
  process.send?.({ cpu_us: Object.values(process.cpuUsage()).reduce((a, b) => a + b) }),
)
process.send?.({ port: 0, dns_port: socket.address().port })
