import { Draws } from '@streamgauge/collector/simulate/random.ts'
import { encode } from 'dns-packet'

const NAMES = ['main.live.example.com', 'nothing.live.example.com', 'live.example.com', 'example.org', '.']
const TYPES = ['A', 'AAAA', 'NS', 'SOA', 'TXT', 'AXFR'] as const

/** A message of a kind that arrives at open ports: sound, flipped, cut, spliced, or noise. The same seed makes the same. */
export function garbage(seed: number): Buffer {
  const draws = new Draws()
  draws.begin(seed, 1, 2, 3)
  const below = (limit: number) => Math.floor(draws.next() * limit)
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => below(256)))
  if (below(8) === 0) return noise(below(600))
  const subnet = Buffer.concat([Buffer.from([0, below(4), below(140), below(3)]), noise(below(18))])
  const additionals = [
    {
      ...{ type: 'OPT' as const, name: '.', udpPayloadSize: below(65_536), extendedRcode: 0 },
      ...{ ednsVersion: below(5) === 0 ? 1 : 0, flags: below(2) * 0x8000, flag_do: false },
      options: below(2) === 0 ? [] : [{ code: 8 as const, ip: undefined, data: subnet }],
    },
  ]
  const type = TYPES[below(TYPES.length)] ?? 'A'
  const message = encode({
    ...{ id: below(65_536), flags: below(4) === 0 ? below(32_768) : 0 },
    questions: [{ type, name: NAMES[below(NAMES.length)] ?? '.' }],
    additionals: below(3) === 0 ? [] : additionals,
  })
  let result = message
  for (let blows = below(4); blows > 0; blows -= 1) {
    const at = below(result.length)
    const kind = below(3)
    if (kind === 0) result[at] = below(256)
    if (kind === 1) result = result.subarray(0, at)
    if (kind === 2) result = Buffer.concat([result.subarray(0, at), noise(below(40)), result.subarray(at)])
  }
  return result
}

/** The larger of an answer to garbage: the question back, and one small record. */
export const AMPLIFIED_MAX_BYTES = 140

/** What is wrong with an answer to a message; `null`: nothing is. */
export function faultIn(message: Buffer, answer: Buffer): string | null {
  if (answer.length < 12) return 'no header'
  if (answer.readUInt16BE(0) !== message.readUInt16BE(0)) return 'another id'
  if (((answer[2] ?? 0) & 0x80) === 0) return 'not an answer'
  if (((message[2] ?? 0) & 0x80) !== 0) return 'answers an answer'
  if (answer.length > message.length + AMPLIFIED_MAX_BYTES)
    return `${answer.length} bytes for ${message.length}`
  return null
}
