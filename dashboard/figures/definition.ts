import type { Metric } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { METRICS } from './metrics.ts'

/** What a small button explains: a figure's name, how it is defined, and what its sample counts. */
export interface Explained {
  readonly name: string
  readonly definition: string
  readonly note: string | null
}

/** A small button that shows a metric's definition beside it, and the box it shows. `place` keeps ids apart on one page. */
export function definitionButton(document: Document, metric: Metric, place: string): HTMLElement {
  const { name, definition, counted } = METRICS[metric]
  const note = `n counts ${counted}. The range beside a figure is its 95 % interval.`
  return explainButton(document, { name, definition, note }, `${place}-${metric}`)
}

/** The same for any figure; `id` is its own on the page. */
export function explainButton(document: Document, explained: Explained, id: string): HTMLElement {
  const { name, definition, note } = explained
  const box = html(
    document,
    'div',
    { id: `definition-${id}`, popover: 'auto', class: 'definition' },
    html(document, 'dfn', {}, name),
    html(document, 'p', {}, definition),
    note === null ? null : html(document, 'p', { class: 'muted' }, note),
  )
  const button = html(
    document,
    'button',
    {
      type: 'button',
      class: 'what',
      popovertarget: box.id,
      'aria-label': `What is ${name}?`,
      title: definition,
    },
    '?',
  )
  box.addEventListener('toggle', () => standBeside(box, button))
  return html(document, 'span', { class: 'what-is' }, button, box)
}

/** Every metric with its definition, folded away at the end of a page. */
export function glossary(document: Document, metrics: readonly Metric[]): HTMLElement {
  const rest = [
    '“42 ms 39–47, n 120” is the figure, its 95 % interval in the same unit, and the runs it comes from.',
    'Without an interval the sample is too small to say how sure the figure is.',
    'Tainted runs are stored and left out of every figure here.',
  ].join(' ')
  const terms = metrics.map((metric) => ({ ...METRICS[metric], note: null }))
  return definitionList(document, terms, rest)
}

/** Terms with their definitions, folded away; `rest` is what is to be said of all of them. */
export function definitionList(document: Document, terms: readonly Explained[], rest: string): HTMLElement {
  const list = html(document, 'dl', {})
  for (const { name, definition, note } of terms) {
    const said = note === null ? definition : `${definition} ${note}`
    list.append(html(document, 'dt', {}, name), html(document, 'dd', {}, said))
  }
  const summary = html(document, 'summary', {}, 'How these figures are defined')
  return html(document, 'details', { class: 'glossary' }, summary, list, html(document, 'p', {}, rest))
}

function standBeside(box: HTMLElement, button: HTMLElement): void {
  const edge = 8
  const at = button.getBoundingClientRect()
  const view = button.ownerDocument.documentElement
  const left = Math.max(edge, Math.min(at.left, view.clientWidth - box.offsetWidth - edge))
  const below = at.bottom + 4
  const fits = below + box.offsetHeight + edge <= view.clientHeight
  box.style.setProperty('left', `${left}px`)
  box.style.setProperty('top', `${fits ? below : Math.max(edge, at.top - box.offsetHeight - 4)}px`)
}
