import type { Incident } from '@streamgauge/contract'
import { createChartHost } from '../dom/chart-host.ts'
import { html } from '../dom/element.ts'
import { PASTS, type Route } from '../routing/hash.ts'
import { stripChart } from './strip-chart.ts'

/** The strip with its key; hidden while there is nothing to draw. */
export interface StripPart {
  readonly element: HTMLElement
  readonly show: (incidents: readonly Incident[], route: Route, nowMs: number) => void
  readonly close: () => void
}

/** Makes the strip, hidden. */
export function createStripPart(document: Document): StripPart {
  const host = createChartHost(document, 0)
  const words =
    'A row for each kind of scope. Height and colour: severity. Times are UTC; what goes on reaches the right edge.'
  const key = html(document, 'p', { class: 'muted strip-key' }, words)
  const element = html(document, 'div', { hidden: true }, host.element, key)
  let drawn = ''
  const show = (incidents: readonly Incident[], route: Route, nowMs: number) => {
    element.hidden = incidents.length === 0
    const { length_ms } = PASTS[route.past]
    // Drawn anew only where a pixel would differ, so that the focus stays on its bar.
    const told = incidents.map(({ measurement_ids, evidence, ...incident }) => incident)
    const version = JSON.stringify([told, route, Math.floor((nowMs / length_ms) * host.element.clientWidth)])
    if (version === drawn) return
    drawn = version
    const window = { from_ms: nowMs - length_ms, to_ms: nowMs }
    host.show((width) => stripChart(incidents, { document, width, route, ...window }))
  }
  return { element, show, close: host.close }
}
