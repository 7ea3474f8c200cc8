import { type Measurement, POLICY_BUFFERS_MS, type StallMsByPolicy, type Target } from '@streamgauge/contract'
import { utcNow } from '../clock.ts'
import type { ClockEstimate } from '../live/reference_clock.ts'
import { ProbeFailure } from './failure.ts'
import type { Instrument } from './instrument.ts'
import { Recording } from './recording.ts'
import type { RunOptions } from './run.ts'
import { AGENT_VERSION } from './version.ts'

const STALLS_MAX = 1_000
const CLOCK_OFFSET_LIMIT_MS = 10_000

/** Derives the record from what was noted during the run. Durations are rounded to a microsecond. */
export function measurementOf(
  target: Target,
  options: RunOptions,
  run: Recording,
  instrument: Instrument,
): Measurement {
  const clock = options.clock?.() ?? null
  return {
    measurement_id: run.measurement_id,
    agent_id: options.agent_id,
    target_id: target.target_id,
    node_id: target.node_id,
    stream_id: target.stream_id,
    route: target.route,
    provider: target.provider,
    transport: target.transport,
    http_version: run.connection?.http_version ?? null,
    format: options.kind === 'connect' ? 'none' : target.format,
    kind: options.kind,
    pair_id: options.pair?.pair_id ?? null,
    pair_position: options.pair?.position ?? null,
    started_at: run.started_at,
    wall_ms: rounded(run.endedAt),
    agent_version: AGENT_VERSION,
    simulated: false,
    ...phasesOf(run),
    ...playbackOf(options, run, clock?.offset_ms ?? 0),
    ...transferOf(run),
    ...pathOf(run),
    failure_code: run.failure?.code ?? null,
    failure_source: run.failure?.source ?? null,
    http_status: run.http_status,
    loop_lag_ms: rounded(instrument.loop_lag_ms),
    cpu_ratio: rounded(instrument.cpu_ratio),
    cpu_steal_ratio: rounded(instrument.cpu_steal_ratio),
    clock_offset_ms: rounded(clock?.offset_ms ?? null),
    clock_error_ms: rounded(clock?.error_ms ?? null),
    taints: [...new Set([...instrument.taints, ...clockTaints(clock), ...(options.taints ?? [])])],
  }
}

/** A run filed under the wrong time spoils the minute it is filed under, however good its durations are. */
function clockTaints(clock: ClockEstimate | null): string[] {
  return clock !== null && Math.abs(clock.offset_ms) - clock.error_ms > CLOCK_OFFSET_LIMIT_MS
    ? ['clock_offset']
    : []
}

/** The record of a run that was due and was not made. It is tainted: it says nothing of the target. */
export function notRun(
  target: Target,
  options: RunOptions,
  code: 'BUDGET_SPENT' | 'REFUSED_BY_POLICY',
  taint: string,
): Measurement {
  const run = new Recording(utcNow())
  run.fail(new ProbeFailure(code, 'agent', 'not run'))
  const instrument = { loop_lag_ms: 0, cpu_ratio: 0, cpu_steal_ratio: null, taints: [taint] }
  return measurementOf(target, options, run, instrument)
}

function phasesOf(run: Recording) {
  const { connection, timeline } = run
  return {
    redirect_ms: rounded(run.redirect_ms),
    redirect_count: run.firstByteAt === null && run.redirect_count === 0 ? null : run.redirect_count,
    dns_ms: rounded(run.dns_ms),
    connect_ms: rounded(connection?.connect_ms ?? null),
    tls_ms: rounded(connection?.tls_ms ?? null),
    handshake_ms: rounded(connection?.handshake_ms ?? null),
    wait_ms: between(run.requestedAt, run.firstByteAt),
    ttfb_ms: rounded(run.ttfb_ms),
    first_frame_ms: rounded(timeline.firstKeyFrameAt),
    tls_version: connection?.tls_version ?? null,
    resumed: connection?.resumed ?? null,
    zero_rtt: connection?.zero_rtt ?? null,
    retry: connection?.retry ?? null,
  }
}

function playbackOf(options: RunOptions, run: Recording, offsetMs: number) {
  const { policy, kind } = options
  const playback = run.playback(policy)
  const started = kind === 'stream' && playback.startup_ms !== null
  return {
    startup_ms: rounded(playback.startup_ms),
    played_ms: started ? rounded(playback.played_ms) : null,
    stall_ms: started ? rounded(playback.stall_ms) : null,
    stall_count: started ? playback.stalls.length : null,
    stall_max_ms: started ? rounded(playback.stall_max_ms) : null,
    stalls: playback.stalls
      .slice(0, STALLS_MAX)
      .map((stall) => ({ at_ms: rounded(stall.at_ms), length_ms: rounded(stall.length_ms) })),
    policy_start_ms: kind === 'stream' ? policy.start_ms : null,
    policy_resume_ms: kind === 'stream' ? policy.resume_ms : null,
    stall_ms_by_policy: kind === 'stream' ? byPolicy(run) : null,
    live_latency_ms: liveLatency(run, playback.played_ms, offsetMs),
    key_frame_wait_ms: between(run.firstByteAt, run.timeline.firstKeyFrameFirstByteAt),
    buffer_series_ms: kind === 'stream' ? playback.buffer_series_ms.map((level) => rounded(level)) : [],
  }
}

/** The same arrivals through other buffers, each wanted both to start and to resume. */
function byPolicy(run: Recording): StallMsByPolicy {
  const stalled = (buffer_ms: number) => {
    const playback = run.playback({ start_ms: buffer_ms, resume_ms: buffer_ms })
    return playback.startup_ms === null ? null : rounded(playback.stall_ms)
  }
  const [b500, b1000, b2000, b3000, b6000] = POLICY_BUFFERS_MS
  return {
    '500': stalled(b500),
    '1000': stalled(b1000),
    '2000': stalled(b2000),
    '3000': stalled(b3000),
    '6000': stalled(b6000),
  }
}

/** How long ago what is on screen at the end of the run was made: the stream's dates by the collector's clock. */
function liveLatency(run: Recording, playedMs: number, offsetMs: number): number | null {
  if (run.madeAt === null || playedMs === 0) return null
  const onScreen = run.madeAt.epoch_ms + (playedMs - run.madeAt.media_ms)
  const latency = Date.parse(run.started_at) + run.endedAt - offsetMs - onScreen
  return latency >= 0 && latency <= 86_400_000 ? rounded(latency) : null
}

function transferOf(run: Recording) {
  const answered = run.firstByteAt !== null
  const span = between(run.firstByteAt, run.lastByteAt)
  return {
    bytes: answered ? run.bytes : null,
    media_ms: answered ? rounded(run.media_ms) : null,
    media_bitrate_bps: run.media_ms > 0 ? Math.round((run.bytes * 8_000) / run.media_ms) : null,
    throughput_bps: span !== null && span > 0 ? Math.round((run.bytes * 8_000) / span) : null,
    throughput_series_bps: run.bytesPerSecond.map((bytes) => bytes * 8),
  }
}

function pathOf(run: Recording) {
  return {
    rtt_ms: rounded(run.path?.rtt_ms ?? null),
    rtt_min_ms: rounded(run.path?.rtt_min_ms ?? null),
    rtt_var_ms: rounded(run.path?.rtt_var_ms ?? null),
    retransmit_count: run.path?.retransmit_count ?? null,
    loss_ratio: rounded(run.path?.loss_ratio ?? null),
    out_of_order_count: run.path?.out_of_order_count ?? null,
    ecn: run.path?.ecn ?? null,
    http3_advertised: run.http3_advertised,
    server_ip: run.server_ip,
    server_asn: null,
  }
}

function between(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : rounded(Math.max(0, to - from))
}

function rounded(value: number): number
function rounded(value: number | null): number | null
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1_000) / 1_000
}
