import type { Http3Advertised, Kind, Measurement, Target } from '@streamgauge/contract'
import { epochMs, utcNow } from '../clock.ts'
import type { ClockEstimate } from '../live/reference_clock.ts'
import { MediaError } from '../media/error.ts'
import { httpsRecordOffersHttp3 } from '../net/https_record.ts'
import type { Policy } from '../player/play.ts'
import { pullFlv } from '../pull/flv.ts'
import { pullHls, pullLowLatencyHls } from '../pull/hls.ts'
import type { Pull, Puller } from '../pull/pull.ts'
import { makeGet } from '../pull/request.ts'
import { signed } from '../pull/sign.ts'
import { ProbeFailure } from './failure.ts'
import { watchInstrument } from './instrument.ts'
import { measurementOf } from './measurement.ts'
import { Reach } from './reach.ts'
import { Recording } from './recording.ts'
import { ticketFor } from './rehearsal.ts'

/** Every stream format the agent plays. Adding one is a file and a line here. */
const pullers: Partial<Record<Target['format'], Puller>> = {
  flv: pullFlv,
  hls: pullHls,
  'll-hls': pullLowLatencyHls,
}

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
  /** This machine's clock against the collector's, when asked; left out: not known. */
  readonly clock?: () => ClockEstimate | null
  /** Marks the run as one that must not count. */
  readonly taints?: readonly string[]
}

/**
 * Runs one target once. A target that is down is a result, not an exception: this rejects only when the agent
 * itself is broken beyond telling.
 */
export async function probe(target: Target, options: RunOptions): Promise<Measurement> {
  const url = urlOf(target)
  const resume = await ticketFor(target, url, options)
  const instrument = watchInstrument()
  const run = new Recording(utcNow())
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.duration_ms)
  const signal = options.signal ? AbortSignal.any([deadline.signal, options.signal]) : deadline.signal
  const reach = new Reach(target, url, run, signal, { duration_ms: options.duration_ms, resume })
  // Beside the run, so that it costs the run nothing: a small question, and its answer is kept.
  const inTheDns = httpsRecordOffersHttp3(url.hostname, Number(url.port || 443))
  let error: unknown = null
  try {
    await pullOnce(target, options, reach, { url, run, signal, get: makeGet(target, run, reach, signal) })
  } catch (thrown) {
    error = thrown
  }
  clearTimeout(timer)
  run.finish()
  reach.close()
  run.path = await reach.path()
  run.http3_advertised = advertised(run.alt_svc_h3, target.transport, await inTheDns)
  // Being stopped at the deadline, in the middle of an answer, is how a stream run is meant to end.
  const inTime = error === null || (signal.aborted && run.firstByteAt !== null && !isVerdict(error))
  if (!inTime) run.fail(asFailure(error, signal))
  else if (options.kind === 'stream') run.judge(options.policy)
  return measurementOf(target, options, run, instrument.stop())
}

/** Only an answer over TCP shows what a client would have been told there. */
function advertised(
  altSvc: boolean | null,
  transport: Target['transport'],
  inTheDns: boolean | null,
): Http3Advertised | null {
  const byAnswer = transport === 'tcp' && altSvc === true
  if (byAnswer) return inTheDns === true ? 'both' : 'alt-svc'
  if (inTheDns === true) return 'https-record'
  return transport === 'tcp' && altSvc === false && inTheDns === false ? 'none' : null
}

function urlOf(target: Target): URL {
  const url = new URL(target.url)
  return target.sign === undefined ? url : signed(url, target.sign, epochMs())
}

async function pullOnce(target: Target, options: RunOptions, reach: Reach, pull: Omit<Pull, 'multiplexes'>) {
  const connection = await reach.to(pull.url)
  if (options.kind === 'connect') return
  const puller = pullers[target.format]
  if (puller === undefined)
    throw new ProbeFailure('REFUSED_BY_POLICY', 'agent', `this agent does not play ${target.format}`)
  await puller({ ...pull, multiplexes: connection.http_version !== '1.1' })
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
