import type { Metric } from '@streamgauge/contract'
import { html, setAttribute } from '../dom/element.ts'
import { definitionButton } from '../figures/definition.ts'
import { METRIC_KEYS, METRICS } from '../figures/metrics.ts'
import { formatHash, type Route } from '../routing/hash.ts'

/** Links to the same page with another metric, so that each can be shared. */
export function createMetricChoice(document: Document): {
  readonly element: HTMLElement
  readonly show: (route: Route) => void
} {
  const links = METRIC_KEYS.map((metric: Metric) => ({
    metric,
    link: html(document, 'a', {}, METRICS[metric].name),
  }))
  const definitions = html(document, 'span')
  const nav = html(
    document,
    'nav',
    { class: 'choice', 'aria-label': 'Metric' },
    ...links.map(({ link }) => link),
  )
  const show = (route: Route) => {
    for (const { metric, link } of links) {
      setAttribute(link, 'href', formatHash({ ...route, metric }))
      setAttribute(link, 'aria-current', metric === route.metric ? 'true' : null)
    }
    definitions.replaceChildren(definitionButton(document, route.metric, 'target'))
  }
  return { element: html(document, 'div', { class: 'metric-choice' }, nav, definitions), show }
}
