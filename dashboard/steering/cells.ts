import type { SteeringCell, SteeringTarget } from '@streamgauge/contract'
import { type Child, html } from '../dom/element.ts'
import { type Cell, dataTable } from '../dom/table.ts'
import { explainButton } from '../figures/definition.ts'
import { ABSENT, formatCount, formatInstant, formatSpan } from '../figures/format.ts'
import { decisionHash, type Route } from '../routing/hash.ts'
import { wellCount } from './choose.ts'
import { DEFINITIONS } from './definitions.ts'
import { costText, EXPECTED_COLUMNS, expectedCells, weightText } from './expected.ts'
import { cellKey, cellText } from './words.ts'

/** What the table is drawn with. */
export interface CellsOptions {
  readonly document: Document
  readonly route: Route
  readonly nowMs: number
}

/** Where each cell is sent, since when and why, what is expected there, and what else there is. */
export function cellsTable(cells: readonly SteeringCell[], options: CellsOptions): HTMLTableElement {
  const { document } = options
  const head = (key: keyof typeof DEFINITIONS) =>
    html(
      document,
      'span',
      {},
      DEFINITIONS[key].name,
      explainButton(document, DEFINITIONS[key], `cell-${key}`),
    )
  const names: Child[] = ['Viewers', 'Sent to', head('cost'), ...EXPECTED_COLUMNS.map(head), 'Else']
  const rows = cells.map((cell) => rowOf(cell, options))
  const table = dataTable(document, names, rows, 'Where the viewers of each cell are sent')
  table.classList.add('steering')
  return table
}

function rowOf(cell: SteeringCell, options: CellsOptions): readonly Cell[] {
  const { document } = options
  const [first, ...others] = cell.targets
  const name = html(document, 'span', { class: 'scope' }, cellText(cell))
  if (first === undefined) return [name, 'nowhere: there is no node for it', ...Array(7).fill(null)]
  return [
    name,
    sentTo(cell, first, options),
    costText(first.cost),
    ...expectedCells(first.expected),
    othersOf(document, cell, others),
  ]
}

function sentTo(cell: SteeringCell, first: SteeringTarget, options: CellsOptions): readonly Child[] {
  const { document, route, nowMs } = options
  const { since, decision_id, pinned } = cell
  const badge = (text: string, kind: string) => html(document, 'span', { class: `badge ${kind}` }, text)
  const aside = html(document, 'span', { class: 'aside' })
  if (since !== null) {
    aside.append(`for ${formatSpan(nowMs - Date.parse(since))}`)
    aside.title = `since ${formatInstant(since)}`
  }
  if (decision_id !== null) {
    const href = decisionHash(route, decision_id)
    const spoken = html(document, 'span', { class: 'only-spoken' }, ` ${cellText(cell)} is sent there`)
    aside.append(' · ', html(document, 'a', { href, 'data-key': `why-${cellKey(cell)}` }, 'why', spoken))
  }
  return [
    html(document, 'strong', {}, first.node_id),
    first.ill ? badge('ill', 'ill') : null,
    pinned ? badge('pinned', '') : null,
    first.same_isp ? badge('own ISP', '') : null,
    aside,
  ]
}

function othersOf(document: Document, cell: SteeringCell, others: readonly SteeringTarget[]): HTMLElement {
  if (others.length === 0) return html(document, 'span', { class: 'ill-text' }, 'none')
  const lines = others.map((target) => html(document, 'li', {}, optionText(target)))
  const names = others
    .slice(0, 2)
    .map(({ node_id }) => node_id)
    .join(', ')
  const well = `${formatCount(wellCount(cell))} of ${formatCount(cell.targets.length)} well`
  const summary = html(document, 'summary', {}, `${names}${others.length > 2 ? ', …' : ''}`)
  return html(
    document,
    'div',
    {},
    html(
      document,
      'details',
      { 'data-key': `else-${cellKey(cell)}` },
      summary,
      html(document, 'ol', { class: 'options', start: 2 }, ...lines),
    ),
    html(document, 'span', { class: 'aside' }, well),
  )
}

/** One of the others in words: `sin-1: cost 0.034, stalls 1.2 %, connect 52 ms, n 12.4`. */
export function optionText({ node_id, cost, ill, expected, distance_km }: SteeringTarget): string {
  const [, stall, connect] = expectedCells(expected)
  const figures =
    expected === null
      ? `not measured, ${distance_km === null ? ABSENT : `${formatCount(Math.round(distance_km))} km`}`
      : `stalls ${stall}, connect ${connect}, n ${weightText(expected.runs)}`
  return `${node_id}${ill ? ' (ill)' : ''}: cost ${costText(cost)}, ${figures}`
}
