import type { Decision } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { type Cell, dataTable } from '../dom/table.ts'
import { explainButton } from '../figures/definition.ts'
import { formatInstant } from '../figures/format.ts'
import { decisionHash, type Route } from '../routing/hash.ts'
import { DEFINITIONS } from '../steering/definitions.ts'
import { costText } from '../steering/expected.ts'
import { cellText, MOTIVE_NAMES, MOTIVES } from '../steering/words.ts'
import { effectText, verdictText } from './verdict.ts'

/** Decisions, one row each; `own`: the one whose page this is. */
export function decisionsTable(
  document: Document,
  decisions: readonly Decision[],
  route: Route,
  own: string | null = null,
): HTMLTableElement {
  const head = (key: 'cost' | 'verdict', name: string) =>
    html(document, 'span', {}, name, explainButton(document, DEFINITIONS[key], `decisions-${key}`))
  const names = [
    'When',
    'Viewers',
    'From',
    'To',
    'Why',
    head('cost', 'Costs'),
    head('verdict', 'Did it help'),
  ]
  const rows = decisions.map((decision): readonly Cell[] => {
    const { decision_id, decided_at, from_node_id, to_node_id, motive, from, to, dry_run } = decision
    const when = formatInstant(decided_at)
    const href = decisionHash(route, decision_id)
    return [
      decision_id === own
        ? html(document, 'strong', {}, when)
        : html(document, 'a', { href, 'data-key': decision_id }, when),
      cellText(decision),
      from_node_id,
      [to_node_id, dry_run ? html(document, 'span', { class: 'badge' }, 'dry run') : null],
      html(document, 'span', { title: MOTIVES[motive] }, MOTIVE_NAMES[motive]),
      from === null ? costText(to.cost) : `${costText(from.cost)} → ${costText(to.cost)}`,
      [
        html(document, 'span', { class: `judged ${decision.verdict ?? ''}` }, verdictText(decision)),
        html(document, 'span', { class: 'aside' }, effectText(decision)),
      ],
    ]
  })
  const table = dataTable(document, names, rows, 'Decisions, the newest first')
  table.classList.add('decisions')
  return table
}
