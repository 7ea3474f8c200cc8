import { html } from '../dom/element.ts'
import { createRefresh } from '../live/refresh.ts'
import type { Change, ViewContext } from '../session.ts'
import { errorNotice, loadingNotice } from '../shell/notice.ts'
import { deliveriesContent } from './deliveries.ts'
import { diagnosesContent } from './diagnoses.ts'
import type { IncidentPart } from './part.ts'

const GAP_MS = 3_000
const DELIVERIES_MAX = 200

/** What agents found out; one that comes in while the page is open appears. */
export function createDiagnosesPart(context: ViewContext, incidentId: string): IncidentPart {
  const { document, api, route } = context
  return loadedPart(context, {
    name: 'Diagnoses',
    load: (signal) => api.diagnoses(incidentId, signal),
    draw: ({ diagnoses }) => diagnosesContent(document, diagnoses, route),
    isNews: (change) => change.what === 'diagnosis' && change.diagnosis.incident_id === incidentId,
  })
}

/** Who was told. */
export function createDeliveriesPart(context: ViewContext, incidentId: string): IncidentPart {
  const { document, api } = context
  return loadedPart(context, {
    name: 'Who was told',
    load: (signal) => api.deliveries({ incident_id: [incidentId], limit: DELIVERIES_MAX }, signal),
    draw: ({ deliveries }) => [deliveriesContent(document, deliveries)],
    isNews: () => false,
  })
}

interface LoadedOptions<T> {
  readonly name: string
  readonly load: (signal: AbortSignal) => Promise<T>
  readonly draw: (loaded: T) => readonly HTMLElement[]
  /** Whether there is more to load after such a change. */
  readonly isNews: (change: Change) => boolean
}

function loadedPart<T>(context: ViewContext, options: LoadedOptions<T>): IncidentPart {
  const { document, session } = context
  const body = html(document, 'div', {}, loadingNotice(document, options.name.toLowerCase()))
  let drawn = ''
  const load = createRefresh({
    load: options.load,
    show: (loaded) => {
      // What somebody has unfolded stays so where nothing is new.
      const version = JSON.stringify(loaded)
      if (version === drawn) return
      drawn = version
      body.replaceChildren(...options.draw(loaded))
    },
    fail: (error) => {
      drawn = ''
      body.replaceChildren(errorNotice(document, error, load.restart))
    },
    gapMs: GAP_MS,
  })
  const unsubscribe = session.changes.subscribe((change) => {
    if (change.what === 'stale' || options.isNews(change)) load.request()
  })
  return {
    element: html(document, 'section', { class: 'part' }, html(document, 'h2', {}, options.name), body),
    show: load.request,
    close: () => {
      unsubscribe()
      load.close()
    },
  }
}
