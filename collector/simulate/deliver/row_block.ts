import type { StoredMeasurement } from '@streamgauge/contract'
import { columnOf } from '../../store/native/column.ts'
import { Output } from '../../store/native/output.ts'
import { Policies, Texts, Times, Uuids } from './text_columns.ts'
import { NullableFlags, NullableNumbers, NumberLists, Numbers, type TypedColumn } from './typed_columns.ts'

/** Rows of one block. */
export const ROOM = 2_000

const makeColumns = () => ({
  started_at: new Times(ROOM),
  received_at: new Times(ROOM),
  simulated: new NullableFlags(ROOM),
  stall_ms_by_policy: new Policies(ROOM),
  measurement_id: new Uuids(ROOM, false),
  agent_id: new Texts(ROOM, false),
  target_id: new Texts(ROOM, false),
  node_id: new Texts(ROOM, false),
  stream_id: new Texts(ROOM, false),
  route: new Texts(ROOM, false),
  provider: new Texts(ROOM, false),
  transport: new Texts(ROOM, false),
  http_version: new Texts(ROOM, true),
  format: new Texts(ROOM, false),
  kind: new Texts(ROOM, false),
  pair_id: new Uuids(ROOM, true),
  pair_position: new NullableNumbers(ROOM),
  wall_ms: new Numbers(ROOM),
  agent_version: new Texts(ROOM, false),
  country: new Texts(ROOM, false),
  isp: new Texts(ROOM, false),
  asn: new NullableNumbers(ROOM),
  node_country: new Texts(ROOM, false),
  redirect_ms: new NullableNumbers(ROOM),
  redirect_count: new NullableNumbers(ROOM),
  dns_ms: new NullableNumbers(ROOM),
  connect_ms: new NullableNumbers(ROOM),
  tls_ms: new NullableNumbers(ROOM),
  handshake_ms: new NullableNumbers(ROOM),
  wait_ms: new NullableNumbers(ROOM),
  ttfb_ms: new NullableNumbers(ROOM),
  first_frame_ms: new NullableNumbers(ROOM),
  startup_ms: new NullableNumbers(ROOM),
  tls_version: new Texts(ROOM, true),
  resumed: new NullableFlags(ROOM),
  zero_rtt: new NullableFlags(ROOM),
  retry: new NullableFlags(ROOM),
  played_ms: new NullableNumbers(ROOM),
  stall_ms: new NullableNumbers(ROOM),
  stall_count: new NullableNumbers(ROOM),
  stall_max_ms: new NullableNumbers(ROOM),
  policy_start_ms: new NullableNumbers(ROOM),
  policy_resume_ms: new NullableNumbers(ROOM),
  live_latency_ms: new NullableNumbers(ROOM),
  key_frame_wait_ms: new NullableNumbers(ROOM),
  buffer_series_ms: new NumberLists(ROOM),
  bytes: new NullableNumbers(ROOM),
  media_ms: new NullableNumbers(ROOM),
  media_bitrate_bps: new NullableNumbers(ROOM),
  throughput_bps: new NullableNumbers(ROOM),
  throughput_series_bps: new NumberLists(ROOM),
  rtt_ms: new NullableNumbers(ROOM),
  rtt_min_ms: new NullableNumbers(ROOM),
  rtt_var_ms: new NullableNumbers(ROOM),
  retransmit_count: new NullableNumbers(ROOM),
  loss_ratio: new NullableNumbers(ROOM),
  out_of_order_count: new NullableNumbers(ROOM),
  ecn: new NullableFlags(ROOM),
  http3_advertised: new Texts(ROOM, true),
  server_ip: new Texts(ROOM, true),
  server_asn: new NullableNumbers(ROOM),
  failure_code: new Texts(ROOM, true),
  failure_source: new Texts(ROOM, true),
  http_status: new NullableNumbers(ROOM),
  loop_lag_ms: new NullableNumbers(ROOM),
  cpu_ratio: new NullableNumbers(ROOM),
  cpu_steal_ratio: new NullableNumbers(ROOM),
  clock_offset_ms: new NullableNumbers(ROOM),
  clock_error_ms: new NullableNumbers(ROOM),
})

/** Columns that few rows fill; the store's own encoder is quick enough for them. */
const REST = {
  stalls: 'Array(Tuple(at_ms Float64, length_ms Float64))',
  taints: 'Array(String)',
} as const satisfies Partial<Record<keyof StoredMeasurement, string>>

/**
 * A block of rows of `measurements` in ClickHouse's Native format. It does what the store's `Block` does for this one table
 * in a fifth of the time: each member is read by its own name, and goes into an array of its own type.
 */
export class RowBlock {
  readonly #columns = makeColumns()
  readonly #rest = Object.entries(REST).map(([name, type]) => ({ name, column: columnOf(type) }))
  #rows = 0

  /** Names of the columns, in the order in which they are written. */
  static readonly names: readonly string[] = [...Object.keys(makeColumns()), ...Object.keys(REST)]

  /** Rows added since it was made or emptied. */
  get rows(): number {
    return this.#rows
  }

  /** Adds rows; throws a RangeError beyond ROOM. */
  add(rows: readonly StoredMeasurement[]) {
    if (this.#rows + rows.length > ROOM) throw new RangeError(`a block has room for ${ROOM} rows`)
    for (const row of rows) this.#put(this.#rows++, row)
    for (const { name, column } of this.#rest) column.add(rows.map((row) => row[name as keyof typeof REST]))
  }

  /** The block, to be written piece by piece before anything else is added. */
  bytes(): Uint8Array[] {
    const head = new Output()
    head.varint(RowBlock.names.length)
    head.varint(this.#rows)
    const typed: [string, TypedColumn][] = Object.entries(this.#columns)
    return [
      head.bytes(),
      ...typed.flatMap(([name, column]) => [titleOf(name, column.type), ...column.pieces(this.#rows)]),
      ...this.#rest.flatMap(({ name, column }) => [
        titleOf(name, column.type),
        ...column.outputs.map((output) => output.bytes()),
      ]),
    ].filter((piece) => piece.length > 0)
  }

  /** Forgets the rows and keeps the room. */
  empty() {
    for (const column of Object.values(this.#columns)) column.empty()
    for (const { column } of this.#rest) column.empty()
    this.#rows = 0
  }

  #put(at: number, row: StoredMeasurement) {
    const c = this.#columns
    c.started_at.put(at, row.started_at)
    c.received_at.put(at, row.received_at)
    c.simulated.put(at, row.simulated)
    c.stall_ms_by_policy.put(at, row.stall_ms_by_policy)
    c.measurement_id.put(at, row.measurement_id)
    c.agent_id.put(at, row.agent_id)
    c.target_id.put(at, row.target_id)
    c.node_id.put(at, row.node_id)
    c.stream_id.put(at, row.stream_id)
    c.route.put(at, row.route)
    c.provider.put(at, row.provider)
    c.transport.put(at, row.transport)
    c.http_version.put(at, row.http_version)
    c.format.put(at, row.format)
    c.kind.put(at, row.kind)
    c.pair_id.put(at, row.pair_id)
    c.pair_position.put(at, row.pair_position)
    c.wall_ms.put(at, row.wall_ms)
    c.agent_version.put(at, row.agent_version)
    c.country.put(at, row.country)
    c.isp.put(at, row.isp)
    c.asn.put(at, row.asn)
    c.node_country.put(at, row.node_country)
    c.redirect_ms.put(at, row.redirect_ms)
    c.redirect_count.put(at, row.redirect_count)
    c.dns_ms.put(at, row.dns_ms)
    c.connect_ms.put(at, row.connect_ms)
    c.tls_ms.put(at, row.tls_ms)
    c.handshake_ms.put(at, row.handshake_ms)
    c.wait_ms.put(at, row.wait_ms)
    c.ttfb_ms.put(at, row.ttfb_ms)
    c.first_frame_ms.put(at, row.first_frame_ms)
    c.startup_ms.put(at, row.startup_ms)
    c.tls_version.put(at, row.tls_version)
    c.resumed.put(at, row.resumed)
    c.zero_rtt.put(at, row.zero_rtt)
    c.retry.put(at, row.retry)
    c.played_ms.put(at, row.played_ms)
    c.stall_ms.put(at, row.stall_ms)
    c.stall_count.put(at, row.stall_count)
    c.stall_max_ms.put(at, row.stall_max_ms)
    c.policy_start_ms.put(at, row.policy_start_ms)
    c.policy_resume_ms.put(at, row.policy_resume_ms)
    c.live_latency_ms.put(at, row.live_latency_ms)
    c.key_frame_wait_ms.put(at, row.key_frame_wait_ms)
    c.buffer_series_ms.put(at, row.buffer_series_ms)
    c.bytes.put(at, row.bytes)
    c.media_ms.put(at, row.media_ms)
    c.media_bitrate_bps.put(at, row.media_bitrate_bps)
    c.throughput_bps.put(at, row.throughput_bps)
    c.throughput_series_bps.put(at, row.throughput_series_bps)
    c.rtt_ms.put(at, row.rtt_ms)
    c.rtt_min_ms.put(at, row.rtt_min_ms)
    c.rtt_var_ms.put(at, row.rtt_var_ms)
    c.retransmit_count.put(at, row.retransmit_count)
    c.loss_ratio.put(at, row.loss_ratio)
    c.out_of_order_count.put(at, row.out_of_order_count)
    c.ecn.put(at, row.ecn)
    c.http3_advertised.put(at, row.http3_advertised)
    c.server_ip.put(at, row.server_ip)
    c.server_asn.put(at, row.server_asn)
    c.failure_code.put(at, row.failure_code)
    c.failure_source.put(at, row.failure_source)
    c.http_status.put(at, row.http_status)
    c.loop_lag_ms.put(at, row.loop_lag_ms)
    c.cpu_ratio.put(at, row.cpu_ratio)
    c.cpu_steal_ratio.put(at, row.cpu_steal_ratio)
    c.clock_offset_ms.put(at, row.clock_offset_ms)
    c.clock_error_ms.put(at, row.clock_error_ms)
  }
}

function titleOf(name: string, type: string): Buffer {
  const title = new Output()
  title.text(name)
  title.text(type)
  return title.bytes()
}
