import type { Source } from '@streamgauge/contract'
import type { Filter, Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'

/** Rows of rollup_minute a report reads; of more, hours are read instead, where they can answer. */
const MINUTE_ROWS_MAX_COUNT = 300_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const STEPS_S = [21_600, 86_400, 604_800] as const

/** What a report reads, and the window that is read: whole minutes or hours outward, the window itself from raw. */
export interface Reading {
  readonly source: Source
  readonly span: Span
}

/**
 * Chooses the source of a report by target. Minutes know neither agents nor failures; hours by target know no vantages
 * either. What a source does not know is read from raw.
 */
export async function chooseReading(store: Store, filter: Filter, span: Span): Promise<Reading> {
  if (isSet(filter.agent_id) || isSet(filter.failure)) return { source: 'raw', span }
  const minutes = outward(span, MINUTE_MS)
  const [row] = await store.read<{ rows: number }>('rollups/minute_rows', minuteParams({}, minutes))
  if ((row?.rows ?? 0) <= MINUTE_ROWS_MAX_COUNT) return { source: 'minute', span: minutes }
  if (isSet(filter.country) || isSet(filter.isp)) return { source: 'raw', span }
  return { source: 'hour', span: outward(span, HOUR_MS) }
}

/**
 * Chooses the source of a time series, which begins and ends with what it is read from: its buckets must be made of whole
 * minutes or hours. Hours are read only where minutes are too many.
 */
export async function chooseBuckets(
  store: Store,
  filter: Filter,
  span: Span,
  bucketS: number,
): Promise<Reading> {
  if (bucketS % 60 !== 0) return { source: 'raw', span }
  const reading = await chooseReading(store, filter, span)
  if (reading.source !== 'hour' || bucketS % 3_600 === 0) return reading
  return { source: 'minute', span: outward(span, MINUTE_MS) }
}

/** The SQL parameters of a filter and a window of whole hours, where every step is read alike. */
export function hourParams(filter: Filter, span: Span): Record<string, unknown> {
  return minuteParams(filter, span)
}

/** The SQL parameters of a filter and a window of whole minutes. */
export function minuteParams(filter: Filter, span: Span): Record<string, unknown> {
  return { ...dimensionParams(filter), from: Math.floor(span.from / 1_000), to: Math.ceil(span.to / 1_000) }
}

/** The SQL parameters of a filter and a window of whole hours. */
export function longParams(filter: Filter, span: Span): Record<string, unknown> {
  return { ...dimensionParams(filter), edges: edgesOf(span) }
}

/**
 * Cuts a window of whole hours into hours, six hours, days, weeks, days, six hours and hours, as few rows as can be: the
 * eight ends of these seven parts, ascending, in s since 1970.
 */
export function edgesOf(span: Span): number[] {
  const [left, right] = [[span.from / 1_000], [span.to / 1_000]]
  for (const step of STEPS_S) {
    const [low = 0, high = 0] = [left.at(-1), right.at(-1)]
    const [from, to] = [Math.ceil(low / step) * step, Math.floor(high / step) * step]
    const fits = from < to
    left.push(fits ? from : high)
    right.push(fits ? to : high)
  }
  return [...left, ...right.reverse()]
}

/** The window made wider to whole multiples of `step`, ms. */
export function outward(span: Span, step: number): Span {
  return { from: Math.floor(span.from / step) * step, to: Math.ceil(span.to / step) * step }
}

function dimensionParams(filter: Filter): Record<string, unknown> {
  return {
    node_id: filter.node_id ?? [],
    target_id: filter.target_id ?? [],
    stream_id: filter.stream_id ?? [],
    country: filter.country ?? [],
    isp: filter.isp ?? [],
    transport: filter.transport ?? [],
    route: filter.route ?? [],
    format: filter.format ?? [],
    kind: filter.kind ?? [],
  }
}

function isSet(values: readonly string[] | undefined): boolean {
  return values !== undefined && values.length > 0
}
