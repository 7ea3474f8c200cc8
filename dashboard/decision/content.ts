import type { Basis, Decision } from '@streamgauge/contract'
import { effectText, isJudged, verdictText } from '../decisions/verdict.ts'
import { type Child, html } from '../dom/element.ts'
import { type Cell, dataTable } from '../dom/table.ts'
import { explainButton } from '../figures/definition.ts'
import { ABSENT, formatInstant } from '../figures/format.ts'
import { decisionsHash, incidentHash, type Route, steeringHash } from '../routing/hash.ts'
import { DEFINITIONS } from '../steering/definitions.ts'
import { costText, EXPECTED_COLUMNS, expectedCells } from '../steering/expected.ts'
import { cellKey, cellText, MOTIVES } from '../steering/words.ts'

/** Who was sent where, when and why. */
export function heading(document: Document, decision: Decision, route: Route): readonly HTMLElement[] {
  const { from_node_id, to_node_id, decided_at, motive, reason, incident_id, dry_run } = decision
  const link = (href: string, text: string, key: string) =>
    html(document, 'a', { href, 'data-key': key }, text)
  const up = [
    link(steeringHash(route), 'Steering', 'up-steering'),
    ' · ',
    link(decisionsHash(route, cellKey(decision)), 'Decisions about these viewers', 'up-decisions'),
  ]
  const standing: Child[] = [`${formatInstant(decided_at)}. ${MOTIVES[motive]} `]
  if (dry_run) standing.push('It was only written down: steering runs dry. ')
  if (incident_id !== null) standing.push(link(incidentHash(route, incident_id), 'The incident', 'incident'))
  const where = from_node_id === null ? `sent to ${to_node_id}` : `${from_node_id} → ${to_node_id}`
  return [
    html(document, 'p', { class: 'up' }, ...up),
    html(document, 'h1', {}, `${cellText(decision)}: ${where}`),
    html(document, 'p', { class: 'standing' }, ...standing),
    html(document, 'p', { class: 'summary' }, reason),
  ]
}

/** What came of it. */
export function verdictContent(document: Document, decision: Decision): readonly HTMLElement[] {
  const line = (...children: readonly Child[]) => html(document, 'p', {}, ...children)
  const what = explainButton(document, DEFINITIONS.verdict, 'decision-verdict')
  const { verdict, effect } = decision
  const said = html(document, 'strong', { class: `judged ${verdict ?? ''}` }, verdictText(decision))
  if (effect !== null) {
    return [line(said, what), line(`Gain in cost with its 95 % interval: ${effectText(decision)} pairs`)]
  }
  const why = isJudged(decision)
    ? 'Agents of these viewers that are connected play from both nodes; without any, it stays so.'
    : 'It had no choice, or moved nobody.'
  return [line(said, what), html(document, 'p', { class: 'muted' }, why)]
}

/** What was known of both nodes when it was decided. */
export function basisTable(document: Document, decision: Decision): HTMLTableElement {
  const { from, from_node_id, to, to_node_id } = decision
  const head = (key: keyof typeof DEFINITIONS) =>
    html(
      document,
      'span',
      {},
      DEFINITIONS[key].name,
      explainButton(document, DEFINITIONS[key], `basis-${key}`),
    )
  const row = (which: string, node: string | null, basis: Basis | null): readonly Cell[] => [
    which,
    node === null ? ABSENT : html(document, 'strong', {}, node),
    costText(basis?.cost ?? null),
    ...expectedCells(basis?.expected ?? null),
  ]
  const names = ['', 'Node', head('cost'), ...EXPECTED_COLUMNS.map(head)]
  const rows = [row('from', from_node_id, from), row('to', to_node_id, to)]
  return dataTable(document, names, rows, 'What was known of both nodes')
}
