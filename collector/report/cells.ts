import type { Filter, Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { chooseFor, HOUR_MS, outward } from './source.ts'

/** What a report by vantage reads. */
export interface CellReading {
  readonly source: 'raw' | 'hour'
  readonly span: Span
}

/**
 * Chooses the source of a report by vantage and node: hours by vantage where there are too many runs for raw and they know every
 * filter. Minutes know no vantages.
 */
export async function chooseCells(store: Store, filter: Filter, span: Span): Promise<CellReading> {
  const unknown = [filter.target_id, filter.stream_id, filter.format]
  if (unknown.some((values) => (values ?? []).length > 0)) return { source: 'raw', span }
  const reading = await chooseFor(store, filter, span)
  return reading.source === 'raw' ? { source: 'raw', span } : { source: 'hour', span: outward(span, HOUR_MS) }
}
