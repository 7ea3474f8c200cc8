import { execFile } from 'node:child_process'
import { isIP } from 'node:net'
import type { Hop, Target, TraceAnswer } from '@streamgauge/contract'
import { mayProbe } from '../net/address.ts'
import { resolve } from '../net/resolve.ts'
import { ProbeFailure } from '../probe/failure.ts'
import { TOOLS, type Tool } from './tools.ts'

/** A way on which nobody answers takes `traceroute` some eight seconds, `tracepath` a minute. */
const LIMIT_MS = 30_000
const OUTPUT_MAX_BYTES = 64 * 1024

/** The way to where a target is, by the first program of `tools` that this system has. Never throws. */
export async function trace(
  target: Pick<Target, 'url' | 'address'>,
  signal: AbortSignal,
  tools: readonly Tool[] = TOOLS,
): Promise<TraceAnswer> {
  if (!URL.canParse(target.url)) return refusal('NAME_UNRESOLVED', `${target.url} is no URL`)
  const host = new URL(target.url).hostname.replace(/^\[|\]$/g, '')
  let address: string
  try {
    address = target.address ?? (await resolve(host, signal))
  } catch (error) {
    return refusal('NAME_UNRESOLVED', error instanceof ProbeFailure ? error.message : String(error))
  }
  if (isIP(address) === 0 || !mayProbe(address, target.address ?? host))
    return refusal('REFUSED_BY_POLICY', `${host} is at ${address}, which no target may use`)
  for (const tool of tools) {
    const ran = await run(tool, address, signal)
    if (ran.kind === 'missing') continue
    const hops = upTo(address, tool.read(ran.output))
    // What it found before it was stopped or gave up is worth having.
    if (hops.length > 0) {
      const reached = hops.at(-1)?.address === address
      return { ok: true, trace: { tool: tool.name, address, reached, hops } }
    }
    if (ran.kind === 'late')
      return refusal('TIMED_OUT', `${tool.name} did not end within ${LIMIT_MS / 1_000} s`)
    return refusal('FAILED', `${tool.name}: ${ran.complaint}`)
  }
  return refusal('NO_TOOL', `this system has none of ${tools.map(({ name }) => name).join(', ')}`)
}

type Ran =
  | { readonly kind: 'missing' }
  | { readonly kind: 'ended' | 'late'; readonly output: string; readonly complaint: string }

function run(tool: Tool, address: string, signal: AbortSignal): Promise<Ran> {
  // Debian keeps traceroute where only root looks for programs.
  const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`
  const options = {
    env: { PATH, LC_ALL: 'C' },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL' as const,
    maxBuffer: OUTPUT_MAX_BYTES,
    signal,
  }
  return new Promise((done) => {
    execFile(tool.name, tool.args(address), options, (error, output, complaint) => {
      if (error?.code === 'ENOENT') return done({ kind: 'missing' })
      const said = complaint.trim() || error?.message || 'it said nothing'
      done({ kind: error?.killed ? 'late' : 'ended', output, complaint: said })
    })
  })
}

/** The hops up to the address, which mtr asks farther than need be; behind the last that answers, one silent one says it all. */
function upTo(address: string, hops: readonly Hop[]): Hop[] {
  const end = hops.findIndex((hop) => hop.address === address)
  if (end >= 0) return hops.slice(0, end + 1)
  return hops.slice(0, hops.findLastIndex((hop) => hop.address !== null) + 2)
}

function refusal(code: string, message: string): TraceAnswer {
  return { ok: false, code, message: message.slice(0, 300) }
}
