import { type Static, type TSchema, Type } from 'typebox'
import { FailureCode, FailureSource } from './failure.ts'
import { Country, Format, HttpVersion, Id, Kind, Timestamp, Transport, UuidV7 } from './words.ts'

/** Longest duration or offset a run may report, in ms: one hour. A run is seconds long; more is a lie or a fault. */
export const LONGEST_RUN_MS = 3_600_000

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const ms = () => Type.Number({ minimum: 0, maximum: LONGEST_RUN_MS })
const ratio = () => Type.Number({ minimum: 0, maximum: 1 })
const count = () => Type.Integer({ minimum: 0, maximum: 1_000_000_000 })
const bytes = () => Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 })
const bps = () => Type.Number({ minimum: 0, maximum: 1_000_000_000_000 })

/** One interruption: it began `at_ms` after the start of the run and lasted `length_ms`. */
export const Stall = Type.Object({ at_ms: ms(), length_ms: ms() }, { additionalProperties: false })
export type Stall = Static<typeof Stall>

/** The buffer sizes, in ms, that `stall_ms_by_policy` replays the arrivals through. */
export const POLICY_BUFFERS_MS = [500, 1_000, 2_000, 3_000, 6_000] as const

/** Stalled ms per buffer size; a member is `null` when playback never started under that policy. */
export const StallMsByPolicy = Type.Object(
  {
    '500': nullable(ms()),
    '1000': nullable(ms()),
    '2000': nullable(ms()),
    '3000': nullable(ms()),
    '6000': nullable(ms()),
  },
  { additionalProperties: false },
)
export type StallMsByPolicy = Static<typeof StallMsByPolicy>

/** `alt-svc`: by an answer over TCP (RFC 7838). `https-record`: in the DNS, before connecting (RFC 9460). */
export const Http3Advertised = Type.Union([
  Type.Literal('none'),
  Type.Literal('alt-svc'),
  Type.Literal('https-record'),
  Type.Literal('both'),
])
export type Http3Advertised = Static<typeof Http3Advertised>

const identity = {
  measurement_id: UuidV7,
  agent_id: Id,
  target_id: Id,
  node_id: Id,
  stream_id: Id,
  route: Id,
  provider: Id,
  transport: Transport,
  /** `null`: the run ended before a version was agreed on. */
  http_version: nullable(HttpVersion),
  format: Format,
  kind: Kind,
  /** `null`: the run was not half of a pair. */
  pair_id: nullable(UuidV7),
  pair_position: nullable(Type.Union([Type.Literal(0), Type.Literal(1)])),
  started_at: Timestamp,
  wall_ms: ms(),
  agent_version: Type.String({ minLength: 1, maxLength: 64 }),
  simulated: Type.Boolean(),
}

const phases = {
  /** Time spent on redirects before the one that answered; the phases below are of that one alone. `null`: none. */
  redirect_ms: nullable(ms()),
  redirect_count: nullable(count()),
  dns_ms: nullable(ms()),
  connect_ms: nullable(ms()),
  tls_ms: nullable(ms()),
  handshake_ms: nullable(ms()),
  wait_ms: nullable(ms()),
  ttfb_ms: nullable(ms()),
  first_frame_ms: nullable(ms()),
  startup_ms: nullable(ms()),
  tls_version: nullable(Type.Union([Type.Literal('1.2'), Type.Literal('1.3')])),
  resumed: nullable(Type.Boolean()),
  zero_rtt: nullable(Type.Boolean()),
  retry: nullable(Type.Boolean()),
}

const playback = {
  played_ms: nullable(ms()),
  stall_ms: nullable(ms()),
  stall_count: nullable(count()),
  stall_max_ms: nullable(ms()),
  stalls: Type.Array(Stall, { maxItems: 1_000 }),
  policy_start_ms: nullable(ms()),
  policy_resume_ms: nullable(ms()),
  stall_ms_by_policy: nullable(StallMsByPolicy),
  live_latency_ms: nullable(Type.Number({ minimum: 0, maximum: 86_400_000 })),
  /** From the first response byte to the first byte of the first key frame. Tells a slow path from a late key frame. */
  key_frame_wait_ms: nullable(ms()),
  /** Media in the player's buffer at the end of each second of the run, in ms. */
  buffer_series_ms: Type.Array(ms(), { maxItems: 3_600 }),
}

const transfer = {
  bytes: nullable(bytes()),
  media_ms: nullable(ms()),
  media_bitrate_bps: nullable(bps()),
  throughput_bps: nullable(bps()),
  throughput_series_bps: Type.Array(bps(), { maxItems: 3_600 }),
}

const path = {
  rtt_ms: nullable(ms()),
  rtt_min_ms: nullable(ms()),
  rtt_var_ms: nullable(ms()),
  retransmit_count: nullable(count()),
  loss_ratio: nullable(ratio()),
  /** TCP: segments that came out of turn, because one before them was lost or late; `null` on QUIC, which tells loss itself. */
  out_of_order_count: nullable(count()),
  /** Whether both ends agreed to mark packets instead of dropping them (RFC 3168); QUIC does not tell. */
  ecn: nullable(Type.Boolean()),
  /** How a client would have learnt of HTTP/3 at this target; `null`: not looked at, or not to be known. */
  http3_advertised: nullable(Http3Advertised),
  server_ip: nullable(Type.String({ minLength: 2, maxLength: 45, pattern: '^[0-9A-Fa-f.:]+$' })),
  server_asn: nullable(Type.Integer({ minimum: 0, maximum: 4_294_967_295 })),
}

const outcome = {
  /** `null`: the run did what it set out to do. */
  failure_code: nullable(FailureCode),
  failure_source: nullable(FailureSource),
  http_status: nullable(Type.Integer({ minimum: 100, maximum: 999 })),
}

const instrument = {
  loop_lag_ms: nullable(ms()),
  cpu_ratio: nullable(Type.Number({ minimum: 0, maximum: 1_024 })),
  cpu_steal_ratio: nullable(ratio()),
  clock_offset_ms: nullable(Type.Number({ minimum: -1e12, maximum: 1e12 })),
  clock_error_ms: nullable(Type.Number({ minimum: 0, maximum: 1e12 })),
  /** Why this run should not count; empty for a clean run. Tainted runs are stored and left out of statistics by default. */
  taints: Type.Array(Id, { maxItems: 32 }),
}

const where = {
  /** Of the vantage. `ZZ`: not known. */
  country: Country,
  /** Of the vantage. `unknown`: not known. */
  isp: Type.String({ minLength: 1, maxLength: 128 }),
  asn: nullable(Type.Integer({ minimum: 0, maximum: 4_294_967_295 })),
  node_country: Country,
  received_at: Timestamp,
}

/** One run against one target, failed runs included, as the agent knows it. `null` is "not reached" or "not measurable", never 0. */
export const Measurement = Type.Object(
  { ...identity, ...phases, ...playback, ...transfer, ...path, ...outcome, ...instrument },
  { additionalProperties: false },
)
export type Measurement = Static<typeof Measurement>

/** A measurement as it is stored and served: with what the collector knows of its vantage. */
export const StoredMeasurement = Type.Object(
  { ...identity, ...where, ...phases, ...playback, ...transfer, ...path, ...outcome, ...instrument },
  { additionalProperties: false },
)
export type StoredMeasurement = Static<typeof StoredMeasurement>

/**
 * A measurement as the collector takes it. Only the identity must be there:
 * what an older agent does not know yet is filled in by `fillMeasurement`. The vantage fields may be sent
 * (an exported measurement can be imported again) but are always the collector's own in the end.
 */
export const IngestMeasurement = Type.Object(
  {
    ...identity,
    ...Type.Partial(
      Type.Object({ ...where, ...phases, ...playback, ...transfer, ...path, ...outcome, ...instrument }),
    ).properties,
  },
  { additionalProperties: false },
)
export type IngestMeasurement = Static<typeof IngestMeasurement>

/** What each field is when an agent says nothing of it: unknown, or an empty list. */
const EMPTY = {
  redirect_ms: null,
  redirect_count: null,
  dns_ms: null,
  connect_ms: null,
  tls_ms: null,
  handshake_ms: null,
  wait_ms: null,
  ttfb_ms: null,
  first_frame_ms: null,
  startup_ms: null,
  tls_version: null,
  resumed: null,
  zero_rtt: null,
  retry: null,
  played_ms: null,
  stall_ms: null,
  stall_count: null,
  stall_max_ms: null,
  stalls: [],
  policy_start_ms: null,
  policy_resume_ms: null,
  stall_ms_by_policy: null,
  live_latency_ms: null,
  key_frame_wait_ms: null,
  buffer_series_ms: [],
  bytes: null,
  media_ms: null,
  media_bitrate_bps: null,
  throughput_bps: null,
  throughput_series_bps: [],
  rtt_ms: null,
  rtt_min_ms: null,
  rtt_var_ms: null,
  retransmit_count: null,
  loss_ratio: null,
  out_of_order_count: null,
  ecn: null,
  http3_advertised: null,
  server_ip: null,
  server_asn: null,
  failure_code: null,
  failure_source: null,
  http_status: null,
  loop_lag_ms: null,
  cpu_ratio: null,
  cpu_steal_ratio: null,
  clock_offset_ms: null,
  clock_error_ms: null,
  taints: [],
} satisfies Omit<Measurement, keyof typeof identity>

const EMPTY_FIELDS = Object.entries(EMPTY)

/** Fills in what an agent left out and drops what only the collector may say. Never throws. */
export function fillMeasurement(sent: IngestMeasurement): Measurement {
  return completeMeasurement({ ...sent })
}

/** The same on the object itself, which is several times as fast: for whoever has just parsed it. */
export function completeMeasurement(sent: IngestMeasurement): Measurement {
  const { country, isp, asn, node_country, received_at } = sent
  if ((country ?? isp ?? asn ?? node_country ?? received_at) !== undefined) {
    for (const name of Object.keys(where)) Reflect.deleteProperty(sent, name)
  }
  const record: Record<string, unknown> = sent
  for (const [name, empty] of EMPTY_FIELDS) {
    if (record[name] === undefined) record[name] = Array.isArray(empty) ? [] : empty
  }
  return sent as Measurement
}

/** What a record must satisfy beyond the type of each field; the reason, or `null` when it is sound. */
export function contradiction(measurement: Measurement): string | null {
  const m = measurement
  if ((m.pair_id === null) !== (m.pair_position === null)) return 'pair_id and pair_position go together'
  if ((m.failure_code === null) !== (m.failure_source === null))
    return 'failure_code and failure_source go together'
  if (m.transport === 'quic' && (m.connect_ms !== null || m.tls_ms !== null))
    return 'connect_ms and tls_ms are null on QUIC'
  if (m.http_version !== null && (m.transport === 'quic') !== (m.http_version === '3'))
    return `http_version ${m.http_version} is not spoken over ${m.transport}`
  if (m.stall_ms !== null && m.stalls.length > 0) {
    const sum = m.stalls.reduce((total, stall) => total + stall.length_ms, 0)
    if (Math.abs(sum - m.stall_ms) > 1) return 'stall_ms is the sum of stalls'
  }
  return null
}
