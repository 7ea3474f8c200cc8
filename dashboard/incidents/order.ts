import type { Incident } from '@streamgauge/contract'

const RANK = { critical: 2, warning: 1, info: 0 } as const satisfies Record<Incident['severity'], number>

/** Incidents with the most severe first, and of one severity the latest to start. */
export function worstFirst(incidents: readonly Incident[]): readonly Incident[] {
  return [...incidents].sort(
    (a, b) =>
      RANK[b.severity] - RANK[a.severity] || latestFirst(a, b) || (a.incident_id < b.incident_id ? 1 : -1),
  )
}

/** The most severe there is; `null`: there is none. */
export function worstOf(incidents: readonly Pick<Incident, 'severity'>[]): Incident['severity'] | null {
  return incidents.reduce<Incident['severity'] | null>(
    (worst, { severity }) => (worst === null || RANK[severity] > RANK[worst] ? severity : worst),
    null,
  )
}

/** What is going on after these have changed: closed ones leave, others take the place of their former version. */
export function withChanged(going: readonly Incident[], changed: readonly Incident[]): readonly Incident[] {
  const byId = new Map(going.map((incident) => [incident.incident_id, incident]))
  for (const incident of changed) {
    if (incident.state === 'closed') byId.delete(incident.incident_id)
    else byId.set(incident.incident_id, incident)
  }
  return [...byId.values()]
}

function latestFirst(a: Incident, b: Incident): number {
  return a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : 0
}
