import type { Timeseries } from '@streamgauge/contract'

/** A point of a time series as it is drawn; `value` is `null` where the line is to break. */
export interface ChartPoint {
  readonly at: Date
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  readonly n: number
}

/** Buckets without a run are left out by the API: between two that are not neighbours, the line breaks. */
export function withGaps(
  points: Timeseries['series'][number]['points'],
  bucketS: number,
): readonly ChartPoint[] {
  const drawn: ChartPoint[] = []
  let before: number | null = null
  for (const point of points) {
    const at = Date.parse(point.at)
    if (before !== null && at - before > bucketS * 1_500)
      drawn.push({ at: new Date(before + bucketS * 1_000), value: null, low: null, high: null, n: 0 })
    drawn.push({ at: new Date(at), value: point.value, low: point.low, high: point.high, n: point.n })
    before = at
  }
  return drawn
}
