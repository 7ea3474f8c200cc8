import type { Kind, StoredMeasurement } from '@streamgauge/contract'
import type { Draws } from '../random.ts'
import type { SimulatedAgent } from '../world/agent.ts'
import type { Side } from '../world/plan.ts'
import { conditionsOf, type Disturbance } from './conditions.ts'
import { type Failure, failureOf } from './failure.ts'
import { rounded, roundedOrNull, timestampOf, uuidOf } from './figures.ts'
import { type Handshake, handshakeOf } from './handshake.ts'
import { instrumentOf } from './instrument.ts'
import { pathFields } from './path_fields.ts'
import { NOTHING_PLAYED, POLICY_MS, RUN_MS, streamingOf } from './streaming.ts'

/** One run to be made up. */
export interface Run {
  readonly agent: SimulatedAgent
  readonly side: Side
  readonly kind: Kind
  readonly at_ms: number
  readonly pair_id: string | null
  readonly pair_position: 0 | 1 | null
  readonly disturbance: Disturbance
}

/** How long a connection is waited for, and a name. */
const TIMEOUT_MS = { tcp: 10_000, quic: 7_800 } as const
const RESOLVE_TIMEOUT_MS = 5_000

/** Makes up the record of a run, as an agent would have written it and a collector stored it. */
export function rowOf(run: Run, draws: Draws): StoredMeasurement {
  const { agent, side, kind, at_ms, disturbance } = run
  const { target } = side
  const id = uuidOf(at_ms, draws.word(), draws.word(), draws.word())
  const conditions = conditionsOf(agent, side, at_ms, disturbance, draws)
  const failure = atStageOf(kind, failureOf(agent, target.transport, conditions, draws))
  const instrument = instrumentOf(agent, conditions, at_ms, draws)
  const dnsMs = resolveMs(agent, draws)
  const handshake = handshakeOf(target.transport, conditions, draws)
  const waitMs = conditions.rtt_ms + target.node.think_ms + 0.6 * draws.exponential()
  const cut = draws.next()
  const lateness = Math.floor(150 + 900 * draws.next())

  const stage = failure?.stage ?? null
  const reached = {
    name: stage !== 'resolve',
    connection: stage !== 'resolve' && stage !== 'connect',
    security: stage !== 'resolve' && stage !== 'connect' && stage !== 'secure',
    answer: kind === 'stream' && (stage === null || stage === 'play' || failure?.code === 'HTTP_STATUS'),
  }
  const firstByte = dnsMs + handshake.handshake_ms + waitMs
  const end = endOf(run, failure, dnsMs, handshake, firstByte, cut)
  const plays = kind === 'stream' && (stage === null || stage === 'play') && firstByte < end
  const streaming = plays ? streamingOf(side, conditions, firstByte, end, draws) : null
  const played = streaming ?? NOTHING_PLAYED
  const tooLate = kind === 'stream' && stage === null && played.startup_ms === null
  const wallMs = rounded(end)
  const answered = reached.answer && firstByte <= end
  const { node } = target.node
  const quic = target.transport === 'quic'
  const path = pathFields(side, conditions, streaming, reached.connection, answered, cut)
  // One literal, not a sum of parts: with this many members, spreading takes several times as long as all the rest.
  return {
    measurement_id: id,
    agent_id: agent.agent_id,
    target_id: target.target_id,
    node_id: node.node_id,
    stream_id: target.stream.stream_id,
    route: target.route,
    provider: node.provider,
    transport: target.transport,
    http_version: reached.security ? (quic ? '3' : '2') : null,
    format: kind === 'connect' ? 'none' : target.stream.format,
    kind,
    pair_id: run.pair_id,
    pair_position: run.pair_position,
    started_at: timestampOf(at_ms),
    wall_ms: wallMs,
    agent_version: agent.agent_version,
    simulated: true,
    country: agent.country.code,
    isp: agent.isp.name,
    asn: agent.isp.asn,
    node_country: node.country,
    received_at: timestampOf(at_ms + Math.ceil(wallMs) + lateness),
    redirect_ms: null,
    redirect_count: answered ? 0 : null,
    dns_ms: reached.name ? rounded(dnsMs) : null,
    connect_ms: reached.connection ? roundedOrNull(handshake.connect_ms) : null,
    tls_ms: reached.security ? roundedOrNull(handshake.tls_ms) : null,
    handshake_ms: reached.security ? rounded(handshake.handshake_ms) : null,
    wait_ms: answered ? rounded(waitMs) : null,
    ttfb_ms: answered ? rounded(handshake.handshake_ms + waitMs) : null,
    first_frame_ms: played.first_frame_ms,
    startup_ms: played.startup_ms,
    tls_version: reached.security ? '1.3' : null,
    resumed: reached.security ? false : null,
    zero_rtt: reached.security ? false : null,
    retry: reached.security && quic ? false : null,
    played_ms: played.played_ms,
    stall_ms: played.stall_ms,
    stall_count: played.stall_count,
    stall_max_ms: played.stall_max_ms,
    stalls: played.stalls,
    policy_start_ms: kind === 'stream' ? POLICY_MS : null,
    policy_resume_ms: kind === 'stream' ? POLICY_MS : null,
    stall_ms_by_policy: kind === 'stream' ? played.stall_ms_by_policy : null,
    live_latency_ms: played.live_latency_ms,
    key_frame_wait_ms: played.key_frame_wait_ms,
    buffer_series_ms: played.buffer_series_ms,
    // A refusal has a status and no body.
    bytes: answered ? (played.bytes ?? 0) : null,
    media_ms: answered ? (played.media_ms ?? 0) : null,
    media_bitrate_bps: played.media_bitrate_bps,
    throughput_bps: played.throughput_bps,
    throughput_series_bps: played.throughput_series_bps,
    rtt_ms: path.rtt_ms,
    rtt_min_ms: path.rtt_min_ms,
    rtt_var_ms: path.rtt_var_ms,
    retransmit_count: path.retransmit_count,
    loss_ratio: path.loss_ratio,
    out_of_order_count: path.out_of_order_count,
    ecn: path.ecn,
    http3_advertised: path.http3_advertised,
    server_ip: path.server_ip,
    server_asn: null,
    failure_code: tooLate ? 'TIMEOUT' : (failure?.code ?? null),
    failure_source: tooLate ? (answered ? 'path' : 'target') : (failure?.source ?? null),
    http_status: answered ? (failure?.code === 'HTTP_STATUS' ? 503 : 200) : null,
    loop_lag_ms: instrument.loop_lag_ms,
    cpu_ratio: instrument.cpu_ratio,
    cpu_steal_ratio: instrument.cpu_steal_ratio,
    clock_offset_ms: instrument.clock_offset_ms,
    clock_error_ms: instrument.clock_error_ms,
    taints: instrument.taints,
  }
}

/** Resolvers mostly have the name; else they ask around. */
function resolveMs(agent: SimulatedAgent, draws: Draws): number {
  const cached = draws.next() < 0.85
  return cached ? 0.3 + 0.5 * draws.exponential() : agent.isp.access_ms + 18 * draws.exponential()
}

/** When a run is over, in ms after its start. */
function endOf(
  { kind, side }: Run,
  failure: Failure | null,
  dnsMs: number,
  handshake: Handshake,
  firstByteMs: number,
  cut: number,
): number {
  const { transport } = side.target
  const connected = dnsMs + handshake.handshake_ms
  if (failure === null) return kind === 'connect' ? connected : RUN_MS
  if (failure.stage === 'resolve') return failure.code === 'DNS_TIMEOUT' ? RESOLVE_TIMEOUT_MS : dnsMs
  if (failure.stage === 'connect') {
    if (failure.code === 'CONNECT_REFUSED' || failure.code === 'CONNECT_UNREACHABLE')
      return dnsMs + side.path.rtt_ms
    return Math.min(RUN_MS, dnsMs + TIMEOUT_MS[transport])
  }
  if (failure.stage === 'secure' || kind === 'connect') return connected
  if (failure.stage === 'answer') return failure.code === 'HTTP_STATUS' ? firstByteMs : RUN_MS
  return firstByteMs + cut * (RUN_MS - Math.min(RUN_MS, firstByteMs))
}

/** A run that only connects meets neither answers nor media. */
function atStageOf(kind: Kind, failure: Failure | null): Failure | null {
  return kind === 'connect' && (failure?.stage === 'answer' || failure?.stage === 'play') ? null : failure
}
