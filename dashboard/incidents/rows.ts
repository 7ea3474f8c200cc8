import type { AlertList, Fleet, Incident } from '@streamgauge/contract'
import { html, setAttribute, setText } from '../dom/element.ts'
import { ABSENT, formatCount, formatInstant, formatSpan } from '../figures/format.ts'
import { incidentHash, measurementHash, type Route, targetHash } from '../routing/hash.ts'
import { badText } from './evidence.ts'
import { severityMark, stateBadge } from './mark.ts'
import { targetsOf } from './scope-targets.ts'
import { scopeText } from './words.ts'

type Alert = AlertList['alerts'][number]

/** Targets a row links to before it only counts them. */
const TARGETS_MAX = 3

/** What rows are drawn from beside their own incident. */
export interface RowContext {
  readonly document: Document
  readonly route: Route
  readonly fleet: Fleet | null
  readonly nowMs: number
  /** What alerting knows of it; `null`: nothing, or not loaded. */
  readonly alertOf: (incidentId: string) => Alert | null
}

/** One incident's row. Its cells are kept and only what differs changes, so that the focus stays. */
export interface IncidentRow {
  readonly element: HTMLTableRowElement
  readonly show: (incident: Incident, context: RowContext) => void
}

/** Makes a row; it is filled by `show`. The last cell is left out where nobody looks after what is over. */
export function createRow(document: Document, names: readonly string[], isOver: boolean): IncidentRow {
  const cells = names.map((name) => html(document, 'td', { 'data-name': name }))
  const [mark, scope, bad, time, agents, acknowledged] = cells
  const link = html(document, 'a', { class: 'scope' })
  const elsewhere = html(document, 'span', { class: 'aside' })
  const length = html(document, 'span', { class: 'value' })
  const begun = html(document, 'span', { class: 'aside' })
  scope?.append(link, elsewhere)
  time?.append(length, ' ', begun)
  let [shownMark, shownLinks] = ['', '']
  const show = (incident: Incident, context: RowContext) => {
    const { severity, state, incident_id } = incident
    const marked = `${severity} ${state}`
    if (marked !== shownMark) {
      mark?.replaceChildren(severityMark(document, severity), stateBadge(document, state))
      shownMark = marked
    }
    setAttribute(link, 'href', incidentHash(context.route, incident_id))
    setText(link, scopeText(incident.scope))
    const links = linksOf(incident, context)
    const linked = JSON.stringify(links)
    if (linked !== shownLinks)
      elsewhere.replaceChildren(...links.flatMap((one, index) => linkParts(document, one, index > 0)))
    shownLinks = linked
    if (bad) setText(bad, badText(incident) || ABSENT)
    if (time) {
      setText(length, formatSpan(lengthMs(incident, context.nowMs)))
      setText(begun, `${isOver ? 'from' : 'since'} ${formatInstant(incident.started_at)}`)
      setAttribute(time, 'title', foundText(incident))
    }
    if (agents) setText(agents, formatCount(incident.agents_count))
    if (acknowledged) {
      const alert = context.alertOf(incident_id)
      setText(acknowledged, acknowledgedText(alert))
      setAttribute(acknowledged, 'title', alert === null ? 'Not known' : toldText(alert))
    }
  }
  return { element: html(document, 'tr', {}, ...cells), show }
}

/** How long it lasted, or has lasted by now, ms. */
export function lengthMs({ started_at, ended_at }: Incident, nowMs: number): number {
  return (ended_at === null ? nowMs : Date.parse(ended_at)) - Date.parse(started_at)
}

/** Who looks after it and who is told, or why nobody is. */
export function acknowledgedText(alert: Alert | null): string {
  if (alert === null) return ABSENT
  const { acknowledgement, silence_ids } = alert
  const words = [
    acknowledgement === null ? 'nobody yet' : acknowledgement.by,
    ...(silence_ids.length === 0 ? [] : ['silenced']),
  ]
  return words.join(' · ')
}

function toldText({ receivers }: Alert): string {
  return receivers.length === 0 ? 'No rule tells anybody' : `Told by the rules: ${receivers.join(', ')}`
}

interface Linked {
  readonly text: string
  readonly href: string | null
}

function linksOf({ scope, measurement_ids }: Incident, { fleet, route }: RowContext): readonly Linked[] {
  const targets = scope.where.node_id === undefined ? [] : targetsOf(scope, fleet?.targets ?? [])
  const links: Linked[] = targets
    .slice(0, TARGETS_MAX)
    .map(({ target_id }) => ({ text: target_id, href: targetHash(route, target_id) }))
  if (targets.length > TARGETS_MAX)
    links.push({ text: `${targets.length - TARGETS_MAX} more targets`, href: null })
  const [run] = measurement_ids
  if (run !== undefined) links.push({ text: 'a run that shows it', href: measurementHash(route, run) })
  return links
}

function linkParts(document: Document, { text, href }: Linked, isLater: boolean): readonly (Node | string)[] {
  return [isLater ? ' · ' : '', href === null ? text : html(document, 'a', { href }, text)]
}

function foundText({ started_at, detected_at, ended_at }: Incident): string {
  const found = `found after ${formatSpan(Date.parse(detected_at) - Date.parse(started_at))}`
  return ended_at === null ? found : `${found}, ended ${formatInstant(ended_at)}`
}
