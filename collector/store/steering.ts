import type { Decision, Incident } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { ALWAYS, type Span, sqlTime } from './filter.ts'
import type { Store } from './store.ts'

/** Which incidents: those that lasted into the window and are in one of the states (none: in any). */
export interface IncidentQuery {
  readonly span: Span
  readonly state: readonly string[]
  readonly limit: number
}

/** Which decisions: those of the window, for these vantages (none: for any). */
export interface DecisionQuery {
  readonly span: Span
  readonly country: readonly string[]
  readonly isp: readonly string[]
  readonly limit: number
}

/** Adds a version of each; of versions of one incident, the one with the latest `nowMs` counts. Throws `STORE_UNAVAILABLE`. */
export function keepIncidents(store: Store, incidents: readonly Incident[], nowMs: number): Promise<void> {
  const version_at = timestamp(nowMs)
  const rows = incidents.map(({ scope, ...incident }) => ({
    ...incident,
    version_at,
    scope_kind: scope.kind,
    scope_key: scope.key,
    scope_where: scope.where,
  }))
  return store.insert(
    'incidents',
    rows,
    tokenOf(
      incidents.map((incident) => incident.incident_id),
      version_at,
    ),
  )
}

/** Adds a version of each; of versions of one decision, the one with the latest `nowMs` counts. Throws `STORE_UNAVAILABLE`. */
export function keepDecisions(store: Store, decisions: readonly Decision[], nowMs: number): Promise<void> {
  const version_at = timestamp(nowMs)
  const rows = decisions.map((decision) => ({ ...decision, version_at }))
  return store.insert(
    'decisions',
    rows,
    tokenOf(
      decisions.map((decision) => decision.decision_id),
      version_at,
    ),
  )
}

/** Incidents, the latest to start first. */
export function listIncidents(store: Store, { span, state, limit }: IncidentQuery): Promise<Incident[]> {
  return store.read<Incident>('steering/incidents', { ...window(span), incident_id: [], state, limit })
}

/** One incident; `null`: there is none with this id. */
export async function getIncident(store: Store, incidentId: string): Promise<Incident | null> {
  const only = { ...window(ALWAYS), incident_id: [incidentId], state: [], limit: 1 }
  const [incident] = await store.read<Incident>('steering/incidents', only)
  return incident ?? null
}

/** Decisions, newest first. */
export function listDecisions(store: Store, { span, ...filter }: DecisionQuery): Promise<Decision[]> {
  return store.read<Decision>('steering/decisions', { ...window(span), ...filter })
}

function window({ from, to }: Span) {
  return { from: sqlTime(from), to: sqlTime(to) }
}

/** The same versions of the same records are the same insert. */
function tokenOf(ids: readonly string[], version_at: string): string {
  return `${version_at} ${ids.join(' ')}`
}
