import { createHash } from 'node:crypto'
import type { Decision, Incident, SteeringOverride } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { ALWAYS, type Span, sqlTime } from './filter.ts'
import type { Store } from './store.ts'

/** Which incidents: those that lasted into the window and are in one of the states (none: in any). */
export interface IncidentQuery {
  readonly span: Span
  readonly state: readonly string[]
  readonly limit: number
}

/** Which decisions: those of the window for which all of this holds. A list that is left out or empty is no condition. */
export interface DecisionQuery {
  readonly span: Span
  readonly country?: readonly string[]
  readonly isp?: readonly string[]
  /** Where the cell was, or where it went. */
  readonly node_id?: readonly string[]
  /** Empty text: those that were not judged, or not yet. */
  readonly verdict?: readonly string[]
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
  const rows = decisions.map(({ from, to, effect, ...decision }) => ({
    ...decision,
    version_at,
    basis: JSON.stringify({ from, to, effect }),
  }))
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
export async function listDecisions(store: Store, { span, ...filter }: DecisionQuery): Promise<Decision[]> {
  const asked = { ...window(span), ...ANY_DECISION, ...filter }
  return (await store.read<DecisionRow>('steering/decisions', asked)).map(decisionOf)
}

/** One decision; `null`: there is none with this id. */
export async function getDecision(store: Store, decisionId: string): Promise<Decision | null> {
  const only = { ...window(ALWAYS), ...ANY_DECISION, decision_id: [decisionId], limit: 1 }
  const [row] = await store.read<DecisionRow>('steering/decisions', only)
  return row === undefined ? null : decisionOf(row)
}

/** The last decision about each cell that was not a dry run, or was: where everybody is sent. Throws `STORE_UNAVAILABLE`. */
export async function lastDecisions(store: Store, dry_run: boolean): Promise<Decision[]> {
  return (await store.read<DecisionRow>('steering/last_decisions', { dry_run: Number(dry_run) })).map(
    decisionOf,
  )
}

/** Adds a revision of an override. Throws `STORE_UNAVAILABLE`. */
export function keepOverride(store: Store, override: SteeringOverride): Promise<void> {
  const { kind, key, revision } = override
  return store.insert('steering_overrides', [override], tokenOf([kind, key, String(revision)], override.at))
}

/** The latest revision of every override. Throws `STORE_UNAVAILABLE`. */
export function listOverrides(store: Store): Promise<SteeringOverride[]> {
  return store.read<SteeringOverride>('steering/overrides', {})
}

const ANY_DECISION = { decision_id: [], country: [], isp: [], node_id: [], verdict: [] }

type DecisionRow = Omit<Decision, 'from' | 'to' | 'effect'> & { readonly basis: string }

function decisionOf({ basis, ...decision }: DecisionRow): Decision {
  const {
    from = null,
    to = { cost: null, expected: null },
    effect = null,
  } = basis === '' ? {} : JSON.parse(basis)
  return { ...decision, from, to, effect }
}

function window({ from, to }: Span) {
  return { from: sqlTime(from), to: sqlTime(to) }
}

/** The same versions of the same records are the same insert. */
function tokenOf(ids: readonly string[], version_at: string): string {
  return `${version_at} ${createHash('sha256').update(ids.join(' ')).digest('base64url')}`
}
