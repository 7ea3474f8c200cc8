import { isIP } from 'node:net'
import type { Hop, Trace } from '@streamgauge/contract'

const HOPS_MAX = 30
const PACKETS = 3

/** A program that finds the way to an address: what it is told, and what its answer says. */
export interface Tool {
  readonly name: Trace['tool']
  readonly args: (address: string) => readonly string[]
  readonly read: (output: string) => Hop[]
}

/** In the order of preference: each packet's time and quick; each packet's time; one packet. */
export const TOOLS: readonly Tool[] = [
  {
    name: 'traceroute',
    args: (address) => ['-n', '-q', String(PACKETS), '-w', '1', '-m', String(HOPS_MAX), address],
    read: readTraceroute,
  },
  {
    name: 'mtr',
    args: (address) => ['--raw', '-n', '-c', String(PACKETS), '-G', '1', '-m', String(HOPS_MAX), address],
    read: readMtr,
  },
  {
    name: 'tracepath',
    args: (address) => ['-n', '-m', String(HOPS_MAX), address],
    read: readTracepath,
  },
]

/** ` 2  10.9.2.2  0.011 ms * 0.004 ms`, also with a second router's address and with `!H` behind a time. */
function readTraceroute(output: string): Hop[] {
  return linesOf(output, /^\s*(\d+)\s+(.*)$/).flatMap(([, number, rest = '']) => {
    const words = rest.split(/\s+/)
    const rtt_ms = words.flatMap((word, i) => (words[i + 1] === 'ms' ? times(word) : []))
    const lost = words.filter((word) => word === '*').length
    if (rtt_ms.length + lost === 0) return []
    return hop(number, words.find((word) => isIP(word) !== 0) ?? null, rtt_ms, rtt_ms.length + lost)
  })
}

/** `x HOP SEQ` was sent, `h HOP ADDRESS` answered, `p HOP MICROSECONDS SEQ` in that time; hops from 0. */
function readMtr(output: string): Hop[] {
  const found = new Map<number, { address: string | null; rtt_ms: number[]; sent: number }>()
  for (const [, kind, number, value = ''] of linesOf(output, /^([xhp]) (\d+) (\S+)/)) {
    const at = Number(number)
    const known = found.get(at) ?? { address: null, rtt_ms: [], sent: 0 }
    if (kind === 'x') known.sent += 1
    if (kind === 'h' && isIP(value) !== 0) known.address = value
    if (kind === 'p') known.rtt_ms.push(...times(String(Number(value) / 1_000)))
    found.set(at, known)
  }
  return [...found].flatMap(([at, { address, rtt_ms, sent }]) =>
    hop(String(at + 1), address, rtt_ms, Math.max(sent, rtt_ms.length)),
  )
}

/** ` 2:  10.9.2.2    0.080ms reached`, ` 3:  no reply`; a hop may be there twice, and says the same. */
function readTracepath(output: string): Hop[] {
  const found = new Map<string, Hop>()
  for (const [, number = '', rest = ''] of linesOf(output, /^\s*(\d+):\s+(.*)$/)) {
    const [address = '', time = ''] = rest.split(/\s+/)
    const answered = isIP(address) !== 0
    if (!answered && !rest.startsWith('no reply')) continue
    if (found.get(number)?.address) continue
    const rtt_ms = answered && time.endsWith('ms') ? times(time.slice(0, -2)) : []
    for (const only of hop(number, answered ? address : null, rtt_ms, 1)) found.set(number, only)
  }
  return [...found.values()]
}

function linesOf(output: string, pattern: RegExp): RegExpMatchArray[] {
  return output
    .split('\n')
    .map((line) => line.match(pattern))
    .filter((match) => match !== null)
}

function times(word: string): number[] {
  const ms = Number(word)
  return word !== '' && Number.isFinite(ms) && ms >= 0 && ms <= 60_000 ? [ms] : []
}

function hop(number: string | undefined, address: string | null, rtt_ms: number[], sent: number): Hop[] {
  const at = Number(number)
  if (at < 1 || at > HOPS_MAX) return []
  return [{ hop: at, address, rtt_ms: rtt_ms.slice(0, 10), sent_count: Math.min(10, Math.max(1, sent)) }]
}
