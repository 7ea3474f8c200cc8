import { html } from '../dom/element.ts'
import { formatCount, formatRatio } from '../figures/format.ts'
import { outcomeElement } from '../figures/outcome.ts'
import type { Result } from '../live/state.ts'
import type { Point } from './layout.ts'
import type { Mark } from './marks.ts'

/** The box beside a mark that says what it is and how it does. Reached by keys it is also spoken. */
export interface MapTip {
  readonly element: HTMLElement
  readonly show: (mark: Mark, at: Point, newest: Result | null) => void
  readonly hide: () => void
}

/** Makes the box, hidden. */
export function createTip(document: Document): MapTip {
  const element = html(document, 'div', { class: 'map-tip', role: 'status', hidden: true })
  const show = (mark: Mark, [x, y]: Point, newest: Result | null) => {
    element.replaceChildren(...content(document, mark, newest))
    element.hidden = false
    const host = element.parentElement
    const width = host?.clientWidth ?? 0
    const left = Math.max(4, Math.min(x + 12, width - element.offsetWidth - 4))
    const above = y - element.offsetHeight - 12
    element.style.setProperty('left', `${left}px`)
    element.style.setProperty('top', `${above >= 4 ? above : y + 14}px`)
  }
  const hide = () => {
    element.hidden = true
    element.replaceChildren()
  }
  return { element, show, hide }
}

function content(document: Document, mark: Mark, newest: Result | null): readonly HTMLElement[] {
  const lines = [html(document, 'strong', {}, mark.name), html(document, 'p', {}, mark.about)]
  if (mark.shape !== 'agent') lines.push(html(document, 'p', {}, healthText(mark)))
  if (newest !== null) lines.push(html(document, 'p', {}, 'Latest: ', outcomeElement(document, newest)))
  if (mark.coordinates === null) lines.push(html(document, 'p', { class: 'muted' }, 'No location set'))
  if (mark.shape !== 'agent')
    lines.push(html(document, 'p', { class: 'muted' }, 'Click or Enter: only its targets below'))
  return lines
}

/** How many of a node's runs failed, in words. */
export function healthText(mark: Pick<Mark, 'failed_ratio' | 'runs_count'>): string {
  if (mark.failed_ratio === null) return 'No run in this window'
  const failed = Math.round(mark.failed_ratio * mark.runs_count)
  return `${formatCount(failed)} of ${formatCount(mark.runs_count)} runs failed (${formatRatio(mark.failed_ratio)})`
}
