import type { Incident } from '@streamgauge/contract'
import { type Child, html } from '../dom/element.ts'
import { explainButton } from '../figures/definition.ts'
import { ABSENT, formatCount, formatInstant, formatRatio, formatSpan } from '../figures/format.ts'
import { DEFINITIONS } from '../incidents/definitions.ts'

/** One line of the facts: which figure, its value, and what is to be said beside it. */
export interface Fact {
  readonly key: keyof typeof DEFINITIONS
  readonly value: string
  readonly aside: string
}

/** When it began and was found, what it is judged by, and how much of it there is. */
export function factsOf(incident: Incident, nowMs: number): readonly Fact[] {
  const { started_at, detected_at, ended_at, objective, agents_count } = incident
  const startedMs = Date.parse(started_at)
  const lasted = formatSpan((ended_at === null ? nowMs : Date.parse(ended_at)) - startedMs)
  return [
    { key: 'started', value: formatInstant(started_at), aside: '' },
    {
      key: 'found',
      value: `after ${formatSpan(Date.parse(detected_at) - startedMs)}`,
      aside: formatInstant(detected_at),
    },
    {
      key: 'ended',
      value: ended_at === null ? 'goes on' : formatInstant(ended_at),
      aside: ended_at === null ? `for ${lasted} so far` : `after ${lasted}`,
    },
    {
      key: 'objective',
      value: objective ?? 'none',
      aside: objective === null ? 'it is unusual' : 'is not kept',
    },
    { key: 'agents', value: formatCount(agents_count), aside: agents_count === 1 ? 'agent' : 'agents' },
    { key: 'opening', value: formatRatio(incident.opening_excess_ratio), aside: `of ${countedBy(incident)}` },
    { key: 'excess', value: formatRatio(incident.excess_ratio), aside: `of ${countedBy(incident)}` },
    scoreFact(incident),
  ]
}

/** The facts as a list; each figure has its definition beside it. */
export function factList(document: Document, facts: readonly Fact[]): HTMLElement {
  const entries = facts.map(({ key, value, aside }) => {
    const what = explainButton(document, DEFINITIONS[key], `fact-${key}`)
    const said: Child[] = [html(document, 'span', { class: 'value' }, value)]
    if (aside !== '') said.push(' ', html(document, 'span', { class: 'aside' }, aside))
    const name = html(document, 'dt', {}, DEFINITIONS[key].name, what)
    return html(document, 'div', {}, name, html(document, 'dd', {}, ...said))
  })
  return html(document, 'dl', { class: 'facts' }, ...entries)
}

function scoreFact({ objective, score, evidence }: Incident): Fact {
  if (objective !== null) return { key: 'score', value: ABSENT, aside: 'an objective is not scored' }
  if (evidence.some(({ signal }) => signal === 'silent'))
    return { key: 'score', value: ABSENT, aside: 'silence is not scored' }
  return { key: 'score', value: score.toFixed(1), aside: 'nats; it opens from 9 on' }
}

function countedBy({ evidence }: Incident): string {
  return evidence.some(({ signal }) => signal === 'silent') ? 'its agents' : 'its runs'
}
