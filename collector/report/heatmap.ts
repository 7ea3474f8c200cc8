import {
  type Estimate,
  type Heatmap,
  type HeatmapColumns,
  type Metric,
  proportion,
} from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { CollectorError } from '../error.ts'
import { type Filter, filterParams, type Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { bucketEstimate, bucketsOf } from './bucket.ts'
import { chooseCells } from './cells.ts'
import { clusteredRatio, type RatioSums } from './estimate.ts'
import { medianRanks } from './median.ts'
import { hourParams } from './source.ts'

/** 250 vantages times 400 nodes; more can be neither drawn nor read. */
const CELLS_MAX_COUNT = 100_000

interface Cell {
  readonly country: string
  readonly isp: string
  readonly column: string
}

/** As `reports/heatmap.sql` answers. */
interface HeatmapRow extends Cell, RatioSums {
  readonly runs_count: number
  readonly success_count: number
  readonly n: number
  readonly median: number | null
  readonly low: number | null
  readonly high: number | null
  readonly stall_n: number
}

type MedianCell = Cell & { readonly n: number } & Pick<HeatmapRow, 'median' | 'low' | 'high'>
type StallCell = Cell & RatioSums & { readonly n: number }
type SuccessCell = Cell & { readonly n: number; readonly successes: number }

type DrawnCell = Heatmap['cells'][number]

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
  const cells =
    source === 'raw'
      ? await readRaw(store, metric, { ...filterParams(filter, read), columns })
      : await readHours(store, metric, await hourParams(store, filter, read))
  if (cells.length > CELLS_MAX_COUNT) {
    const message = `more than ${CELLS_MAX_COUNT} cells; narrow the filters`
    throw new CollectorError('QUERY_TOO_LARGE', message, { status: 422 })
  }
  return { from: timestamp(read.from), to: timestamp(read.to), source, metric, columns, cells }
}

async function readRaw(store: Store, metric: Metric, params: Record<string, unknown>): Promise<DrawnCell[]> {
  const asked = { ...params, metric, ranks: medianRanks, limit: CELLS_MAX_COUNT + 1 }
  const rows = await store.read<HeatmapRow>('reports/heatmap', asked)
  return rows.map((row) => drawn(row, estimateOf(row, metric))).filter((cell) => cell.n > 0)
}

async function readHours(
  store: Store,
  metric: Metric,
  params: Record<string, unknown>,
): Promise<DrawnCell[]> {
  const asked = { ...params, limit: CELLS_MAX_COUNT + 1 }
  if (metric === 'success_ratio') {
    const cells = await store.read<SuccessCell>('reports/heatmap_hour_success', asked)
    return cells.map((cell) => drawn(cell, proportion(cell.successes, cell.n)))
  }
  if (metric === 'stall_ratio') {
    const cells = await store.read<StallCell>('reports/heatmap_hour_stall', asked)
    return cells.map((cell) => drawn(cell, clusteredRatio(cell, cell.n)))
  }
  const medians = { ...asked, ranks: medianRanks, buckets: bucketsOf(metric) }
  const cells = await store.read<MedianCell>('reports/heatmap_hour_median', medians)
  return cells.map((cell) => {
    const { median, low, high, n } = cell
    return drawn(cell, bucketEstimate({ value: median, low, high, n }))
  })
}

function drawn({ country, isp, column }: Cell, estimate: Estimate): DrawnCell {
  return { country, isp, column, ...estimate }
}

function estimateOf(row: HeatmapRow, metric: Metric): Estimate {
  if (metric === 'success_ratio') return proportion(row.success_count, row.runs_count)
  if (metric === 'stall_ratio') return clusteredRatio(row, row.stall_n)
  return { value: row.median, low: row.low, high: row.high, n: row.n }
}
