import type { Acknowledgement, Decision, Delivery, Incident, Silence } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import { type Span, sqlTime } from '../store/filter.ts'
import { listDecisions, listIncidents } from '../store/steering.ts'
import type { Store } from '../store/store.ts'
import { type Message, phaseOf, phaseOfDecision, type Waiting } from './message.ts'
import type { Outcome } from './outcome.ts'
import { LISTED_MS } from './silences.ts'

const DAY_MS = 86_400_000
/** An incident that lasted longer is told again after a restart. */
const REMEMBERED_MS = 90 * DAY_MS
const INCIDENTS_MAX_COUNT = 10_000
const DECISIONS_MAX_COUNT = 10_000

/** A version of a delivery: attempt 0 is that it was decided on. */
export interface Version {
  readonly message: Message
  readonly at_ms: number
  readonly attempts_count: number
  readonly status: Delivery['status']
  readonly next_ms: number
  readonly outcome: Outcome | null
}

/** What a receiver was told of an incident or a decision. */
export interface ToldRow {
  readonly receiver: string
  readonly id: string
  readonly phases: readonly string[]
  readonly told_at: string
}

/** What alerting has to know after a restart, and writes down for it. */
export interface Ledger {
  keep(versions: readonly Version[]): Promise<void>
  waiting(nowMs: number): Promise<Waiting[]>
  told(nowMs: number): Promise<ToldRow[]>
  incidents(nowMs: number): Promise<Incident[]>
  /** Those of the last day, the oldest first. */
  decisions(nowMs: number): Promise<Decision[]>
  silences(nowMs: number): Promise<Silence[]>
  acknowledgements(nowMs: number): Promise<Acknowledgement[]>
  keepSilence(silence: Silence, nowMs: number): Promise<void>
  keepAcknowledgement(acknowledgement: Acknowledgement): Promise<void>
}

/** The ledger in the store. Everything throws `STORE_UNAVAILABLE`. */
export function storeLedger(store: Store): Ledger {
  return {
    keep: (versions) => store.insert('deliveries', versions.map(rowOf), tokenOf(versions)),
    async waiting(nowMs) {
      const rows = await store.read<{ message: string; attempts_count: number; next_at: string }>(
        'alerts/waiting',
        { from: sqlTime(nowMs - REMEMBERED_MS) },
      )
      return rows.map(({ message, attempts_count, next_at }) => ({
        // Before there were decisions, messages said nothing of them.
        message: { decisions: [], ...JSON.parse(message) },
        attempts_count,
        next_ms: Date.parse(next_at),
      }))
    },
    told: (nowMs) => store.read<ToldRow>('alerts/told', { from: sqlTime(nowMs - REMEMBERED_MS) }),
    incidents(nowMs) {
      const span = { from: nowMs - DAY_MS, to: nowMs + DAY_MS }
      return listIncidents(store, { span, state: [], limit: INCIDENTS_MAX_COUNT })
    },
    async decisions(nowMs) {
      const span = { from: nowMs - DAY_MS, to: nowMs + DAY_MS }
      const asked = { span, limit: DECISIONS_MAX_COUNT }
      return (await listDecisions(store, asked)).reverse()
    },
    async silences(nowMs) {
      const rows = await store.read<Omit<Silence, 'match'> & { match: string }>('alerts/silences', {
        from: sqlTime(nowMs - LISTED_MS),
      })
      return rows.map(({ match, ...rest }) => ({ ...rest, match: JSON.parse(match) }))
    },
    acknowledgements: (nowMs) =>
      store.read<Acknowledgement>('alerts/acknowledgements', { from: sqlTime(nowMs - REMEMBERED_MS) }),
    keepSilence(silence, nowMs) {
      const version_at = timestamp(nowMs)
      const row = { ...silence, match: JSON.stringify(silence.match), version_at }
      return store.insert('silences', [row], `${silence.silence_id} ${version_at}`)
    },
    keepAcknowledgement: (one) =>
      store.insert('acknowledgements', [one], `${one.incident_id} ${one.at} ${one.by}`),
  }
}

/** Which deliveries: those decided on in the window, to these receivers and about these incidents and decisions (none: any). */
export interface DeliveryQuery {
  readonly span: Span
  readonly receiver: readonly string[]
  readonly incident_id: readonly string[]
  readonly decision_id: readonly string[]
  readonly limit: number
}

/** Deliveries, newest first, with their attempts. */
export function listDeliveries(store: Store, { span, ...filter }: DeliveryQuery): Promise<Delivery[]> {
  const window = { from: sqlTime(span.from), to: sqlTime(span.to) }
  return store.read<Delivery>('alerts/deliveries', { ...window, ...filter })
}

/** What is to be said is written down once, with attempt 0. */
function rowOf({ message, at_ms, attempts_count, status, next_ms, outcome }: Version) {
  return {
    delivery_id: message.delivery_id,
    version_at: timestamp(at_ms),
    created_at: timestamp(message.created_ms),
    receiver: message.receiver,
    incident_ids: message.incidents.map(({ incident_id }) => incident_id),
    decision_ids: message.decisions.map(({ decision_id }) => decision_id),
    phases: [...message.incidents.map(phaseOf), ...message.decisions.map(phaseOfDecision)],
    message: attempts_count === 0 && status === 'waiting' ? JSON.stringify(message) : '',
    status,
    attempts_count,
    next_at: timestamp(next_ms),
    reply_code: outcome?.reply_code ?? null,
    reason: outcome?.reason ?? null,
  }
}

function tokenOf(versions: readonly Version[]): string {
  return versions
    .map(({ message, attempts_count, status }) => `${message.delivery_id} ${attempts_count} ${status}`)
    .join(' ')
}
