import type { Overview } from '@streamgauge/contract'
import { withQuery } from '../api/client.ts'
import { html, setText } from '../dom/element.ts'
import { glossary } from '../figures/definition.ts'
import { OVERVIEW_METRICS } from '../figures/metrics.ts'
import { createFrame } from '../live/frame.ts'
import { createRefresh } from '../live/refresh.ts'
import type { Result } from '../live/state.ts'
import { type Mark, marksOf } from '../map/marks.ts'
import { createMap } from '../map/view.ts'
import { type Route, WINDOWS, windowAt } from '../routing/hash.ts'
import type { View, ViewContext } from '../session.ts'
import { emptyNotice, errorNotice, loadingNotice } from '../shell/notice.ts'
import { groupTargets, type TargetGroup } from '../targets/groups.ts'
import { createTargetTable } from '../targets/table.ts'
import { createFeed } from './feed.ts'
import { totalsText } from './totals.ts'

/** Figures are loaded again this long after the last time at the earliest, however many results come in. */
const GAP_MS = 3_000

/** The first page: the map, the latest results, and the table of targets. */
export function overviewView(context: ViewContext): View {
  const { document, api, session, now } = context
  let { route } = context
  let overview: Overview | null = null
  let groups: readonly TargetGroup[] = []

  const table = createTargetTable(document)
  const feed = createFeed(document)
  const map = createMap({
    document,
    runs: () => session.live.runs.values(),
    newestOf: (mark) => newestOf(mark, session.live.recent.newest()),
    chosen: (mark) => {
      if (mark.shape === 'agent') return
      table.search(mark.id)
      table.element.scrollIntoView({ block: 'nearest' })
    },
  })
  const totals = html(document, 'p', { class: 'totals muted' })
  const csv = html(document, 'a', { download: true }, 'Export CSV')
  const notice = html(document, 'div', {}, loadingNotice(document, 'targets'))
  const heading = html(document, 'div', { class: 'heading' }, html(document, 'h2', {}, 'Targets'), csv)

  const regroup = () => {
    const { fleet } = session
    if (fleet === null) return
    map.setMarks(marksOf(fleet, overview?.rows ?? []))
    groups = groupTargets(fleet.targets, overview?.rows ?? [])
  }
  const drawLists = () => {
    const { fleet, live } = session
    feed.show(live, route)
    if (fleet === null || overview === null) return
    setText(totals, totalsText(fleet, overview, WINDOWS[route.window].name))
    const lastOf = (id: string) => live.last.get(id) ?? null
    table.show(groups, { document, route, lastOf })
    table.element.hidden = groups.length === 0
    const hint = 'Targets come from the collector’s configuration, and from whatever the agents send.'
    notice.replaceChildren(...(groups.length > 0 ? [] : [emptyNotice(document, 'No targets yet', hint)]))
  }
  const figures = createRefresh({
    load: (signal) => api.overview(windowAt(route.window, now()), signal),
    show: ({ value }) => {
      overview = value
      regroup()
      drawLists()
    },
    fail: (error) => notice.replaceChildren(errorNotice(document, error, figures.restart)),
    gapMs: GAP_MS,
    keptMs: (answer) => answer.keptMs,
  })
  const lists = createFrame(drawLists)
  const begin = () => {
    const query = { what: 'measurements', format: 'csv', ...windowAt(route.window, now()) }
    csv.href = withQuery('/v1/export', query)
    figures.restart()
  }
  const unsubscribe = session.changes.subscribe((change) => {
    if (change.what === 'fleet') regroup()
    if (change.what === 'runs' || change.what === 'results') map.runsChanged()
    if (change.what === 'fleet' || change.what === 'results') lists.request()
    if (change.what === 'results' || change.what === 'stale') figures.request()
  })
  table.element.hidden = true
  regroup()
  drawLists()
  begin()
  return {
    title: 'Overview',
    element: html(
      document,
      'div',
      { class: 'overview' },
      html(document, 'h1', { class: 'only-spoken' }, 'Overview'),
      totals,
      html(document, 'div', { class: 'stage' }, map.element, feed.element),
      heading,
      notice,
      table.element,
      glossary(document, OVERVIEW_METRICS),
    ),
    follow: (next: Route) => {
      if (next.page.name !== 'overview') return false
      route = next
      begin()
      return true
    },
    close: () => {
      unsubscribe()
      figures.close()
      lists.close()
      map.close()
    },
  }
}

function newestOf(mark: Mark, results: readonly Result[]): Result | null {
  const field = mark.shape === 'agent' ? 'agent_id' : 'node_id'
  return results.find((result) => result[field] === mark.id) ?? null
}
