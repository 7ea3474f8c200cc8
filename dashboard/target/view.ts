import type { Fleet, Http3Advertised } from '@streamgauge/contract'
import { withQuery } from '../api/client.ts'
import { html } from '../dom/element.ts'
import { cleartextBadge } from '../figures/outcome.ts'
import { ADVERTISED, TRANSPORT_NAMES } from '../figures/words.ts'
import { createRefresh } from '../live/refresh.ts'
import { resultOf } from '../live/state.ts'
import { type Route, targetHash, windowAt } from '../routing/hash.ts'
import type { View, ViewContext } from '../session.ts'
import { emptyNotice, errorNotice, loadingNotice } from '../shell/notice.ts'
import { isCleartext, siblingOf } from '../targets/groups.ts'
import { createComparisonPart } from './comparison.ts'
import { createLatestTable } from './latest.ts'
import { createMetricChoice } from './metric-choice.ts'
import { createSeriesPart } from './series-part.ts'

type FleetTarget = Fleet['targets'][number]

const LATEST = 50

/** One target: a metric over time, the comparison with its sibling on the other transport, and its latest runs. */
export function targetView(context: ViewContext, targetId: string): View {
  const { document, api, session, now } = context
  let { route } = context
  let advertised: Http3Advertised | null = null
  const findTarget = () => session.fleet?.targets.find((one) => one.target_id === targetId) ?? null
  const findSibling = () => {
    const target = findTarget()
    return target === null ? null : siblingOf(target, session.fleet?.targets ?? [])
  }

  const head = html(document, 'div', { class: 'page-head' })
  const choice = createMetricChoice(document)
  const series = createSeriesPart(context, targetId, findSibling)
  const comparison = createComparisonPart(context, findTarget, findSibling)
  const latest = createLatestTable(document)
  const notice = html(document, 'div', {}, loadingNotice(document, 'measurements'))
  const csv = html(document, 'a', { download: true }, 'Export CSV')

  const list = createRefresh({
    load: (signal) => api.measurements({ target_id: targetId, limit: LATEST }, signal),
    show: ({ measurements }) => {
      advertised = measurements.find((one) => one.http3_advertised !== null)?.http3_advertised ?? null
      drawHead()
      latest.add(measurements.map(resultOf), route)
      const hint = 'It may not have been probed, or its measurements are past their retention.'
      notice.replaceChildren(
        ...(measurements.length > 0 ? [] : [emptyNotice(document, 'No measurement of this target', hint)]),
      )
    },
    fail: (error) => notice.replaceChildren(errorNotice(document, error, list.restart)),
    gapMs: 3_000,
  })
  const drawHead = () =>
    head.replaceChildren(...heading(document, route, targetId, findTarget(), findSibling(), advertised))
  const begin = () => {
    choice.show(route)
    csv.href = withQuery('/v1/export', {
      what: 'measurements',
      format: 'csv',
      target_id: targetId,
      ...windowAt(route.window, now()),
    })
    drawHead()
    series.show(route)
    comparison.show(route)
  }
  const unsubscribe = session.changes.subscribe((change) => {
    if (change.what === 'fleet') {
      drawHead()
      series.refresh()
      comparison.refresh()
    }
    if (change.what === 'stale') list.request()
    if (change.what !== 'results' && change.what !== 'stale') return
    const sibling = findSibling()?.target_id
    const results = change.what === 'results' ? change.results : []
    const own = results.filter((result) => result.target_id === targetId)
    if (own.length > 0) {
      latest.add(own, route)
      notice.replaceChildren()
    }
    if (change.what === 'stale' || own.length > 0 || results.some((result) => result.target_id === sibling)) {
      series.refresh()
      comparison.refresh()
    }
  })
  begin()
  list.request()
  const latestHead = html(
    document,
    'div',
    { class: 'heading' },
    html(document, 'h2', {}, 'Latest measurements'),
    csv,
  )
  return {
    title: targetId,
    element: html(
      document,
      'div',
      { class: 'target' },
      head,
      html(document, 'section', { class: 'part' }, choice.element, series.element),
      comparison.element,
      html(document, 'section', { class: 'part' }, latestHead, notice, latest.element),
    ),
    follow: (next: Route) => {
      if (next.page.name !== 'target' || next.page.target_id !== targetId) return false
      route = next
      begin()
      return true
    },
    close: () => {
      unsubscribe()
      list.close()
      series.close()
      comparison.close()
    },
  }
}

function heading(
  document: Document,
  route: Route,
  targetId: string,
  target: FleetTarget | null,
  sibling: FleetTarget | null,
  advertised: Http3Advertised | null,
): readonly HTMLElement[] {
  const title = html(document, 'h1', {}, targetId)
  if (target === null) return [title]
  const { transport, stream_id, node_id, route: way, provider, format, url } = target
  const badge = html(document, 'span', { class: `transport ${transport}` }, TRANSPORT_NAMES[transport])
  const about = html(
    document,
    'p',
    { class: 'muted' },
    badge,
    isCleartext(target) ? cleartextBadge(document) : null,
    ` ${stream_id} on ${node_id} · route ${way} · provider ${provider} · ${format}`,
  )
  const address = html(document, 'p', { class: 'muted' }, html(document, 'code', {}, url))
  const lines = [title, about, address]
  if (advertised !== null) lines.push(html(document, 'p', { class: 'muted' }, ADVERTISED[advertised]))
  if (sibling === null) return lines
  const link = html(document, 'a', { href: targetHash(route, sibling.target_id) }, sibling.target_id)
  const same = `The same over ${TRANSPORT_NAMES[sibling.transport]}: `
  return [...lines, html(document, 'p', {}, same, link)]
}
