import type { Distribution, DistributionBy, TimeMetric } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { type Filter, filterParams, type Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { bucketsOf, middleOfBucket } from './bucket.ts'
import { chooseCells } from './cells.ts'
import { hourParams } from './source.ts'

/** The largest groups are answered; a chart of more says nothing. */
const GROUPS_MAX_COUNT = 200
/** Bins per doubling, as in `reports/distribution.sql`. */
const PER_DOUBLING = 4

interface DistributionRow {
  readonly label: string
  readonly n: number
  readonly quantiles: readonly [number, number, number, number, number, number, number]
  readonly bins: readonly [readonly number[], readonly number[]]
}

/**
 * How one time metric is distributed in each group, the groups with most runs first; from hours where the window is too large
 * for raw and they know every filter: quantiles within 2.2 %, the same bins.
 */
export async function distribution(
  store: Store,
  metric: TimeMetric,
  by: DistributionBy,
  filter: Filter,
  span: Span,
): Promise<Distribution> {
  const { source, span: read } = await chooseCells(store, filter, span)
  const raw = source === 'raw'
  const rows = raw
    ? await store.read<DistributionRow>('reports/distribution', {
        ...filterParams(filter, read),
        metric,
        is_handshake: metric === 'handshake_ms',
        by,
        limit: GROUPS_MAX_COUNT,
      })
    : await store.read<DistributionRow>('reports/distribution_hour', {
        ...(await hourParams(store, filter, read)),
        scope: ofVantages(by, filter) ? 'cell' : 'target',
        buckets: bucketsOf(metric),
        by,
        limit: GROUPS_MAX_COUNT,
      })
  const ms = raw ? (value: number) => value : middleOfBucket
  const groups = rows.map(
    ({ label, n, quantiles: [p5, p25, p50, p75, p90, p95, p99], bins: [at, counts] }) => ({
      label,
      n,
      quantiles: {
        p5: ms(p5),
        p25: ms(p25),
        p50: ms(p50),
        p75: ms(p75),
        p90: ms(p90),
        p95: ms(p95),
        p99: ms(p99),
      },
      bins: at.map((bin, index) => ({
        from_ms: 2 ** (bin / PER_DOUBLING),
        to_ms: 2 ** ((bin + 1) / PER_DOUBLING),
        count: counts[index] ?? 0,
      })),
    }),
  )
  return { from: timestamp(read.from), to: timestamp(read.to), source, metric, by, groups }
}

function ofVantages(by: DistributionBy, { country = [], isp = [] }: Filter): boolean {
  return by === 'country' || by === 'isp' || country.length + isp.length > 0
}
