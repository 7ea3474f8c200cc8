import { html, setAttribute, setText } from '../dom/element.ts'
import { definitionButton } from '../figures/definition.ts'
import { METRICS, OVERVIEW_METRICS } from '../figures/metrics.ts'
import type { TargetOrder } from './groups.ts'

/** The table's head, and the same choice as a list for narrow screens, where the head is hidden. */
export interface SortControls {
  readonly head: HTMLTableSectionElement
  readonly list: HTMLElement
  readonly show: (order: TargetOrder) => void
}

/** What can be sorted by, with its heading. */
const COLUMNS: readonly { readonly by: TargetOrder['by']; readonly name: string }[] = [
  { by: 'name', name: 'Node, stream, route' },
  ...OVERVIEW_METRICS.map((metric) => ({ by: metric, name: METRICS[metric].name })),
]

/** Makes both controls; `choose` is called with what the reader asked for. */
export function createSortControls(document: Document, choose: (order: TargetOrder) => void): SortControls {
  let shown: TargetOrder = { by: 'name', descending: false }
  const headings = COLUMNS.map(({ by, name }) => {
    const arrow = html(document, 'span', { class: 'arrow', 'aria-hidden': 'true' })
    const button = html(document, 'button', { type: 'button', class: 'sort' }, name, ' ', arrow)
    button.addEventListener('click', () => choose(nextOrder(shown, by)))
    const what = by === 'name' ? null : definitionButton(document, by, 'table')
    const cell = html(document, 'th', { scope: 'col', class: by === 'name' ? null : 'metric' }, button, what)
    return { by, arrow, cell }
  })
  const [first, ...metrics] = headings.map(({ cell }) => cell)
  const row = html(
    document,
    'tr',
    {},
    first ?? null,
    html(document, 'th', { scope: 'col' }, 'Transport'),
    ...metrics,
    html(document, 'th', { scope: 'col' }, 'Last result, UTC'),
  )
  const select = html(document, 'select')
  for (const { by, name } of COLUMNS)
    for (const descending of [false, true])
      select.append(
        html(document, 'option', { value: orderKey({ by, descending }) }, `${name} ${sign(descending)}`),
      )
  select.addEventListener('change', () => {
    const [by, direction] = select.value.split(' ')
    const column = COLUMNS.find((one) => one.by === by)
    if (column) choose({ by: column.by, descending: direction === 'descending' })
  })
  const show = (order: TargetOrder) => {
    shown = order
    select.value = orderKey(order)
    for (const { by, arrow, cell } of headings) {
      setAttribute(cell, 'aria-sort', by === order.by ? direction(order.descending) : null)
      setText(arrow, by === order.by ? sign(order.descending) : '')
    }
  }
  const list = html(document, 'label', { class: 'sort-list' }, 'Sort by ', select)
  return { head: html(document, 'thead', {}, row), list, show }
}

/** The same column again turns the order round; a new one starts ascending. */
export function nextOrder(order: TargetOrder, by: TargetOrder['by']): TargetOrder {
  return { by, descending: by === order.by ? !order.descending : false }
}

function orderKey(order: TargetOrder): string {
  return `${order.by} ${direction(order.descending)}`
}

function direction(descending: boolean): 'ascending' | 'descending' {
  return descending ? 'descending' : 'ascending'
}

function sign(descending: boolean): string {
  return descending ? '▼' : '▲'
}
