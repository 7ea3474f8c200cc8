import type { Source } from '@streamgauge/contract'
import type { Filter, Span } from '../store/filter.ts'
import { sqlSecond } from '../store/sql_second.ts'
import type { Store } from '../store/store.ts'

/** Rows of rollup_minute a report reads; of more, hours are read instead, where they can answer. */
const MINUTE_ROWS_MAX_COUNT = 300_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
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

/** The SQL parameters of a filter and a window of whole minutes. */
export function minuteParams(filter: Filter, span: Span): Record<string, unknown> {
  return { ...dimensionParams(filter), from: sqlSecond(span.from), to: sqlSecond(span.to) }
}

/** The SQL parameters of a filter and a window of whole hours: what lies in whole days is read from those, where they are made. */
export async function hourParams(store: Store, filter: Filter, span: Span): Promise<Record<string, unknown>> {
  const params = minuteParams(filter, span)
  const days = await store.read<{ day: string }>('rollups/days', { from: params.from, to: params.to })
  return { ...params, days: days.map(({ day }) => day) }
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
