import type { Estimate, Heatmap, HeatmapColumns, Metric } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { CollectorError } from '../error.ts'
import { type Filter, filterParams, type Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { bucketEstimate } from './bucket.ts'
import { chooseCells } from './cells.ts'
import { clusteredRatio, proportion, type RatioSums } from './estimate.ts'
import { medianRanks } from './median.ts'
import { hourParams } from './source.ts'

/** 250 vantages times 400 nodes; more can be neither drawn nor read. */
const CELLS_MAX_COUNT = 100_000

interface HeatmapRow extends RatioSums {
  readonly country: string
  readonly isp: string
  readonly column: string
  readonly runs_count: number
  readonly success_count: number
  readonly n: number
  readonly median: number | null
  readonly low: number | null
  readonly high: number | null
  readonly stall_n: number
}

/**
 * One metric per vantage and node (or country of nodes) that has a run in the window; from hours where the window is too large
 * for raw and they know every filter. Throws `QUERY_TOO_LARGE` for more than 100,000 cells.
 */
export async function heatmap(
  store: Store,
  metric: Metric,
  columns: HeatmapColumns,
  filter: Filter,
  span: Span,
): Promise<Heatmap> {
  // Rollups do not know where a node is.
  const { source, span: read } =
    columns === 'node_country' ? { source: 'raw' as const, span } : await chooseCells(store, filter, span)
  const [statement, params] =
    source === 'raw'
      ? ['reports/heatmap', { ...filterParams(filter, read), columns }]
      : ['reports/heatmap_hour', await hourParams(store, filter, read)]
  const limit = CELLS_MAX_COUNT + 1
  const rows = await store.read<HeatmapRow>(statement, { ...params, metric, ranks: medianRanks, limit })
  if (rows.length > CELLS_MAX_COUNT) {
    const message = `more than ${CELLS_MAX_COUNT} cells; narrow the filters`
    throw new CollectorError('QUERY_TOO_LARGE', message, { status: 422 })
  }
  const cells = rows
    .map((row) => ({
      country: row.country,
      isp: row.isp,
      column: row.column,
      ...estimateOf(row, metric, source),
    }))
    .filter((cell) => cell.n > 0)
  return { from: timestamp(read.from), to: timestamp(read.to), source, metric, columns, cells }
}

function estimateOf(row: HeatmapRow, metric: Metric, source: Heatmap['source']): Estimate {
  if (metric === 'success_ratio') return proportion(row.success_count, row.runs_count)
  if (metric === 'stall_ratio') return clusteredRatio(row, row.stall_n)
  const estimate = { value: row.median, low: row.low, high: row.high, n: row.n }
  return source === 'hour' ? bucketEstimate(estimate) : estimate
}
