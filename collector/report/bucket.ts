import type { Estimate, TimeMetric } from '@streamgauge/contract'

/** Buckets per doubling; `floor(16 * log2(ms))` in the schema of the rollups. */
const PER_DOUBLING = 16

const COLUMNS = {
  handshake_ms: 'handshake_buckets',
  ttfb_ms: 'ttfb_buckets',
  first_frame_ms: 'first_frame_buckets',
  startup_ms: 'startup_buckets',
} as const satisfies Record<TimeMetric, string>

/** The column of the rollups in which the buckets of a metric are. */
export function bucketsOf(metric: TimeMetric): string {
  return COLUMNS[metric]
}

/**
 * An estimate whose ends are buckets, in ms. The value is the geometric middle of its bucket, 2.2 % off the
 * median of the runs at most where many are near it; the interval reaches from the low end of the one bucket to the high end of the other.
 */
export function bucketEstimate({ value, low, high, n }: Estimate): Estimate {
  return {
    value: value === null ? null : middleOfBucket(value),
    low: low === null ? null : edge(low),
    high: high === null ? null : edge(high + 1),
    n,
  }
}

/** The geometric middle of a bucket, ms. */
export function middleOfBucket(bucket: number): number {
  return edge(bucket + 0.5)
}

function edge(bucket: number): number {
  return 2 ** (bucket / PER_DOUBLING)
}
