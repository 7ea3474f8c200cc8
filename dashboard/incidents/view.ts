import type { AlertList, Incident } from '@streamgauge/contract'
import { createAlertsPart } from '../alerts/part.ts'
import { html, setText } from '../dom/element.ts'
import { definitionList } from '../figures/definition.ts'
import { formatCount } from '../figures/format.ts'
import { createFrame } from '../live/frame.ts'
import { createRefresh } from '../live/refresh.ts'
import { PASTS, type Route } from '../routing/hash.ts'
import type { View, ViewContext } from '../session.ts'
import { emptyNotice, errorNotice, loadingNotice } from '../shell/notice.ts'
import { ALL_FIGURES, DEFINITIONS } from './definitions.ts'
import { worstFirst } from './order.ts'
import { createPastChoice } from './past-choice.ts'
import type { RowContext } from './rows.ts'
import { createStripPart } from './strip-part.ts'
import { createIncidentTable } from './table.ts'

const GAP_MS = 3_000
/** The most that are listed; a longer list says so. */
const OVER_MAX = 500

/** What is going on, what is over, who is told of it, and who is not for the time being. */
export function incidentsView(context: ViewContext): View {
  const { document, api, session, now } = context
  let { route } = context
  let over: readonly Incident[] | null = null
  let alerts: ReadonlyMap<string, AlertList['alerts'][number]> = new Map()

  const going = createIncidentTable(document, 'going')
  const past = createIncidentTable(document, 'over')
  const choice = createPastChoice(document)
  const goingNotice = html(document, 'div', {}, loadingNotice(document, 'incidents'))
  const pastNotice = html(document, 'div', {}, loadingNotice(document, 'incidents that are over'))
  const goingHead = html(document, 'h2')
  const pastHead = html(document, 'h2')
  const strip = createStripPart(document)
  const told = createAlertsPart(context)

  const draw = () => {
    const rows: RowContext = {
      ...{ document, route, fleet: session.fleet, nowMs: now() },
      alertOf: (id) => alerts.get(id) ?? null,
    }
    drawGoing(rows)
    drawPast(rows)
    if (over !== null) strip.show([...over, ...(session.incidents ?? [])], route, now())
  }
  const drawGoing = (rows: RowContext) => {
    const { incidents, incidents_failure } = session
    setText(goingHead, incidents === null ? 'Going on' : `Going on: ${formatCount(incidents.length)}`)
    going.element.hidden = incidents === null || incidents.length === 0
    if (incidents !== null) going.show(worstFirst(incidents), rows)
    if (incidents_failure !== null)
      goingNotice.replaceChildren(errorNotice(document, incidents_failure, context.reloadIncidents))
    if (incidents === null || incidents_failure !== null) return
    const hint =
      'Nothing was found that is worse than usual or than an objective allows. Where no collector detects (DETECT=off), nothing is.'
    goingNotice.replaceChildren(
      ...(incidents.length > 0 ? [] : [emptyNotice(document, 'No incident is going on', hint)]),
    )
  }
  const drawPast = (rows: RowContext) => {
    const { name } = PASTS[route.past]
    const least = over?.length === OVER_MAX ? 'the latest ' : ''
    setText(pastHead, `The last ${name}${over === null ? '' : `: ${least}${formatCount(over.length)} over`}`)
    past.element.hidden = over === null || over.length === 0
    if (over === null) return
    past.show(over, rows)
    const hint = 'A longer time may hold some.'
    pastNotice.replaceChildren(
      ...(over.length > 0 ? [] : [emptyNotice(document, `None ended in the last ${name}`, hint)]),
    )
  }
  const frame = createFrame(draw)
  const alertList = createRefresh({
    load: api.alerts,
    show: (loaded) => {
      alerts = new Map(loaded.alerts.map((alert) => [alert.incident.incident_id, alert]))
      frame.request()
    },
    // Who looks after what is then not known, and shown as that.
    fail: () => undefined,
    gapMs: GAP_MS,
  })
  const overList = createRefresh({
    load: (signal) => {
      const from = new Date(now() - PASTS[route.past].length_ms).toISOString()
      return api.incidents({ state: ['closed'], from, limit: OVER_MAX }, signal)
    },
    show: ({ incidents }) => {
      over = incidents
      frame.request()
    },
    fail: (error) => pastNotice.replaceChildren(errorNotice(document, error, overList.restart)),
    gapMs: GAP_MS,
  })
  const unsubscribe = session.changes.subscribe((change) => {
    if (change.what === 'fleet' || change.what === 'incidents' || change.what === 'stale') frame.request()
    if (change.what === 'incidents' || change.what === 'stale') alertList.request()
    const hasEnded = change.what === 'incidents' && change.changed.some(({ state }) => state === 'closed')
    if (hasEnded || change.what === 'stale') overList.request()
    if (change.what === 'stale') told.refresh()
    if (change.what === 'role' || change.what === 'fleet') told.show()
  })
  choice.show(route)
  draw()
  alertList.request()
  overList.request()
  const section = (...children: readonly Node[]) => html(document, 'section', { class: 'part' }, ...children)
  return {
    title: 'Incidents',
    element: html(
      document,
      'div',
      { class: 'incidents-page' },
      html(document, 'div', { class: 'page-head' }, html(document, 'h1', {}, 'Incidents')),
      section(goingHead, goingNotice, going.element),
      section(
        html(document, 'div', { class: 'heading' }, pastHead, choice.element),
        strip.element,
        pastNotice,
        past.element,
      ),
      ...told.elements,
      definitionList(document, Object.values(DEFINITIONS), ALL_FIGURES),
    ),
    follow: (next: Route) => {
      if (next.page.name !== 'incidents') return false
      const isOther = next.past !== route.past
      route = next
      choice.show(route)
      if (isOther) {
        over = null
        pastNotice.replaceChildren(loadingNotice(document, 'incidents that are over'))
        overList.restart()
      }
      draw()
      return true
    },
    close: () => {
      unsubscribe()
      frame.close()
      alertList.close()
      overList.close()
      told.close()
      strip.close()
    },
  }
}
