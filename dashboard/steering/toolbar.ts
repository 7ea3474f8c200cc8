import { html, setText } from '../dom/element.ts'
import { CHOICES, type Choice, isChoice } from './choose.ts'

/** What is looked for. */
export interface Wanted {
  readonly find: string
  readonly choice: Choice
}

/** A search field and a choice of which cells. */
export interface Toolbar {
  readonly element: HTMLElement
  readonly value: () => Wanted
  /** Says how many there are. */
  readonly count: (text: string) => void
}

/** Makes the toolbar; `changed` is called whenever something else is looked for. */
export function createToolbar(document: Document, wanted: Wanted, changed: () => void): Toolbar {
  const hint = 'country, ISP or node'
  const search = html(document, 'input', { type: 'search', value: wanted.find, placeholder: hint })
  const options = Object.entries(CHOICES).map(([value, name]) =>
    html(document, 'option', { value, selected: value === wanted.choice }, name),
  )
  const select = html(document, 'select', {}, ...options)
  const counted = html(document, 'output', { class: 'muted' })
  search.addEventListener('input', changed)
  select.addEventListener('change', changed)
  const label = (name: string, input: HTMLElement, kind: string) =>
    html(document, 'label', { class: kind }, html(document, 'span', { class: 'muted' }, `${name} `), input)
  return {
    element: html(
      document,
      'div',
      { class: 'toolbar', role: 'search' },
      label('Find', search, 'search'),
      label('Which', select, 'which'),
      counted,
    ),
    value: () => ({ find: search.value.trim(), choice: isChoice(select.value) ? select.value : 'all' }),
    count: (text) => setText(counted, text),
  }
}
