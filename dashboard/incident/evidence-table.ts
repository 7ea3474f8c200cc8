import type { Incident, IncidentEvidence } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { dataTable } from '../dom/table.ts'
import { explainButton } from '../figures/definition.ts'
import { ABSENT, formatCount, formatRatio, NO_BREAK, onScale, ratioScale } from '../figures/format.ts'
import { capitalised } from '../figures/words.ts'
import { DEFINITIONS } from '../incidents/definitions.ts'
import { expectedWord, shareOf } from '../incidents/evidence.ts'
import { SIGNALS } from '../incidents/words.ts'
import { emptyNotice } from '../shell/notice.ts'

/** What each signal says of the scope: the share that is bad, how sure that is, and what was to be expected. */
export function evidenceTable(document: Document, incident: Incident): HTMLElement {
  const { evidence, objective } = incident
  if (evidence.length === 0)
    return emptyNotice(document, 'No signal stands out now', 'It did when the incident was found.')
  const head = (name: string, key: keyof typeof DEFINITIONS) =>
    html(document, 'span', {}, name, explainButton(document, DEFINITIONS[key], `evidence-${key}`))
  const expected = expectedWord(objective) === 'allowed' ? 'Allowed' : 'Expected'
  const names = ['What is bad', 'n', head('Share bad', 'bad'), '95 % interval', head(expected, 'expected')]
  const rows = evidence.map((one) => {
    const text = shareTexts(one)
    const what = html(
      document,
      'span',
      { title: SIGNALS[one.signal].meaning },
      capitalised(SIGNALS[one.signal].what),
    )
    return [what, text.n, html(document, 'strong', {}, text.share), text.interval, text.expected]
  })
  return dataTable(document, names, rows, 'Evidence')
}

/** A signal's figures as text, the interval in the unit of the share. */
export function shareTexts(evidence: IncidentEvidence) {
  const { bad, expected } = shareOf(evidence)
  const { bad_count, runs_count, expected_count, signal } = evidence
  const counted = `${formatCount(runs_count)} ${signal === 'silent' ? 'agents' : 'runs'}`
  if (bad.value === null) return { n: counted, share: ABSENT, interval: ABSENT, expected: ABSENT }
  const scale = ratioScale(bad.value)
  const range = [bad.low ?? 0, bad.high ?? 1].map((end) => onScale(end, scale)).join('–')
  return {
    n: counted,
    share: `${formatRatio(bad.value)} (${formatCount(bad_count)})`,
    interval: `${range}${NO_BREAK}${scale.unit}`,
    expected: expected === null ? ABSENT : `${formatRatio(expected)} (${expected_count.toFixed(1)})`,
  }
}
