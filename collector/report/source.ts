import type { Source } from '@streamgauge/contract'
import { monotonic } from '../clock.ts'
import type { Filter, Span } from '../store/filter.ts'
import { sqlSecond } from '../store/sql_second.ts'
import type { Store } from '../store/store.ts'

/** Runs of which every report is told from raw, to the digit; of more, from sums and buckets, or a sample. */
const RAW_RUNS_MAX_COUNT = 300_000
/** Raw is ordered by vantage: a short window is looked for in all runs of its days, and these are as many as that may be. */
const RAW_SCAN_MAX_COUNT = 10_000_000
/** The longest window that is read from minutes: of a longer one, hours are few enough and not much too wide. */
const MINUTES_SPAN_MAX_MS = 7_200_000
const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** What is only used to choose where to read, and the days that are made, of which one more makes no difference, may be this old. */
const LATELY_MS = 60_000

/** What a report reads, and the window that is read: whole minutes or hours outward, the window itself from raw. */
export interface Reading {
  readonly source: Source
  readonly span: Span
}

/**
 * Chooses the source of a report by target. Rollups by target know neither vantages nor agents nor failures: with such a
 * filter it is raw. Without one it is raw for a window of few runs, minutes for a short one, hours for the others.
 */
export async function chooseReading(store: Store, filter: Filter, span: Span): Promise<Reading> {
  if (isSet(filter.country) || isSet(filter.isp)) return { source: 'raw', span }
  return chooseFor(store, filter, span)
}

/** The same for a report whose rollup knows the vantage. */
export async function chooseFor(store: Store, filter: Filter, span: Span): Promise<Reading> {
  if (isSet(filter.agent_id) || isSet(filter.failure)) return { source: 'raw', span }
  if (await isSmall(store, filter, span)) return { source: 'raw', span }
  return span.to - span.from <= MINUTES_SPAN_MAX_MS
    ? { source: 'minute', span: outward(span, MINUTE_MS) }
    : { source: 'hour', span: outward(span, HOUR_MS) }
}

/**
 * Chooses the source of a time series, which begins and ends with what it is read from: its buckets must be made of whole
 * minutes or hours.
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

/** Runs in a window, tainted ones too, that match a filter of vantage alone; of whole hours outward. */
async function runsIn(store: Store, filter: Pick<Filter, 'country' | 'isp'>, span: Span) {
  const { country = [], isp = [] } = filter
  const params = await hourParams(store, { country, isp }, outward(span, HOUR_MS))
  const scope = isSet(country) || isSet(isp) ? 'cell' : 'target'
  const [row] = await lately<{ runs: number }>(store, 'rollups/runs', { ...params, scope })
  return row?.runs ?? 0
}

/** The SQL parameters of a filter and a window of whole minutes. */
export function minuteParams(filter: Filter, span: Span): Record<string, unknown> {
  return { ...dimensionParams(filter), from: sqlSecond(span.from), to: sqlSecond(span.to) }
}

/** The SQL parameters of a filter and a window of whole hours: what lies in whole days is read from those, where they are made. */
export async function hourParams(store: Store, filter: Filter, span: Span): Promise<Record<string, unknown>> {
  const params = minuteParams(filter, span)
  const days = await lately<{ day: string }>(store, 'rollups/days', { from: params.from, to: params.to })
  return { ...params, days: days.map(({ day }) => day) }
}

/** The window made wider to whole multiples of `step`, ms. */
export function outward(span: Span, step: number): Span {
  return { from: Math.floor(span.from / step) * step, to: Math.ceil(span.to / step) * step }
}

/** Whether raw tells a window quickly: few runs in it, and not too many to look for them among. */
export async function isSmall(store: Store, filter: Filter, span: Span): Promise<boolean> {
  const days = outward(span, DAY_MS)
  const params = { from: sqlSecond(days.from), to: sqlSecond(days.to) }
  const [scanned] = await lately<{ rows: number }>(store, 'measurements/rows_of_days', params)
  const rows = scanned?.rows ?? 0
  if (rows <= RAW_RUNS_MAX_COUNT) return true
  const byVantage = isSet(filter.country) || isSet(filter.isp)
  if (rows > RAW_SCAN_MAX_COUNT && !byVantage) return false
  if (byVantage || span.to - span.from > MINUTES_SPAN_MAX_MS)
    return (await runsIn(store, filter, span)) <= RAW_RUNS_MAX_COUNT
  const minutes = minuteParams({}, outward(span, MINUTE_MS))
  const [row] = await lately<{ runs: number }>(store, 'rollups/minute_runs', minutes)
  return (row?.runs ?? 0) <= RAW_RUNS_MAX_COUNT
}

const recent = new WeakMap<Store, Map<string, { readonly at: number; readonly rows: Promise<unknown[]> }>>()

/** What a statement said within the last minute, or says now. */
function lately<R>(store: Store, name: string, params: Record<string, unknown>): Promise<R[]> {
  const known = recent.get(store) ?? new Map()
  recent.set(store, known)
  const key = JSON.stringify([name, params])
  const now = monotonic()
  for (const [other, { at }] of known) if (at < now - LATELY_MS) known.delete(other)
  const found = known.get(key)
  if (found !== undefined) return found.rows
  const rows = store.read<R>(name, params)
  rows.catch(() => known.delete(key))
  known.set(key, { at: now, rows })
  return rows
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
