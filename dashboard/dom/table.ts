import type { Child } from './element.ts'
import { html } from './element.ts'

/** A cell's content; with an element beside it where that needs more than text. */
export type Cell = Child | readonly Child[]

/** A table with a head and rows; on narrow screens each row becomes a card whose cells say their column's name. */
export function dataTable(
  document: Document,
  names: readonly Child[],
  rows: readonly (readonly Cell[])[],
  spoken: string,
): HTMLTableElement {
  const heads = names.map((name) => html(document, 'th', { scope: 'col' }, name))
  const labels = names.map((name) =>
    typeof name === 'string' ? name : (name?.firstChild?.textContent ?? ''),
  )
  const lines = rows.map((cells) => html(document, 'tr', {}, ...dataCells(document, labels, cells)))
  return html(
    document,
    'table',
    { class: 'data' },
    html(document, 'caption', { class: 'only-spoken' }, spoken),
    html(document, 'thead', {}, html(document, 'tr', {}, ...heads)),
    html(document, 'tbody', {}, ...lines),
  )
}

/** The cells of one row, each with the name of its column. */
export function dataCells(
  document: Document,
  labels: readonly string[],
  cells: readonly Cell[],
): readonly HTMLTableCellElement[] {
  return cells.map((cell, index) => {
    const content = Array.isArray(cell) ? cell : [cell as Child]
    return html(document, 'td', { 'data-name': labels[index] ?? null }, ...content)
  })
}
