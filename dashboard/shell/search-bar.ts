import { html, setText } from '../dom/element.ts'

/** What a list is searched by. */
export interface SearchBarOptions {
  /** What the field is for, and what may be typed. */
  readonly name: string
  readonly hint: string
  /** Which of the list, by the word in the address. */
  readonly choices: Readonly<Record<string, string>>
  /** What is looked for at first. */
  readonly find: string
  readonly choice: string
  /** Whether each letter counts, or only what was entered. */
  readonly eachLetter: boolean
}

/** A field to search a list by, and a choice of which of it. */
export interface SearchBar {
  readonly element: HTMLElement
  readonly value: () => { readonly find: string; readonly choice: string }
  /** Says how many there are. */
  readonly count: (text: string) => void
}

/** Makes the bar; `changed` is called whenever something else is looked for. */
export function createSearchBar(
  document: Document,
  options: SearchBarOptions,
  changed: () => void,
): SearchBar {
  const { name, hint, choices, find, choice, eachLetter } = options
  const search = html(document, 'input', { type: 'search', value: find, placeholder: hint })
  const offered = Object.entries(choices).map(([value, text]) =>
    html(document, 'option', { value, selected: value === choice }, text),
  )
  const select = html(document, 'select', {}, ...offered)
  const counted = html(document, 'output', { class: 'muted' })
  search.addEventListener(eachLetter ? 'input' : 'change', changed)
  select.addEventListener('change', changed)
  const label = (text: string, input: HTMLElement, kind: string) =>
    html(document, 'label', { class: kind }, html(document, 'span', { class: 'muted' }, `${text} `), input)
  return {
    element: html(
      document,
      'div',
      { class: 'toolbar', role: 'search' },
      label(name, search, 'search'),
      label('Which', select, 'which'),
      counted,
    ),
    value: () => ({ find: search.value.trim(), choice: select.value }),
    count: (text) => setText(counted, text),
  }
}
