import type { Incident } from '@streamgauge/contract'
import { html, setAttribute, setText } from '../dom/element.ts'
import { formatCount } from '../figures/format.ts'
import { severityMark } from '../incidents/mark.ts'
import { worstOf } from '../incidents/order.ts'

/** The header's link to the incidents: how many are going on, and how severe the worst of them is. */
export function incidentsLink(document: Document): {
  readonly element: HTMLElement
  readonly link: HTMLAnchorElement
  /** `null`: not known yet. */
  readonly show: (going: readonly Incident[] | null) => void
} {
  const badge = html(document, 'span', { class: 'going', 'aria-hidden': 'true' })
  const name = html(document, 'span', { class: 'name' }, 'Incidents')
  const link = html(document, 'a', { class: 'incidents-link' }, name, ' ', badge)
  const announced = html(document, 'span', { class: 'only-spoken', role: 'status' })
  const show = (going: readonly Incident[] | null) => {
    if (going === null) return
    const worst = worstOf(going)
    const count = `${formatCount(going.length)}${going.length > 1 ? ', worst' : ''} `
    badge.replaceChildren(...(worst === null ? [] : [count, severityMark(document, worst)]))
    setText(announced, goingText(going))
    setAttribute(link, 'title', goingText(going))
  }
  return { element: html(document, 'span', {}, link, announced), link, show }
}

/** How many are going on, in words: `3 incidents going on, the worst critical`. */
export function goingText(going: readonly Pick<Incident, 'severity'>[]): string {
  const worst = worstOf(going)
  if (worst === null) return 'No incident going on'
  if (going.length === 1) return `1 incident going on, ${worst}`
  return `${formatCount(going.length)} incidents going on, the worst ${worst}`
}
