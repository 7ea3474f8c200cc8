import type { Overview, OverviewRow } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { type Filter, filterParams, type Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { clusteredRatio, proportion, type RatioSums } from './estimate.ts'
import { medianRanks } from './median.ts'

/** As `reports/overview.sql` answers. */
interface OverviewSums extends RatioSums {
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
  readonly stall_n: number
}

/** Every target with a run in the window. */
export async function overview(store: Store, filter: Filter, span: Span): Promise<Overview> {
  const params = { ...filterParams(filter, span), ranks: medianRanks }
  const rows = await store.read<OverviewSums>('reports/overview', params)
  return { from: timestamp(span.from), to: timestamp(span.to), rows: rows.map(overviewRow) }
}

function overviewRow(sums: OverviewSums): OverviewRow {
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
    stall_ratio: clusteredRatio(sums, sums.stall_n),
    last_started_at: sums.last_at,
    http3_advertised: sums.http3_advertised,
  }
}
