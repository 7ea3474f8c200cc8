import type { Resilience } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { dataTable } from '../dom/table.ts'
import { explainButton } from '../figures/definition.ts'
import { formatBitrate, formatCount } from '../figures/format.ts'
import { emptyNotice } from '../shell/notice.ts'
import { DEFINITIONS } from './definitions.ts'
import { cellText } from './words.ts'

/** Rows of each list before the rest is only counted. */
const ROWS_MAX = 50
/** Cells that are named of one node. */
const NAMED_MAX = 5

/** What would not survive a loss: cells with too few nodes, and nodes whose viewers the others have no room for. */
export function resilienceContent(
  document: Document,
  { thin_cells, critical_nodes }: Resilience,
): readonly HTMLElement[] {
  if (thin_cells.length === 0 && critical_nodes.length === 0) {
    const hint =
      'Every cell has three nodes that are well, and every node’s viewers would find room elsewhere.'
    return [emptyNotice(document, 'Any one node may be lost', hint)]
  }
  return [...criticalPart(document, critical_nodes), ...thinPart(document, thin_cells)]
}

function criticalPart(document: Document, nodes: Resilience['critical_nodes']): readonly HTMLElement[] {
  const title = html(document, 'h3', {}, 'Nodes whose loss would strand viewers')
  if (nodes.length === 0) return [title, html(document, 'p', { class: 'muted' }, 'None.')]
  const what = explainButton(document, DEFINITIONS.stranded, 'resilience-stranded')
  const head = html(document, 'span', {}, DEFINITIONS.stranded.name, what)
  const rows = nodes
    .slice(0, ROWS_MAX)
    .map(({ node_id, cells_count, stranded_cells, stranded_bps }) => [
      html(document, 'strong', {}, node_id),
      formatCount(cells_count),
      `${formatCount(stranded_cells.length)}: ${listed(stranded_cells.map(cellText))}`,
      stranded_bps === 0 ? 'demand not known' : formatBitrate(stranded_bps),
    ])
  const table = dataTable(
    document,
    ['Node', 'Its cells', head, 'Their rate'],
    rows,
    'Nodes whose loss strands',
  )
  return [title, table, ...rest(document, nodes.length)]
}

function thinPart(document: Document, cells: Resilience['thin_cells']): readonly HTMLElement[] {
  const title = html(document, 'h3', {}, 'Viewers with fewer than three nodes that are well')
  if (cells.length === 0) return [title, html(document, 'p', { class: 'muted' }, 'None.')]
  const rows = cells
    .toSorted((a, b) => a.healthy_count - b.healthy_count)
    .slice(0, ROWS_MAX)
    .map((cell) => [cellText(cell), formatCount(cell.healthy_count)])
  const table = dataTable(document, ['Viewers', 'Nodes that are well'], rows, 'Cells with few nodes')
  return [title, table, ...rest(document, cells.length)]
}

function rest(document: Document, count: number): readonly HTMLElement[] {
  if (count <= ROWS_MAX) return []
  return [html(document, 'p', { class: 'muted' }, `and ${formatCount(count - ROWS_MAX)} more`)]
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED_MAX
  return `${names.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`
}
