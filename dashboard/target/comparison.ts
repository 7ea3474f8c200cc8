import type { Fleet } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { createRefresh } from '../live/refresh.ts'
import { windowAt } from '../routing/hash.ts'
import type { ViewContext } from '../session.ts'
import { errorNotice } from '../shell/notice.ts'
import type { Part } from './series-part.ts'
import { verdictPanel } from './verdict.ts'

type FindTarget = () => Fleet['targets'][number] | null

/** QUIC against TCP where this target's stream, node and route are the same; hidden when there is no sibling. */
export function createComparisonPart(
  context: ViewContext,
  findTarget: FindTarget,
  findSibling: FindTarget,
): Part {
  const { document, api, now } = context
  let { route } = context
  const body = html(document, 'div')
  const element = html(
    document,
    'section',
    { class: 'part', hidden: true },
    html(document, 'h2', {}, 'QUIC against TCP'),
    body,
  )
  const load = createRefresh({
    load: (signal) => {
      const target = findTarget()
      if (target === null || findSibling() === null) return Promise.resolve(null)
      const { stream_id, node_id, format, route: way } = target
      const arms = { by: 'transport', a: 'tcp', b: 'quic' }
      const query = { ...arms, stream_id, node_id, format, route: way, ...windowAt(route.window, now()) }
      return api.comparison(route.metric, query, signal)
    },
    show: (comparison) => {
      element.hidden = comparison === null
      body.replaceChildren(...(comparison === null ? [] : [verdictPanel(document, comparison)]))
    },
    fail: (error) => {
      element.hidden = false
      body.replaceChildren(errorNotice(document, error, load.restart))
    },
    gapMs: 3_000,
  })
  return {
    element,
    show: (next) => {
      route = next
      load.restart()
    },
    refresh: load.request,
    close: load.close,
  }
}
