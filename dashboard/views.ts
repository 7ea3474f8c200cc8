import { decisionView } from './decision/view.ts'
import { decisionsView } from './decisions/view.ts'
import { html } from './dom/element.ts'
import { incidentView } from './incident/view.ts'
import { incidentsView } from './incidents/view.ts'
import { measurementView } from './measurement/view.ts'
import { overviewView } from './overview/view.ts'
import type { View, ViewContext } from './session.ts'
import { emptyNotice } from './shell/notice.ts'
import { steeringView } from './steering/view.ts'
import { targetView } from './target/view.ts'

/** The view of a route. Adding one is a file and a line here. */
export function viewOf(context: ViewContext): View {
  const { page } = context.route
  if (page.name === 'overview') return overviewView(context)
  if (page.name === 'target') return targetView(context, page.target_id)
  if (page.name === 'measurement') return measurementView(context, page.measurement_id)
  if (page.name === 'incidents') return incidentsView(context)
  if (page.name === 'incident') return incidentView(context, page.incident_id)
  if (page.name === 'steering') return steeringView(context)
  if (page.name === 'decisions') return decisionsView(context)
  if (page.name === 'decision') return decisionView(context, page.decision_id)
  return unknownView(context.document)
}

function unknownView(document: Document): View {
  const notice = emptyNotice(document, 'There is no such page', 'The name at the top leads back to the map.')
  const heading = html(document, 'h1', {}, 'Not found')
  const element = html(document, 'div', {}, heading, notice)
  return { title: 'Not found', element, follow: () => false, close: () => undefined }
}
