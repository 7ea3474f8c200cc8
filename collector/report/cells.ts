import type { Filter, Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import { chooseFor } from './source.ts'

/** What a report by vantage reads. */
export interface CellReading {
  readonly source: 'raw' | 'hour'
  readonly span: Span
}

/**
 * Chooses the source of a report by vantage and node: hours by vantage where there are too many runs for raw and they know every
 * filter. Minutes have no advantage over raw here: every run of the window is read either way.
 */
export async function chooseCells(store: Store, filter: Filter, span: Span): Promise<CellReading> {
  const unknown = [filter.target_id, filter.stream_id, filter.format]
  if (unknown.some((values) => (values ?? []).length > 0)) return { source: 'raw', span }
  const reading = await chooseFor(store, filter, span)
  return reading.source === 'hour' ? { source: 'hour', span: reading.span } : { source: 'raw', span }
}
