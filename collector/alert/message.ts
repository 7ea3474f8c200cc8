import type { Decision, Incident } from '@streamgauge/contract'

/** One message to one receiver, as it is kept until it is delivered: what it says does not change when it is tried again. */
export interface Message {
  readonly delivery_id: string
  readonly created_ms: number
  readonly receiver: string
  /** The group it is of; messages of a group follow one another at `group_interval_s` at the soonest. */
  readonly group: string
  /** Whether it says again what was said. */
  readonly repeat: boolean
  readonly incidents: readonly Incident[]
  /** Those of them that were told with another scope or severity before, as they were told. */
  readonly former: readonly Incident[]
  /** What it is about where it is not about incidents, in the order in which it was decided. */
  readonly decisions: readonly Decision[]
}

/** A message and how far it has come. */
export interface Waiting {
  readonly message: Message
  readonly attempts_count: number
  readonly next_ms: number
}

/** What a receiver is told once: another state, severity or scope is another; getting better is told with the end. */
export function phaseOf(incident: Incident): string {
  const { state } = incident
  if (state === 'closed') return 'closed'
  return `${state === 'recovering' ? 'open' : state} ${identityOf(incident)}`
}

/** What must be heard of in order: incidents by their ids, and cells that were sent elsewhere. */
export function subjectsOf({ incidents, decisions }: Message): string[] {
  return [
    ...incidents.map(({ incident_id }) => incident_id),
    ...decisions.map(({ country, isp }) => `${country}/${isp}`),
  ]
}

/** What a receiver is told once of a decision: that it was made, and what came of it. */
export function phaseOfDecision({ verdict }: Decision): string {
  return verdict ?? 'made'
}

/** The same text for the same severity and scope. */
export function identityOf({ severity, scope }: Incident): string {
  const named = Object.entries(scope.where).sort(([a], [b]) => (a < b ? -1 : 1))
  return [severity, ...named.map(([name, value]) => `${name}=${value}`)].join(' ')
}
