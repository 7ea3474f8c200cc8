import type { Timeseries } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { estimateAside, estimateText } from '../figures/estimate.ts'
import { formatClock } from '../figures/format.ts'
import { TRANSPORT_NAMES } from '../figures/words.ts'

/** The time series as a table, folded away: for those who read rather than look. */
export function seriesTable(document: Document, timeseries: Timeseries): HTMLElement {
  const { metric, series } = timeseries
  const rows = series.flatMap(({ transport, points }) =>
    points.map((point) => {
      const text = estimateText(metric, point)
      const cells = [formatClock(point.at), TRANSPORT_NAMES[transport], text.value, estimateAside(text)]
      return html(
        document,
        'tr',
        { title: text.title },
        ...cells.map((cell) => html(document, 'td', {}, cell)),
      )
    }),
  )
  const names = ['From, UTC', 'Transport', 'Value', '95 % interval, n']
  const head = html(document, 'tr', {}, ...names.map((name) => html(document, 'th', { scope: 'col' }, name)))
  const table = html(
    document,
    'table',
    {},
    html(document, 'thead', {}, head),
    html(document, 'tbody', {}, ...rows),
  )
  return html(
    document,
    'details',
    { class: 'series-table' },
    html(document, 'summary', {}, 'The same as a table'),
    table,
  )
}
