import type { StoredMeasurement } from '@streamgauge/contract'
import { ALWAYS, type Filter, filterParams, type Span, sqlTime } from './filter.ts'
import type { Store } from './store.ts'

/** Where a page ends: the last row given out. */
export interface Position {
  readonly startedAt: number
  readonly measurementId: string
}

/** As the engine gives it back: a map that is empty where the record says `null`. */
type Row = Omit<StoredMeasurement, 'stall_ms_by_policy'> & {
  readonly stall_ms_by_policy: Readonly<Record<string, number | null>>
}

const NEWEST: Position = { startedAt: ALWAYS.to, measurementId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** How far back a page is looked for, one after the other. */
const LOOK_BACK_MS = [MINUTE_MS, HOUR_MS, 24 * HOUR_MS, 8 * 24 * HOUR_MS, Number.POSITIVE_INFINITY]

/** Stores one batch; resolves when it is stored. The same token again stores nothing. */
export function insertMeasurements(store: Store, batch: readonly StoredMeasurement[], token: string) {
  return store.insert('measurements', batch, token)
}

/**
 * At most `limit` measurements that match, newest first, after `position` (`null`: from the newest). Looks a minute back, then
 * further, so that a page costs as much as what is near it and not as the whole table. What is inserted between two pages
 * moves nothing: a page goes on behind the last row of the one before.
 */
export async function listMeasurements(
  store: Store,
  filter: Filter,
  span: Span,
  limit: number,
  position: Position | null,
): Promise<StoredMeasurement[]> {
  const before = position ?? NEWEST
  const newest = Math.min(span.to, before.startedAt, await newestMs(store))
  for (const width of LOOK_BACK_MS) {
    const from = Math.max(span.from, newest - width)
    const rows = await store.read<Row>('measurements/list', {
      ...filterParams(filter, { from, to: span.to }),
      before_at: sqlTime(before.startedAt),
      before_id: before.measurementId,
      limit,
    })
    if (rows.length === limit || from === span.from) return rows.map(record)
  }
  return []
}

async function newestMs(store: Store): Promise<number> {
  const [row] = await store.read<{ newest_ms: number }>('measurements/newest', {})
  return row?.newest_ms ?? 0
}

/**
 * One measurement, or `null` when it is not stored. Its id says when it was made: it is looked for about then first, and among
 * everything only when it is not there.
 */
export async function getMeasurement(store: Store, id: string): Promise<StoredMeasurement | null> {
  const madeAt = timeOf(id)
  const near = madeAt === null ? [] : [{ from: madeAt - HOUR_MS, to: madeAt + HOUR_MS }]
  for (const { from, to } of [...near, ALWAYS]) {
    const params = { measurement_id: id, from: sqlTime(from), to: sqlTime(to) }
    const [row] = await store.read<Row>('measurements/get', params)
    if (row !== undefined) return record(row)
  }
  return null
}

/** When a UUIDv7 was made (RFC 9562, 5.7); `null` for a time nobody can have meant. */
function timeOf(id: string): number | null {
  const ms = Number.parseInt(id.replace('-', '').slice(0, 12), 16)
  return ms > ALWAYS.from + HOUR_MS && ms < ALWAYS.to - HOUR_MS ? ms : null
}

/** How many measurements are stored. */
export async function countMeasurements(store: Store): Promise<number> {
  const [row] = await store.read<{ count: number }>('measurements/count', {})
  return row?.count ?? 0
}

/** Writes over the one field whose column differs from the record, keeping its place among the keys. */
function record(row: Row): StoredMeasurement {
  const policies = row.stall_ms_by_policy
  const known = hasEveryBuffer(policies) ? policies : null
  return { ...row, stall_ms_by_policy: known }
}

function hasEveryBuffer(
  map: Readonly<Record<string, number | null>>,
): map is NonNullable<StoredMeasurement['stall_ms_by_policy']> {
  return Object.keys(map).length > 0
}
