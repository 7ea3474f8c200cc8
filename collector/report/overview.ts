import { type Overview, type OverviewRow, proportion } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { type Filter, filterParams, type Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { bucketEstimate } from './bucket.ts'
import { clusteredRatio, type RatioSums } from './estimate.ts'
import { medianRanks } from './median.ts'
import { chooseReading, hourParams, minuteParams, type Reading } from './source.ts'

/** As `reports/overview.sql` answers, less the sums over blocks. */
interface OverviewCounts {
  readonly target_id: string
  readonly node_id: string
  readonly stream_id: string
  readonly route: string
  readonly provider: string
  readonly transport: OverviewRow['transport']
  readonly format: OverviewRow['format']
  readonly runs_count: number
  readonly started_count: number
  readonly success_count: number
  readonly tainted_count: number
  readonly last_at: string
  readonly http3_advertised: OverviewRow['http3_advertised']
  readonly handshake_n: number
  readonly handshake_median: number | null
  readonly handshake_low: number | null
  readonly handshake_high: number | null
  readonly first_frame_n: number
  readonly first_frame_median: number | null
  readonly first_frame_low: number | null
  readonly first_frame_high: number | null
}

/** Sums over blocks, or over groups of them, of one target. */
interface StallSums extends RatioSums {
  readonly target_id: string
  readonly stall_n: number
}

const NO_STALLS = { stall_n: 0, blocks: 0, y: 0, x: 0, yy: 0, xy: 0, xx: 0 }

/** Every target with a run in the window; read from raw, minutes or hours, and the answer says which. */
export async function overview(store: Store, filter: Filter, span: Span): Promise<Overview> {
  return overviewOf(store, filter, await chooseReading(store, filter, span))
}

/** The same from a source that was chosen. */
export async function overviewOf(store: Store, filter: Filter, reading: Reading): Promise<Overview> {
  const { source } = reading
  const rows = await readers[source](store, filter, reading.span)
  return { from: timestamp(reading.span.from), to: timestamp(reading.span.to), source, rows }
}

type Reader = (store: Store, filter: Filter, span: Span) => Promise<OverviewRow[]>

const readers = { raw: readRaw, minute: readMinutes, hour: readHours } as const satisfies Record<
  Overview['source'],
  Reader
>

async function readRaw(store: Store, filter: Filter, span: Span): Promise<OverviewRow[]> {
  const params = { ...filterParams(filter, span), ranks: medianRanks }
  const rows = await store.read<OverviewCounts & StallSums>('reports/overview', params)
  return rows.map((row) => overviewRow(row, row))
}

async function readMinutes(store: Store, filter: Filter, span: Span): Promise<OverviewRow[]> {
  return readBuckets(store, 'reports/overview_minute', minuteParams(filter, span))
}

async function readHours(store: Store, filter: Filter, span: Span): Promise<OverviewRow[]> {
  return readBuckets(store, 'reports/overview_hour', await hourParams(store, filter, span))
}

/** Counts and stalls are read side by side, each on a connection of its own. */
async function readBuckets(
  store: Store,
  name: string,
  params: Record<string, unknown>,
): Promise<OverviewRow[]> {
  const [counts, stalls] = await Promise.all([
    store.read<OverviewCounts>(name, { ...params, ranks: medianRanks }),
    store.read<StallSums>(`${name}_stall`, params),
  ])
  const byTarget = new Map(stalls.map((sums) => [sums.target_id, sums]))
  return counts.map((row) => {
    const told = overviewRow(row, byTarget.get(row.target_id) ?? NO_STALLS)
    const { handshake_ms, first_frame_ms } = told
    return {
      ...told,
      handshake_ms: bucketEstimate(handshake_ms),
      first_frame_ms: bucketEstimate(first_frame_ms),
    }
  })
}

function overviewRow(sums: OverviewCounts, stalls: RatioSums & { readonly stall_n: number }): OverviewRow {
  return {
    target_id: sums.target_id,
    node_id: sums.node_id,
    stream_id: sums.stream_id,
    route: sums.route,
    provider: sums.provider,
    transport: sums.transport,
    format: sums.format,
    runs_count: sums.runs_count,
    started_count: sums.started_count,
    failed_count: sums.runs_count - sums.success_count,
    tainted_count: sums.tainted_count,
    success_ratio: proportion(sums.success_count, sums.runs_count),
    handshake_ms: {
      value: sums.handshake_median,
      low: sums.handshake_low,
      high: sums.handshake_high,
      n: sums.handshake_n,
    },
    first_frame_ms: {
      value: sums.first_frame_median,
      low: sums.first_frame_low,
      high: sums.first_frame_high,
      n: sums.first_frame_n,
    },
    stall_ratio: clusteredRatio(stalls, stalls.stall_n),
    last_started_at: sums.last_at,
    http3_advertised: sums.http3_advertised,
  }
}
