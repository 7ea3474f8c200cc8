import type { Query } from '../api/client.ts'
import { html } from '../dom/element.ts'

/** What came of the decisions that are listed. */
const CHOICES = {
  all: 'all',
  helped: 'helped',
  'no difference': 'made no difference',
  hurt: 'hurt',
  none: 'not judged',
} as const

/** A search for decisions. */
export interface DecisionSearch {
  readonly element: HTMLElement
  readonly value: () => { readonly find: string; readonly choice: string }
}

/** Makes the search; `changed` is called whenever something else is looked for. */
export function createDecisionSearch(
  document: Document,
  { find, choice }: { readonly find: string; readonly choice: string },
  changed: () => void,
): DecisionSearch {
  const hint = 'TH, TH/AIS or a node'
  const search = html(document, 'input', { type: 'search', value: find, placeholder: hint })
  const options = Object.entries(CHOICES).map(([value, name]) =>
    html(document, 'option', { value, selected: value === choice }, name),
  )
  const select = html(document, 'select', {}, ...options)
  search.addEventListener('change', changed)
  select.addEventListener('change', changed)
  const label = (name: string, input: HTMLElement, kind: string) =>
    html(document, 'label', { class: kind }, html(document, 'span', { class: 'muted' }, `${name} `), input)
  return {
    element: html(
      document,
      'div',
      { class: 'toolbar', role: 'search' },
      label('Viewers or node', search, 'search'),
      label('Which', select, 'which'),
    ),
    value: () => ({ find: search.value.trim(), choice: select.value }),
  }
}

/** What the collector is asked for: `TH` is a country, `TH/AIS` a cell, anything else a node. */
export function queryOf(find: string, choice: string): Query {
  const [, country = '', isp = ''] = /^([A-Za-z]{2})(?:\/(.+))?$/.exec(find) ?? []
  return {
    country: country === '' ? null : [country.toUpperCase()],
    isp: isp === '' ? null : [isp],
    node_id: country !== '' || find === '' ? null : [find],
    verdict: choice === 'all' || !Object.hasOwn(CHOICES, choice) ? null : [choice],
  }
}
