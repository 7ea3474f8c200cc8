import type { Incident } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { formatInstant, formatSpan } from '../figures/format.ts'
import { TRANSPORT_NAMES } from '../figures/words.ts'
import { severityMark, stateBadge } from '../incidents/mark.ts'
import { targetsOf } from '../incidents/scope-targets.ts'
import { STATES, scopeText } from '../incidents/words.ts'
import { incidentsHash, targetHash } from '../routing/hash.ts'
import type { ViewContext } from '../session.ts'
import { evidenceTable } from './evidence-table.ts'
import { factList, factsOf } from './facts.ts'
import { runLinks } from './runs.ts'

/** Targets that are listed before the rest is only counted. */
const TARGETS_MAX = 24
/** How long a figure of how long ago is shown before it is made anew. */
const MINUTE_MS = 60_000

/** What the incident itself says: the head, its facts, its evidence, and the runs that show it. */
export interface Overview {
  readonly elements: readonly HTMLElement[]
  readonly show: (incident: Incident) => void
}

/** Makes the sections, empty. */
export function createOverview(context: ViewContext): Overview {
  const { document, session, route, now } = context
  const head = html(document, 'div', { class: 'page-head' })
  const facts = html(document, 'div')
  const evidence = html(document, 'div')
  const runs = html(document, 'div')
  const targets = html(document, 'div')
  const section = (name: string, body: HTMLElement) =>
    html(document, 'section', { class: 'part' }, html(document, 'h2', {}, name), body)
  let drawn = ''
  const show = (incident: Incident) => {
    const of = targetsOf(incident.scope, session.fleet?.targets ?? [])
    // Whoever reads a definition or has unfolded the runs is not disturbed by what is the same.
    const version = JSON.stringify([
      incident,
      of.map((target) => target.target_id),
      Math.floor(now() / MINUTE_MS),
    ])
    if (version === drawn) return
    drawn = version
    const wasOpen = runs.querySelector('details')?.open ?? false
    head.replaceChildren(...heading(document, incident, incidentsHash(route), now()))
    facts.replaceChildren(factList(document, factsOf(incident, now())))
    evidence.replaceChildren(evidenceTable(document, incident))
    runs.replaceChildren(...runLinks(document, incident, route))
    runs.querySelector('details')?.toggleAttribute('open', wasOpen)
    const links = of.slice(0, TARGETS_MAX).map(({ target_id, transport }) => {
      const mark = html(document, 'span', { class: `transport ${transport}` }, TRANSPORT_NAMES[transport])
      return html(
        document,
        'li',
        {},
        html(document, 'a', { href: targetHash(route, target_id) }, target_id),
        ' ',
        mark,
      )
    })
    const more = of.length > TARGETS_MAX ? [`and ${of.length - TARGETS_MAX} more`] : []
    targets.replaceChildren(html(document, 'ul', { class: 'runs' }, ...links), ...more)
    targetSection.hidden = of.length === 0
  }
  const targetSection = section('Targets it is about', targets)
  const elements = [
    head,
    section('Facts', facts),
    section('Evidence', evidence),
    section('Measurements that show it', runs),
    targetSection,
  ]
  return { elements, show }
}

function heading(
  document: Document,
  incident: Incident,
  listHref: string,
  nowMs: number,
): readonly HTMLElement[] {
  const { scope, severity, state, started_at, ended_at, summary } = incident
  const startedMs = Date.parse(started_at)
  const time =
    ended_at === null
      ? `for ${formatSpan(nowMs - startedMs)}, since ${formatInstant(started_at)}`
      : `lasted ${formatSpan(Date.parse(ended_at) - startedMs)}, until ${formatInstant(ended_at)}`
  return [
    html(document, 'p', { class: 'up' }, html(document, 'a', { href: listHref }, 'Incidents')),
    html(document, 'h1', {}, scopeText(scope)),
    html(
      document,
      'p',
      { class: 'standing' },
      severityMark(document, severity),
      stateBadge(document, state),
      ` ${time}. ${STATES[state]}`,
    ),
    html(document, 'p', { class: 'summary' }, summary),
  ]
}
