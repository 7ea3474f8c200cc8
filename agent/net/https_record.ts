import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { getServers } from 'node:dns'
import { isIP } from 'node:net'
import { type Answer, decode, encode, type Packet } from 'dns-packet'
import { monotonicMs } from '../clock.ts'

const TYPE_HTTPS = 65
const LIMIT_MS = 2_000
const KEY_ALPN = 1
const KEPT_MAX_COUNT = 4_096
const KEPT_MIN_MS = 60_000
const KEPT_MAX_MS = 3_600_000

interface Kept {
  readonly offered: boolean
  readonly until_ms: number
}

const kept = new Map<string, Kept>()

/**
 * Whether the DNS says, before anybody connects, that `host` speaks HTTP/3: an HTTPS record with `h3` among its ALPN
 * ids (RFC 9460). Answers are kept for as long as the record says, an hour at most. Never rejects.
 * @returns `false` also for an address, which has no record; `null`: nobody answered
 */
export async function httpsRecordOffersHttp3(
  host: string,
  port: number,
  server: string | undefined = getServers()[0],
): Promise<boolean | null> {
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0 || !host.includes('.')) return false
  if (server === undefined) return null
  const name = port === 443 ? host : `_${port}._https.${host}`
  const known = kept.get(`${server} ${name}`)
  if (known !== undefined && known.until_ms > monotonicMs()) return known.offered
  const answers = await ask(name, server)
  if (answers === null) return null
  const offered = answers.some(({ data }) => alpnOf(data).includes('h3'))
  const ttlMs = Math.min(...answers.map((answer) => answer.ttl * 1_000), KEPT_MAX_MS)
  if (kept.size >= KEPT_MAX_COUNT) kept.clear()
  kept.set(`${server} ${name}`, { offered, until_ms: monotonicMs() + Math.max(KEPT_MIN_MS, ttlMs) })
  return offered
}

/** Asks once over UDP; `null`: no answer, or an error. */
function ask(name: string, server: string): Promise<{ ttl: number; data: Buffer }[] | null> {
  const { address, port } = splitServer(server)
  const id = randomInt(65_536)
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4')
  return new Promise((resolve) => {
    const done = (answers: { ttl: number; data: Buffer }[] | null) => {
      clearTimeout(timer)
      socket.removeAllListeners('message')
      socket.close()
      resolve(answers)
    }
    const timer = setTimeout(() => done(null), LIMIT_MS)
    socket.once('error', () => done(null))
    socket.on('message', (bytes) => {
      const packet = read(bytes)
      if (packet === null || packet.id !== id) return
      done(hasAnswer(packet) ? httpsRecords(packet.answers ?? []) : null)
    })
    socket.connect(port, address, () => {
      const question = { name, type: `UNKNOWN_${TYPE_HTTPS}` }
      const query = { type: 'query', id, flags: RECURSION_DESIRED, questions: [question] }
      // The library's types know only the record types it has a codec for.
      socket.send(encode(query as unknown as Packet), (error) => error && done(null))
    })
  })
}

const RECURSION_DESIRED = 0x0100
const RCODE_NAME_ERROR = 3

/** Also a name that does not exist is an answer: such a host offers nothing. */
function hasAnswer(packet: Packet): boolean {
  const rcode = (packet.flags ?? 0) & 0x0f
  return rcode === 0 || rcode === RCODE_NAME_ERROR
}

function read(bytes: Buffer): Packet | null {
  try {
    return decode(bytes)
  } catch {
    return null
  }
}

function httpsRecords(answers: readonly Answer[]): { ttl: number; data: Buffer }[] {
  return answers.flatMap((answer) => {
    const isHttps = String(answer.type) === `UNKNOWN_${TYPE_HTTPS}`
    if (!isHttps || !('data' in answer) || !Buffer.isBuffer(answer.data)) return []
    return [{ ttl: 'ttl' in answer ? (answer.ttl ?? 0) : 0, data: answer.data }]
  })
}

/** The ALPN ids of one record (RFC 9460 §2.2 and §7.1.1); none for an alias, and none for damage. */
function alpnOf(data: Buffer): string[] {
  try {
    if (data.readUInt16BE(0) === 0) return []
    let at = 2
    while (data.readUInt8(at) !== 0) at += 1 + data.readUInt8(at)
    at++
    while (at + 4 <= data.length) {
      const key = data.readUInt16BE(at)
      const value = data.subarray(at + 4, at + 4 + data.readUInt16BE(at + 2))
      if (key === KEY_ALPN) return idsOf(value)
      at += 4 + value.length
    }
    return []
  } catch {
    return []
  }
}

function idsOf(value: Buffer): string[] {
  const ids: string[] = []
  for (let at = 0; at < value.length; at += 1 + value.readUInt8(at))
    ids.push(value.toString('latin1', at + 1, at + 1 + value.readUInt8(at)))
  return ids
}

/** `9.9.9.9`, `9.9.9.9:53`, `2620:fe::9`, `[2620:fe::9]:53`: as `dns.getServers` writes them. */
function splitServer(server: string): { address: string; port: number } {
  if (isIP(server) !== 0) return { address: server, port: 53 }
  const at = server.lastIndexOf(':')
  return { address: server.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(server.slice(at + 1)) }
}
