import type { Estimate, Metric, Timeseries } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { type Filter, filterParams, type Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { clusteredRatio, proportion, type RatioSums } from './estimate.ts'
import { medianRanks } from './median.ts'

interface Point {
  readonly target_id: string
  readonly transport: 'tcp' | 'quic'
  readonly at: string
  readonly n: number
}
type MedianPoint = Point & {
  readonly median: number | null
  readonly low: number | null
  readonly high: number | null
}
type SuccessPoint = Point & { readonly successes: number }
type StallPoint = Point & RatioSums

/** One metric per bucket and target; buckets begin at multiples of `bucketS` since the epoch. */
export async function timeseries(
  store: Store,
  metric: Metric,
  filter: Filter,
  span: Span,
  bucketS: number,
): Promise<Timeseries> {
  const params = { ...filterParams(filter, span), bucket_s: bucketS }
  const points = await read(store, metric, params)
  const series = Object.values(Object.groupBy(points, ({ point }) => `${point.target_id} ${point.transport}`))
    .map((group) => group ?? [])
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { target_id, transport } = first.point
      return [
        { target_id, transport, points: group.map(({ point, estimate }) => ({ at: point.at, ...estimate })) },
      ]
    })
  return { from: timestamp(span.from), to: timestamp(span.to), metric, bucket_s: bucketS, series }
}

async function read(
  store: Store,
  metric: Metric,
  params: Record<string, unknown>,
): Promise<{ point: Point; estimate: Estimate }[]> {
  if (metric === 'success_ratio') {
    const points = await store.read<SuccessPoint>('reports/timeseries_success', params)
    return points.map((point) => ({ point, estimate: proportion(point.successes, point.n) }))
  }
  if (metric === 'stall_ratio') {
    const points = await store.read<StallPoint>('reports/timeseries_stall', params)
    return points.map((point) => ({ point, estimate: clusteredRatio(point, point.n) }))
  }
  const points = await store.read<MedianPoint>('reports/timeseries_median', {
    ...params,
    metric,
    ranks: medianRanks,
  })
  return points.map((point) => {
    const { median, low, high, n } = point
    return { point, estimate: { value: median, low, high, n } }
  })
}
