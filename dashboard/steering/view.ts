import type { SteeringTable } from '@streamgauge/contract'
import { ApiFailure } from '../api/client.ts'
import { html, setText } from '../dom/element.ts'
import { redraw } from '../dom/redraw.ts'
import { definitionList } from '../figures/definition.ts'
import { formatCount } from '../figures/format.ts'
import { createRefresh } from '../live/refresh.ts'
import { decisionsHash, type Route, steeringHash } from '../routing/hash.ts'
import type { View, ViewContext } from '../session.ts'
import { emptyNotice, errorNotice, loadingNotice } from '../shell/notice.ts'
import { createSearchBar } from '../shell/search-bar.ts'
import { cellsTable } from './cells.ts'
import { CHOICES, chosenCells, isChoice } from './choose.ts'
import { ALL_FIGURES, DEFINITIONS } from './definitions.ts'
import { createOverridesPart } from './overrides-part.ts'
import { resilienceContent } from './resilience.ts'
import { standingText } from './standing.ts'

const GAP_MS = 3_000
/** Cells that are shown at first, and that each press of the button adds. */
const ROWS = 100

/** Where everybody is sent, what operators say, and what would not survive a loss. */
export function steeringView(context: ViewContext): View {
  const { document, api, session, now } = context
  const { find = '', choice = 'all' } = context.route.page.name === 'steering' ? context.route.page : {}
  let table: SteeringTable | null = null
  let rows = ROWS

  const standing = html(document, 'p', { class: 'standing' })
  const listed = html(document, 'div', {}, loadingNotice(document, 'where everybody is sent'))
  const audit = html(document, 'div', {}, loadingNotice(document, 'the audit'))
  const more = html(document, 'button', { type: 'button', hidden: true }, `Show ${ROWS} more`)
  const wanted = { name: 'Find', hint: 'country, ISP or node', choices: CHOICES, eachLetter: true }
  const toolbar = createSearchBar(document, { ...wanted, find, choice }, () => {
    rows = ROWS
    const { find, choice } = toolbar.value()
    history.replaceState(null, '', steeringHash(context.route, find, choice))
    draw()
  })
  more.addEventListener('click', () => {
    rows += ROWS
    draw()
  })
  const draw = () => {
    if (table === null) return
    const { find, choice } = toolbar.value()
    const chosen = chosenCells(table.cells, isChoice(choice) ? choice : 'all', find, now())
    setText(standing, standingText(table, now()))
    toolbar.count(`${formatCount(chosen.length)} of ${formatCount(table.cells.length)}`)
    more.hidden = chosen.length <= rows
    const options = { document, route: context.route, nowMs: now() }
    redraw(
      listed,
      chosen.length === 0 ? noneNotice(document, table) : cellsTable(chosen.slice(0, rows), options),
    )
    overrides.show(table.cells)
  }
  const load = createRefresh({
    load: api.steering,
    show: (loaded) => {
      table = loaded
      draw()
    },
    fail: (error) => {
      setText(standing, '')
      listed.replaceChildren(isOff(error) ? offNotice(document) : errorNotice(document, error, load.restart))
    },
    gapMs: GAP_MS,
  })
  const auditLoad = createRefresh({
    load: api.resilience,
    show: (loaded) => redraw(audit, ...resilienceContent(document, loaded)),
    fail: (error) =>
      audit.replaceChildren(...(isOff(error) ? [] : [errorNotice(document, error, auditLoad.restart)])),
    gapMs: GAP_MS,
  })
  const loadAll = () => {
    load.request()
    auditLoad.request()
  }
  const overrides = createOverridesPart(context, loadAll)
  const unsubscribe = session.changes.subscribe(({ what }) => {
    if (what === 'decision' || what === 'stale') loadAll()
    if (what === 'stale') overrides.refresh()
    if (what === 'role' || what === 'fleet') overrides.show(table?.cells ?? [])
  })
  loadAll()
  const section = (name: string, ...children: readonly Node[]) =>
    html(document, 'section', { class: 'part' }, html(document, 'h2', {}, name), ...children)
  const href = decisionsHash(context.route)
  const decisions = html(
    document,
    'p',
    {},
    html(document, 'a', { href }, 'What was decided, and whether it helped'),
  )
  return {
    title: 'Steering',
    element: html(
      document,
      'div',
      { class: 'steering-page' },
      html(
        document,
        'div',
        { class: 'page-head' },
        html(document, 'h1', {}, 'Steering'),
        standing,
        decisions,
      ),
      section('Where viewers are sent', toolbar.element, listed, more),
      overrides.element,
      section('What would not survive a loss', audit),
      definitionList(document, Object.values(DEFINITIONS), ALL_FIGURES),
    ),
    follow: ({ page }: Route) => {
      const { find, choice } = toolbar.value()
      return page.name === 'steering' && page.find === find && page.choice === choice
    },
    close: () => {
      unsubscribe()
      load.close()
      auditLoad.close()
      overrides.close()
    },
  }
}

function isOff(error: unknown): boolean {
  return error instanceof ApiFailure && error.code === 'STEERING_OFF'
}

function offNotice(document: Document): HTMLElement {
  const hint = 'steering.mode is off, or this collector does not detect (DETECT=off). Another one may.'
  return emptyNotice(document, 'This collector sends nobody anywhere', hint)
}

function noneNotice(document: Document, { cells }: SteeringTable): HTMLElement {
  if (cells.length > 0) return emptyNotice(document, 'No cell is like that', 'Fewer words find more.')
  const hint = 'Cells come from the countries and ISPs of agents; the first are there after a round.'
  return emptyNotice(document, 'There are no cells yet', hint)
}
