import type { Fleet, Timeseries } from '@streamgauge/contract'
import { createChartHost } from '../dom/chart-host.ts'
import { html, setText } from '../dom/element.ts'
import { METRICS } from '../figures/metrics.ts'
import { TRANSPORT_NAMES } from '../figures/words.ts'
import { createRefresh } from '../live/refresh.ts'
import { type Route, WINDOWS, windowAt } from '../routing/hash.ts'
import type { ViewContext } from '../session.ts'
import { emptyNotice, errorNotice } from '../shell/notice.ts'
import { seriesTable } from './data-table.ts'
import { countChart, seriesChart } from './series-chart.ts'

/** A part of the target page that loads its own figures. */
export interface Part {
  readonly element: HTMLElement
  /** Shows this route's window and metric. */
  readonly show: (route: Route) => void
  /** Loads again when it may. */
  readonly refresh: () => void
  readonly close: () => void
}

/** The time series of the route's metric, with the sibling's beside it. */
export function createSeriesPart(
  context: ViewContext,
  targetId: string,
  findSibling: () => Fleet['targets'][number] | null,
): Part {
  const { document, api, now } = context
  let { route } = context
  const title = html(document, 'h2')
  const key = html(document, 'p', { class: 'series-key' })
  const chart = createChartHost(document, 260)
  const counts = createChartHost(document, 64)
  const notice = html(document, 'div')
  const table = html(document, 'div')
  const draw = (timeseries: Timeseries) => {
    const isEmpty = timeseries.series.every((one) => one.points.length === 0)
    const hint = 'A longer window at the top may hold some.'
    notice.replaceChildren(...(isEmpty ? [emptyNotice(document, 'No run in this window', hint)] : []))
    for (const part of [chart.element, counts.element, table, key]) part.hidden = isEmpty
    if (isEmpty) return
    const options = { document, target_id: targetId }
    chart.show((width) => seriesChart(timeseries, { ...options, width }))
    counts.show((width) => countChart(timeseries, { ...options, width }))
    key.replaceChildren(...keyEntries(document, timeseries))
    const wasOpen = table.querySelector('details')?.open ?? false
    const folded = seriesTable(document, timeseries)
    folded.toggleAttribute('open', wasOpen)
    // Someone inside the table keeps it until they leave.
    if (!table.contains(document.activeElement)) table.replaceChildren(folded)
  }
  const load = createRefresh({
    load: (signal) => {
      const sibling = findSibling()?.target_id
      const target_id = sibling === undefined ? [targetId] : [targetId, sibling]
      const { bucket_s } = WINDOWS[route.window]
      return api.timeseries(route.metric, { target_id, bucket_s, ...windowAt(route.window, now()) }, signal)
    },
    show: draw,
    fail: (error) => notice.replaceChildren(errorNotice(document, error, load.restart)),
    gapMs: 3_000,
  })
  return {
    element: html(document, 'div', {}, title, key, notice, chart.element, counts.element, table),
    show: (next) => {
      route = next
      setText(title, `${METRICS[route.metric].name}, last ${WINDOWS[route.window].name}`)
      load.restart()
    },
    refresh: load.request,
    close: () => {
      load.close()
      chart.close()
      counts.close()
    },
  }
}

function keyEntries(document: Document, timeseries: Timeseries): readonly HTMLElement[] {
  const entries = timeseries.series.map(({ transport, target_id }) =>
    html(document, 'span', { class: `transport ${transport}`, title: target_id }, TRANSPORT_NAMES[transport]),
  )
  const { bucket_s } = timeseries
  const bucket = bucket_s >= 120 ? `${bucket_s / 60} min` : `${bucket_s} s`
  const words = `Band: 95 % interval. Each point: ${bucket}. Bars: n of this target.`
  return [...entries, html(document, 'span', { class: 'muted' }, words)]
}
