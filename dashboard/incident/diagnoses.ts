import type { Diagnosis, DiagnosisCheck } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { dataTable } from '../dom/table.ts'
import { explainButton } from '../figures/definition.ts'
import { ABSENT, formatDuration, formatInstant, formatSpan } from '../figures/format.ts'
import { FAILURES, TRANSPORT_NAMES } from '../figures/words.ts'
import { DEFINITIONS } from '../incidents/definitions.ts'
import { CONCLUSIONS } from '../incidents/words.ts'
import { measurementHash, type Route, targetHash } from '../routing/hash.ts'
import { emptyNotice } from '../shell/notice.ts'
import { traceContent } from './trace.ts'

/** What affected agents found out by themselves, one after the other. */
export function diagnosesContent(
  document: Document,
  diagnoses: readonly Diagnosis[],
  route: Route,
): readonly HTMLElement[] {
  if (diagnoses.length === 0) {
    const hint = 'Some affected agents look into an incident when it opens; an agent that is silent cannot.'
    return [emptyNotice(document, 'No agent has looked into it', hint)]
  }
  const each = diagnoses.map((diagnosis) => diagnosisContent(document, diagnosis, route))
  return diagnoses.length === 1 ? each : [html(document, 'p', {}, conclusionsText(diagnoses)), ...each]
}

/** How many agents came to which conclusion, the commonest first: `node 3, intermittent 1, of 4 diagnoses`. */
export function conclusionsText(diagnoses: readonly Pick<Diagnosis, 'conclusion'>[]): string {
  const counts = new Map<string, number>()
  for (const { conclusion } of diagnoses) counts.set(conclusion, (counts.get(conclusion) ?? 0) + 1)
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  const said = sorted.map(([conclusion, count]) => `${conclusion} ${count}`).join(', ')
  return `${said}, of ${diagnoses.length} diagnoses`
}

function diagnosisContent(document: Document, diagnosis: Diagnosis, route: Route): HTMLElement {
  const { diagnosis_id, agent_id, started_at, ended_at, conclusion, checks, trace } = diagnosis
  const took = formatSpan(Date.parse(ended_at) - Date.parse(started_at))
  return html(
    document,
    'article',
    { class: 'diagnosis', 'data-conclusion': conclusion },
    html(document, 'h3', {}, agent_id),
    html(document, 'p', {}, html(document, 'strong', {}, CONCLUSIONS[conclusion])),
    html(document, 'p', { class: 'muted' }, `${formatInstant(started_at)}, took ${took}`),
    checks.length === 0 ? null : checksTable(document, checks, { route, id: diagnosis_id, agent_id }),
    ...(trace === null ? [] : traceContent(document, trace, diagnosis_id)),
  )
}

function checksTable(
  document: Document,
  checks: readonly DiagnosisCheck[],
  { route, id, agent_id }: { readonly route: Route; readonly id: string; readonly agent_id: string },
): HTMLElement {
  const connected = html(
    document,
    'span',
    {},
    'Connected',
    explainButton(document, DEFINITIONS.connected, `connected-${id}`),
  )
  const names = ['What', 'Target', 'Transport', connected, 'Connect time', 'Commonest failure', 'Runs']
  const rows = checks.map((check) => [
    check.role === 'node' ? 'the node itself' : `control: ${check.node_id}`,
    html(document, 'a', { href: targetHash(route, check.target_id) }, check.target_id),
    html(document, 'span', { class: `transport ${check.transport}` }, TRANSPORT_NAMES[check.transport]),
    `${check.connected_count} of ${check.runs_count}`,
    handshakeText(check),
    check.failure_code === null
      ? ABSENT
      : html(
          document,
          'span',
          { class: 'outcome failed', title: FAILURES[check.failure_code] },
          check.failure_code,
        ),
    check.measurement_ids.flatMap((one, index) => [
      html(document, 'a', { href: measurementHash(route, one) }, `run ${index + 1}`),
      ' ',
    ]),
  ])
  return dataTable(document, names, rows, `Checks by ${agent_id}`)
}

/** The median connect time with what it is the median of. */
export function handshakeText(check: Pick<DiagnosisCheck, 'handshake_ms' | 'connected_count'>): string {
  const { handshake_ms, connected_count } = check
  return handshake_ms === null ? ABSENT : `${formatDuration(handshake_ms)}, n ${connected_count}`
}
