import { ADDRCONFIG } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Kind, Measurement, Target } from '@streamgauge/contract'
import { utcNow } from '../clock.ts'
import type { Connection, Connector, ConnectRequest } from '../connect/connection.ts'
import { connectQuic } from '../connect/quic.ts'
import { connectTcp } from '../connect/tcp.ts'
import { MediaError } from '../media/error.ts'
import { mayProbe } from '../net/address.ts'
import type { Policy } from '../player/play.ts'
import { pullFlv } from '../pull/flv.ts'
import { pullHls } from '../pull/hls.ts'
import type { Puller } from '../pull/pull.ts'
import { ProbeFailure } from './failure.ts'
import { watchInstrument } from './instrument.ts'
import { measurementOf } from './measurement.ts'
import { Recording } from './recording.ts'
import { USER_AGENT } from './version.ts'

/** Every transport the agent speaks. Adding one is a file and a line here. */
export const connectors = { tcp: connectTcp, quic: connectQuic } as const satisfies Record<
  Target['transport'],
  Connector
>

/** Every stream format the agent plays. Adding one is a file and a line here. */
const pullers: Partial<Record<Target['format'], Puller>> = { flv: pullFlv, hls: pullHls }

const HANDSHAKE_LIMIT_MS = 10_000
const RESOLVE_LIMIT_MS = 5_000

/** How one run is to be made. */
export interface RunOptions {
  readonly agent_id: string
  readonly kind: Kind
  /** Deadline, wall time from the start of the run. */
  readonly duration_ms: number
  readonly policy: Policy
  readonly pair: { readonly pair_id: string; readonly position: 0 | 1 } | null
  /** Ends the run early; what was measured so far is kept. */
  readonly signal?: AbortSignal
  /** Marks the run as one that must not count. */
  readonly taints?: readonly string[]
}

/**
 * Runs one target once. A target that is down is a result, not an exception: this rejects only when the agent
 * itself is broken beyond telling.
 */
export async function probe(target: Target, options: RunOptions): Promise<Measurement> {
  const instrument = watchInstrument()
  const run = new Recording(utcNow())
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.duration_ms)
  const signal = options.signal ? AbortSignal.any([deadline.signal, options.signal]) : deadline.signal
  let error: unknown = null
  try {
    await pullOnce(target, options, run, signal)
  } catch (thrown) {
    error = thrown
  }
  clearTimeout(timer)
  run.finish()
  run.connection?.close()
  run.path = (await run.connection?.figures().catch(() => null)) ?? null
  // Being stopped at the deadline, in the middle of an answer, is how a stream run is meant to end.
  const inTime = error === null || (signal.aborted && run.firstByteAt !== null && !isVerdict(error))
  if (!inTime) run.fail(asFailure(error, signal))
  else if (options.kind === 'stream') run.judge(options.policy)
  return measurementOf(target, options, run, instrument.stop())
}

async function pullOnce(
  target: Target,
  options: RunOptions,
  run: Recording,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(target.url)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const address = await resolve(host, run, signal)
  run.server_ip = address
  if (!mayProbe(address, host))
    throw new ProbeFailure('REFUSED_BY_POLICY', 'agent', `${host} is at ${address}, which no target may use`)
  const request: ConnectRequest = {
    address,
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    host,
    authority: url.host,
    secure: url.protocol === 'https:',
    http_version: target.http_version,
    ca_pem: target.ca_pem,
    insecure: target.insecure,
    timeout_ms: Math.min(HANDSHAKE_LIMIT_MS, options.duration_ms),
    user_agent: USER_AGENT,
  }
  run.connecting()
  const open = () => connectors[target.transport](request, signal)
  const connection = await open()
  run.connected(connection)
  if (options.kind === 'connect') return
  const puller = pullers[target.format]
  if (puller === undefined)
    throw new ProbeFailure('REFUSED_BY_POLICY', 'agent', `this agent does not play ${target.format}`)
  await puller({ url, connection, run, signal, reconnect: reconnecting(run, open) })
}

/** A server may end a connection between two requests; the next one then needs a new one. */
function reconnecting(run: Recording, open: () => Promise<Connection>): () => Promise<Connection> {
  return async () => {
    const fresh = await open()
    run.connection?.close()
    await run.connection?.figures()
    run.connection = fresh
    return fresh
  }
}

/** One address, the system's first; a literal address needs no look-up and has no `dns_ms`. */
async function resolve(host: string, run: Recording, signal: AbortSignal): Promise<string> {
  if (isIP(host) !== 0) return host
  const limit = AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_LIMIT_MS)])
  const timedOut = new Promise<never>((_, reject) => {
    const abort = () => reject(new ProbeFailure('DNS_TIMEOUT', 'resolver', `no answer for ${host} in time`))
    limit.addEventListener('abort', abort, { once: true })
  })
  try {
    const found = await Promise.race([lookup(host, { order: 'verbatim', hints: ADDRCONFIG }), timedOut])
    run.resolved()
    return found.address
  } catch (error) {
    if (error instanceof ProbeFailure) throw error
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EAI_AGAIN' || code === 'ETIMEOUT')
      throw new ProbeFailure('DNS_TIMEOUT', 'resolver', `no answer for ${host}`, error)
    throw new ProbeFailure('DNS_NOT_FOUND', 'resolver', `${host} has no address`, error)
  }
}

function asFailure(error: unknown, signal: AbortSignal): ProbeFailure {
  if (error instanceof MediaError) return new ProbeFailure(error.code, 'target', error.message, error)
  if (error instanceof ProbeFailure && error.code !== 'RESET') return error
  if (signal.aborted)
    return new ProbeFailure('TIMEOUT', 'target', 'no answer to the request before the deadline', error)
  if (error instanceof ProbeFailure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ProbeFailure('AGENT_ERROR', 'agent', message, error)
}

/** A failure that stands whatever else happened; a `RESET` may be our own, at the deadline. */
function isVerdict(error: unknown): error is ProbeFailure | MediaError {
  return error instanceof MediaError || (error instanceof ProbeFailure && error.code !== 'RESET')
}
