import type { Transport } from '@streamgauge/contract'
import { html, setText } from '../dom/element.ts'
import { formatCount } from '../figures/format.ts'
import { filterGroups, orderGroups, type TargetFilter, type TargetGroup, type TargetOrder } from './groups.ts'
import { createSortControls } from './head.ts'
import { heldOrder } from './order.ts'
import { createGroupRows, type GroupRows, type RowContext } from './rows.ts'

/** How many groups are drawn before the reader asks for more. */
const STEP = 100

/** The table of targets with its filter. It is updated in place. */
export interface TargetTable {
  readonly element: HTMLElement
  readonly show: (groups: readonly TargetGroup[], context: RowContext) => void
  /** Narrows the table to what matches this text, as if the reader had typed it. */
  readonly search: (text: string) => void
}

/** Makes the table, empty. */
export function createTargetTable(document: Document): TargetTable {
  let groups: readonly TargetGroup[] = []
  let context: RowContext | null = null
  let filter: TargetFilter = { text: '', transport: 'both' }
  let order: TargetOrder = { by: 'name', descending: false }
  let sequence: readonly string[] = []
  let limit = STEP
  const drawn = new Map<string, GroupRows>()

  const sort = createSortControls(document, (chosen) => {
    order = chosen
    redraw(true)
  })
  const table = html(document, 'table', { class: 'targets' }, sort.head)
  const caption = table.createCaption()
  caption.className = 'only-spoken'
  caption.textContent = 'Targets with their figures in the chosen window'
  const count = html(document, 'output', { class: 'muted' })
  const more = html(document, 'button', { type: 'button', class: 'more' })
  const { element: toolbar, input } = createToolbar(document, sort.list, count, (chosen) => {
    filter = chosen(filter)
    limit = STEP
    redraw(true)
  })

  more.addEventListener('click', () => {
    limit += STEP
    redraw(false)
  })

  const redraw = (mayMove: boolean) => {
    if (context === null) return
    sort.show(order)
    const kept = filterGroups(groups, filter)
    const ordered = orderGroups(kept, order)
    // Figures that change under the reader's eyes or keys do not move the rows.
    const isHeld = !mayMove && table.matches(':hover, :focus-within')
    const shown = (isHeld ? heldOrder(ordered, sequence) : ordered).slice(0, limit)
    sequence = shown.map((group) => group.key)
    place(table, drawn, shown, context)
    const targets = kept.reduce((sum, group) => sum + group.entries.length, 0)
    setText(count, `${formatCount(targets)} ${targets === 1 ? 'target' : 'targets'}`)
    more.hidden = kept.length <= limit
    more.textContent = `Show ${Math.min(STEP, kept.length - limit)} more of ${formatCount(kept.length)}`
  }
  return {
    element: html(document, 'div', { class: 'target-table' }, toolbar, table, more),
    show: (shown, rowContext) => {
      groups = shown
      context = rowContext
      redraw(false)
    },
    search: (text) => {
      input.value = text
      filter = { ...filter, text }
      redraw(true)
    },
  }
}

function place(
  table: HTMLTableElement,
  drawn: Map<string, GroupRows>,
  shown: readonly TargetGroup[],
  context: RowContext,
): void {
  const focused = table.ownerDocument.activeElement
  const keys = new Set(shown.map((group) => group.key))
  for (const [key, rows] of drawn) {
    if (keys.has(key)) continue
    rows.element.remove()
    drawn.delete(key)
  }
  let before = table.tHead?.nextElementSibling ?? null
  for (const group of shown) {
    const rows = drawn.get(group.key) ?? createGroupRows(table.ownerDocument)
    drawn.set(group.key, rows)
    rows.show(group, context)
    if (rows.element === before) before = rows.element.nextElementSibling
    else table.insertBefore(rows.element, before)
  }
  // Moving an element takes the focus away from it.
  if (
    focused instanceof HTMLElement &&
    table.contains(focused) &&
    focused !== table.ownerDocument.activeElement
  )
    focused.focus({ preventScroll: true })
}

function createToolbar(
  document: Document,
  sortList: HTMLElement,
  count: HTMLElement,
  change: (update: (filter: TargetFilter) => TargetFilter) => void,
): { readonly element: HTMLElement; readonly input: HTMLInputElement } {
  const input = html(document, 'input', { type: 'search', placeholder: 'node, stream, route …' })
  input.addEventListener('input', () => change((filter) => ({ ...filter, text: input.value })))
  const choice = html(document, 'fieldset', { class: 'choice' }, html(document, 'legend', {}, 'Transport'))
  const names: Readonly<Record<Transport | 'both', string>> = { both: 'Both', tcp: 'TCP', quic: 'QUIC' }
  for (const transport of ['both', 'tcp', 'quic'] as const) {
    const radio = html(document, 'input', { type: 'radio', name: 'transport', checked: transport === 'both' })
    radio.addEventListener('change', () => change((filter) => ({ ...filter, transport })))
    choice.append(html(document, 'label', {}, radio, names[transport]))
  }
  const search = html(document, 'label', { class: 'search' }, 'Filter ', input)
  return { element: html(document, 'div', { class: 'toolbar' }, search, choice, sortList, count), input }
}
