import type { Incident } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { SEVERITIES, STATES } from './words.ts'

/** A severity as a shape and a word. */
export function severityMark(document: Document, severity: Incident['severity']): HTMLElement {
  const { sign, word } = SEVERITIES[severity]
  const shape = html(document, 'span', { class: 'sign', 'aria-hidden': 'true' }, sign)
  return html(document, 'span', { class: `severity ${severity}` }, shape, word)
}

/** A state as a badge. */
export function stateBadge(document: Document, state: Incident['state']): HTMLElement {
  return html(document, 'span', { class: `badge state ${state}`, title: STATES[state] }, state)
}
