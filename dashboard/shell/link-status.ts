import { html, setText } from '../dom/element.ts'
import { formatAge } from '../figures/format.ts'
import type { LinkState } from '../live/connection.ts'

/** How the link to the collector stands, in words: what the header says. */
export function linkText(state: LinkState, silentMs: number): string {
  if (state === 'live') return silentMs < 1_500 ? 'live' : `live · last event ${formatAge(silentMs)} ago`
  if (state === 'connecting' && silentMs < 2_500) return state
  return `${state} · nothing heard for ${formatAge(silentMs)}`
}

/** The header's state light: a shape and words. Only a change of state is announced, not every second. */
export function linkStatus(document: Document): {
  readonly element: HTMLElement
  readonly show: (state: LinkState, silentMs: number) => void
} {
  const words = html(document, 'span', { class: 'words' })
  const announced = html(document, 'span', { class: 'only-spoken', role: 'status' })
  const light = html(document, 'span', { class: 'light', 'aria-hidden': 'true' })
  const element = html(document, 'div', { class: 'link-status' }, light, words, announced)
  const show = (state: LinkState, silentMs: number) => {
    element.dataset.state = state
    setText(words, linkText(state, silentMs))
    setText(announced, state === 'live' ? 'Live updates on' : `Live updates off, ${state}`)
  }
  return { element, show }
}
