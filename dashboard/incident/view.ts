import type { Incident } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { definitionList } from '../figures/definition.ts'
import { ALL_FIGURES, DEFINITIONS } from '../incidents/definitions.ts'
import { createRefresh } from '../live/refresh.ts'
import type { View, ViewContext } from '../session.ts'
import { errorNotice, loadingNotice } from '../shell/notice.ts'
import { createAcknowledgementPart } from './acknowledgement-part.ts'
import { createDeliveriesPart, createDiagnosesPart } from './loaded-parts.ts'
import { createOverview } from './overview.ts'

/** One incident: how bad, since when, what shows it, what agents found out, and who was told. */
export function incidentView(context: ViewContext, incidentId: string): View {
  const { document, api, session } = context
  const overview = createOverview(context)
  const parts = [
    createDiagnosesPart(context, incidentId),
    createAcknowledgementPart(context, incidentId),
    createDeliveriesPart(context, incidentId),
  ]
  const terms = definitionList(document, Object.values(DEFINITIONS), ALL_FIGURES)
  const all = [...overview.elements, ...parts.map((part) => part.element), terms]
  const notice = html(document, 'div', {}, loadingNotice(document, 'the incident'))
  const element = html(document, 'div', { class: 'incident' }, notice)
  let shown: Incident | null = null

  const show = (incident: Incident) => {
    const isFirst = shown === null
    shown = incident
    overview.show(incident)
    for (const part of parts) part.show(incident)
    notice.replaceChildren()
    if (isFirst) element.append(...all)
  }
  const load = createRefresh({
    load: (signal) => api.incident(incidentId, signal),
    show,
    fail: (error) => notice.replaceChildren(errorNotice(document, error, load.restart)),
    gapMs: 3_000,
  })
  const unsubscribe = session.changes.subscribe((change) => {
    if (change.what === 'stale') load.request()
    const own =
      change.what === 'incidents' ? change.changed.find((one) => one.incident_id === incidentId) : undefined
    if (own !== undefined) show(own)
    else if (change.what === 'fleet' && shown !== null) overview.show(shown)
  })
  load.request()
  return {
    title: `Incident ${incidentId.slice(0, 8)}`,
    element,
    follow: () => false,
    close: () => {
      unsubscribe()
      load.close()
      for (const part of parts) part.close()
    },
  }
}
