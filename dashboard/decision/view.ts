import type { Decision } from '@streamgauge/contract'
import { decisionsTable } from '../decisions/table.ts'
import { html } from '../dom/element.ts'
import { redraw } from '../dom/redraw.ts'
import { definitionList } from '../figures/definition.ts'
import { createRefresh } from '../live/refresh.ts'
import type { View, ViewContext } from '../session.ts'
import { errorNotice, loadingNotice } from '../shell/notice.ts'
import { ALL_FIGURES, DEFINITIONS } from '../steering/definitions.ts'
import { basisTable, heading, verdictContent } from './content.ts'

const GAP_MS = 3_000
/** Decisions about the same viewers that are listed. */
const OTHERS_MAX = 50

/** One decision: who was moved where and why, by which numbers, whether it helped, and what was decided about them besides. */
export function decisionView(context: ViewContext, decisionId: string): View {
  const { document, api, session, route } = context
  const head = html(document, 'div', { class: 'page-head' })
  const box = () => html(document, 'div')
  const [verdict, basis, others] = [box(), box(), box()]
  const notice = html(document, 'div', {}, loadingNotice(document, 'the decision'))
  const section = (name: string, body: HTMLElement) =>
    html(document, 'section', { class: 'part' }, html(document, 'h2', {}, name), body)
  const body = html(
    document,
    'div',
    { hidden: true },
    head,
    section('Did it help', verdict),
    section('The numbers it was made from', basis),
    section('Other decisions about these viewers', others),
    definitionList(document, Object.values(DEFINITIONS), ALL_FIGURES),
  )
  let shown: Decision | null = null
  const show = (decision: Decision) => {
    shown = decision
    body.hidden = false
    notice.replaceChildren()
    redraw(head, ...heading(document, decision, route))
    redraw(verdict, ...verdictContent(document, decision))
    redraw(basis, basisTable(document, decision))
    cellLoad.request()
  }
  const load = createRefresh({
    load: (signal) => api.decision(decisionId, signal),
    show,
    fail: (error) => notice.replaceChildren(errorNotice(document, error, load.restart)),
    gapMs: GAP_MS,
  })
  const cellLoad = createRefresh({
    load: (signal) => {
      const { country = '', isp = '' } = shown ?? {}
      return api.decisions({ country: [country], isp: [isp], limit: OTHERS_MAX }, signal)
    },
    show: ({ decisions }) => redraw(others, decisionsTable(document, decisions, route, decisionId)),
    fail: (error) => others.replaceChildren(errorNotice(document, error, cellLoad.restart)),
    gapMs: GAP_MS,
  })
  const unsubscribe = session.changes.subscribe((change) => {
    if (change.what === 'stale') load.request()
    if (change.what !== 'decision') return
    const { decision } = change
    if (decision.decision_id === decisionId) show(decision)
    else if (decision.country === shown?.country && decision.isp === shown.isp) cellLoad.request()
  })
  load.request()
  return {
    title: `Decision ${decisionId.slice(0, 8)}`,
    element: html(document, 'div', { class: 'decision' }, notice, body),
    follow: () => false,
    close: () => {
      unsubscribe()
      load.close()
      cellLoad.close()
    },
  }
}
