import type { AlertList, Incident } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { createRefresh } from '../live/refresh.ts'
import { mayChange, type ViewContext } from '../session.ts'
import { emptyNotice, errorNotice, loadingNotice } from '../shell/notice.ts'
import { acknowledgeForm, acknowledgementText } from './acknowledgement.ts'
import type { IncidentPart } from './part.ts'

/** Who looks after an incident that goes on, and a form to say that one does. */
export function createAcknowledgementPart(context: ViewContext, incidentId: string): IncidentPart {
  const { document, api, session } = context
  const body = html(document, 'div', {}, loadingNotice(document, 'who looks after it'))
  const change = html(document, 'div')
  let incident: Incident | null = null
  let alert: AlertList['alerts'][number] | null = null
  let isLoaded = false
  let form: HTMLDetailsElement | null = null

  const draw = () => {
    if (incident === null || !isLoaded) return
    const isOver = incident.state === 'closed'
    change.hidden = isOver
    if (isOver) body.replaceChildren(overNotice(document))
    else if (alert === null) body.replaceChildren(unknownNotice(document))
    else body.replaceChildren(...acknowledgementText(document, alert))
    drawForm(alert !== null && alert.acknowledgement !== null)
  }
  const drawForm = (isAcknowledged: boolean) => {
    if (!mayChange(session)) {
      const why = 'To acknowledge it, sign in with a token of an operator or an admin.'
      return change.replaceChildren(html(document, 'p', { class: 'muted' }, why))
    }
    // What somebody has begun to fill in is kept.
    if (form !== null) return
    const fields = acknowledgeForm(document, async (body) => {
      await api.acknowledge(incidentId, body)
      load.restart()
    })
    const summary = html(document, 'summary', {}, isAcknowledged ? 'Acknowledge it anew' : 'Acknowledge it')
    form = html(document, 'details', { open: !isAcknowledged }, summary, fields)
    change.replaceChildren(form)
  }
  const load = createRefresh({
    load: api.alerts,
    show: ({ alerts }) => {
      alert = alerts.find((one) => one.incident.incident_id === incidentId) ?? null
      isLoaded = true
      draw()
    },
    fail: (error) => body.replaceChildren(errorNotice(document, error, load.restart)),
    gapMs: 3_000,
  })
  const unsubscribe = session.changes.subscribe((news) => {
    if (news.what === 'stale') load.request()
    if (news.what === 'role') draw()
  })
  return {
    element: html(
      document,
      'section',
      { class: 'part' },
      html(document, 'h2', {}, 'Who looks after it'),
      body,
      change,
    ),
    show: (version) => {
      incident = version
      draw()
      load.request()
    },
    close: () => {
      unsubscribe()
      load.close()
    },
  }
}

function overNotice(document: Document): HTMLElement {
  return emptyNotice(document, 'It is over', 'Who looks after an incident is shown while it goes on.')
}

function unknownNotice(document: Document): HTMLElement {
  return emptyNotice(
    document,
    'Alerting does not know of it yet',
    'A collector that does not detect by itself hears of it half a minute later.',
  )
}
