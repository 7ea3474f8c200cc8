import { ALWAYS, type Filter, filterParams, type Span } from '../store/filter.ts'
import { LONG } from '../store/limits.ts'
import type { Store } from '../store/store.ts'

/** Rows that are sorted and written at once, unless a single hour has more. */
const SLICE_MAX_ROWS = 500_000
const HOUR_MS = 3_600_000

/** A window and how many measurements were in it when the export began. */
export interface Slice {
  readonly span: Span
  readonly rows: number
}

/**
 * Cuts an export into windows of whole hours, oldest first, so that what is sorted and written at once is bounded.
 * Empty: nothing matches. Throws `QUERY_TOO_LARGE` and `STORE_UNAVAILABLE`.
 */
export async function slicesOf(
  store: Store,
  filter: Filter,
  span: Span,
  maxRows = SLICE_MAX_ROWS,
): Promise<Slice[]> {
  const params = filterParams(filter, span)
  const hours = await store.read<{ hour_s: number; rows: number }>('measurements/export_hours', params, LONG)
  const slices: Slice[] = []
  for (const { hour_s, rows } of hours) {
    const from = Math.max(span.from, hour_s * 1_000)
    const to = Math.min(span.to, hour_s * 1_000 + HOUR_MS)
    const last = slices.at(-1)
    if (last === undefined || last.rows + rows > maxRows) slices.push({ span: { from, to }, rows })
    else slices[slices.length - 1] = { span: { from: last.span.from, to }, rows: last.rows + rows }
  }
  return slices
}

/** Everything that matches as one slice: for a file that cannot be put together of several. */
export function whole(slices: readonly Slice[]): Slice {
  const span = { from: slices[0]?.span.from ?? ALWAYS.from, to: slices.at(-1)?.span.to ?? ALWAYS.from }
  return { span, rows: slices.reduce((sum, slice) => sum + slice.rows, 0) }
}
