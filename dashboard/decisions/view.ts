import type { Decision } from '@streamgauge/contract'
import type { Query } from '../api/client.ts'
import { html } from '../dom/element.ts'
import { redraw } from '../dom/redraw.ts'
import { definitionList } from '../figures/definition.ts'
import { formatCount } from '../figures/format.ts'
import { createRefresh } from '../live/refresh.ts'
import { decisionsHash, type Route, steeringHash } from '../routing/hash.ts'
import type { View, ViewContext } from '../session.ts'
import { emptyNotice, errorNotice, loadingNotice } from '../shell/notice.ts'
import { createSearchBar } from '../shell/search-bar.ts'
import { ALL_FIGURES, DEFINITIONS } from '../steering/definitions.ts'
import { CHOICES, queryOf } from './search.ts'
import { decisionsTable } from './table.ts'

const GAP_MS = 3_000
/** Decisions that are asked for at a time. */
const PAGE = 100

/** What was changed, why, and whether it helped. */
export function decisionsView(context: ViewContext): View {
  const { document, api, session, route } = context
  const page = route.page.name === 'decisions' ? route.page : { find: '', choice: 'all' }
  let loaded: readonly Decision[] = []
  let limit = PAGE

  const listed = html(document, 'div', {}, loadingNotice(document, 'decisions'))
  const more = html(document, 'button', { type: 'button', hidden: true }, 'Show older ones')
  const wanted = {
    name: 'Viewers or node',
    hint: 'TH, TH/AIS or a node',
    choices: CHOICES,
    eachLetter: false,
  }
  const search = createSearchBar(document, { ...wanted, find: page.find, choice: page.choice }, () => {
    limit = PAGE
    const { find, choice } = search.value()
    history.replaceState(null, '', decisionsHash(route, find, choice))
    load.restart()
  })
  more.addEventListener('click', () => {
    limit = Math.min(1_000, limit + PAGE)
    load.restart()
  })
  const load = createRefresh({
    load: (signal) => {
      const { find, choice } = search.value()
      const query: Query = { ...queryOf(find, choice), limit }
      return api.decisions(query, signal)
    },
    show: ({ decisions }) => {
      loaded = decisions
      const isAll = loaded.length < limit
      search.count(isAll ? formatCount(loaded.length) : `the latest ${formatCount(loaded.length)}`)
      more.hidden = isAll || limit >= 1_000
      redraw(listed, loaded.length === 0 ? noneNotice(document) : decisionsTable(document, loaded, route))
    },
    fail: (error) => listed.replaceChildren(errorNotice(document, error, load.restart)),
    gapMs: GAP_MS,
  })
  const unsubscribe = session.changes.subscribe(({ what }) => {
    if (what === 'decision' || what === 'stale') load.request()
  })
  load.request()
  const up = html(document, 'a', { href: steeringHash(route) }, 'Steering')
  return {
    title: 'Decisions',
    element: html(
      document,
      'div',
      { class: 'decisions-page' },
      html(
        document,
        'div',
        { class: 'page-head' },
        html(document, 'p', { class: 'up' }, up),
        html(document, 'h1', {}, 'Decisions'),
      ),
      html(document, 'section', { class: 'part' }, search.element, listed, more),
      definitionList(document, [DEFINITIONS.cost, DEFINITIONS.verdict], ALL_FIGURES),
    ),
    follow: (next: Route) => {
      const { find, choice } = search.value()
      return next.page.name === 'decisions' && next.page.find === find && next.page.choice === choice
    },
    close: () => {
      unsubscribe()
      load.close()
    },
  }
}

function noneNotice(document: Document): HTMLElement {
  return emptyNotice(document, 'No decision is like that', 'The first are made when a round is over.')
}
