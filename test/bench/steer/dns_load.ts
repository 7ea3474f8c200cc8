import { createSocket } from 'node:dgram'
import { encode } from 'dns-packet'

/** On their way at once: fewer than what sockets hold. */
const FLIGHT = 128
/** What was lost is made up for after so long. */
const LOST_MS = 200

/** What came of it. */
export interface DnsResult {
  readonly per_s: number
  readonly lost: number
  /** The server's processor time for one answer, its system calls included, us. */
  readonly cpu_us: number
  /** Bytes of the last answer. */
  readonly answer: Buffer
}

/** Asks for a while, a packet for each that comes back. `cpu` reads what the server has used so far, us. */
export async function askFor(
  seconds: number,
  port: number,
  queries: readonly Buffer[],
  cpu: () => Promise<number>,
): Promise<DnsResult> {
  const socket = createSocket({ type: 'udp4', lookup: (address, _, done) => done(null, address, 4) })
  let [answered, asked, lost] = [0, 0, 0]
  let answer = Buffer.alloc(0)
  let ends = false
  let seen = 0
  const ask = () => {
    const query = queries[asked % queries.length]
    asked += 1
    if (query !== undefined) socket.send(query, port, '127.0.0.1', () => {})
  }
  socket.on('message', (message) => {
    answered += 1
    answer = message
    if (!ends) ask()
  })
  const began_cpu = await cpu()
  const began = performance.now()
  for (let one = 0; one < FLIGHT; one += 1) ask()
  const watch = setInterval(() => {
    const missing = answered === seen && !ends ? asked - lost - answered : 0
    lost += missing
    for (let one = 0; one < missing; one += 1) ask()
    seen = answered
  }, LOST_MS)
  await new Promise((resolve) => setTimeout(resolve, 1_000 * seconds))
  ends = true
  const took_s = (performance.now() - began) / 1_000
  const used = (await cpu()) - began_cpu
  clearInterval(watch)
  socket.close()
  return { per_s: answered / took_s, lost, cpu_us: used / answered, answer }
}

/** Questions for an address's network (/24) each, as resolvers ask them. */
export function dnsQueries(name: string, addresses: readonly string[]): Buffer[] {
  return addresses.map((address, id) => {
    const bytes = Buffer.from([0, 1, 24, 0, ...address.split('.').slice(0, 3).map(Number)])
    const opt = {
      ...{ type: 'OPT' as const, name: '.', udpPayloadSize: 1_232, extendedRcode: 0, ednsVersion: 0 },
      ...{ flags: 0, flag_do: false, options: [{ code: 8 as const, ip: undefined, data: bytes }] },
    }
    return encode({ id: id % 65_536, questions: [{ type: 'A', name }], additionals: [opt] })
  })
}
