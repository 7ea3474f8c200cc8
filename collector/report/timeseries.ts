import { type Estimate, type Metric, proportion, type Timeseries } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { type Filter, filterParams, type Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { bucketEstimate, bucketsOf } from './bucket.ts'
import { clusteredRatio, type RatioSums } from './estimate.ts'
import { medianRanks } from './median.ts'
import { chooseBuckets, hourParams, minuteParams, type Reading } from './source.ts'

interface Point {
  readonly target_id: string
  readonly transport: 'tcp' | 'quic'
  /** From raw. */
  readonly at?: string
  /** From a rollup. */
  readonly at_iso?: string
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
  const reading = await chooseBuckets(store, filter, span, bucketS)
  const points = await read(store, metric, reading.source, await paramsOf(store, reading, filter, bucketS))
  const series = Object.values(Object.groupBy(points, ({ point }) => `${point.target_id} ${point.transport}`))
    .map((group) => group ?? [])
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { target_id, transport } = first.point
      return [
        {
          target_id,
          transport,
          points: group.map(({ point, estimate }) => ({ at: startOf(point), ...estimate })),
        },
      ]
    })
  const { source } = reading
  const { from, to } = reading.span
  return { from: timestamp(from), to: timestamp(to), source, metric, bucket_s: bucketS, series }
}

async function paramsOf(
  store: Store,
  { source, span }: Reading,
  filter: Filter,
  bucketS: number,
): Promise<Record<string, unknown>> {
  if (source === 'raw') return { ...filterParams(filter, span), bucket_s: bucketS }
  if (source === 'minute') return { ...minuteParams(filter, span), bucket_s: bucketS }
  const params = await hourParams(store, filter, span)
  // A day is no finer than a day.
  return bucketS % 86_400 === 0
    ? { ...params, bucket_s: bucketS }
    : { ...params, days: [], bucket_s: bucketS }
}

const PREFIX = {
  raw: 'reports/timeseries',
  minute: 'reports/timeseries_minute',
  hour: 'reports/timeseries_hour',
}

function startOf(point: Point): string {
  return point.at ?? point.at_iso ?? ''
}

async function read(
  store: Store,
  metric: Metric,
  source: Reading['source'],
  params: Record<string, unknown>,
): Promise<{ point: Point; estimate: Estimate }[]> {
  if (metric === 'success_ratio') {
    const points = await store.read<SuccessPoint>(`${PREFIX[source]}_success`, params)
    return points.map((point) => ({ point, estimate: proportion(point.successes, point.n) }))
  }
  if (metric === 'stall_ratio') {
    const points = await store.read<StallPoint>(`${PREFIX[source]}_stall`, params)
    return points.map((point) => ({ point, estimate: clusteredRatio(point, point.n) }))
  }
  const points = await store.read<MedianPoint>(`${PREFIX[source]}_median`, {
    ...params,
    ...(source === 'raw' ? { metric } : { buckets: bucketsOf(metric) }),
    ranks: medianRanks,
  })
  return points.map((point) => {
    const { median, low, high, n } = point
    const estimate = { value: median, low, high, n }
    return { point, estimate: source === 'raw' ? estimate : bucketEstimate(estimate) }
  })
}
