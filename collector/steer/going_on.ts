import type { Incident } from '@streamgauge/contract'
import { RESILIENCE } from './resilience.ts'

/** The incidents that are going on, as far as they matter to where viewers are sent. */
export class GoingOn {
  readonly #incidents = new Map<string, Incident>()

  /** Those that are going on now. */
  get list(): Incident[] {
    return [...this.#incidents.values()]
  }

  /** Takes in new versions; whether one opened, closed, or became another. */
  note(incidents: readonly Incident[]): boolean {
    let isNews = false
    for (const incident of incidents) {
      const { incident_id, state, scope, objective } = incident
      // That a node must not be lost is no reason to leave it.
      if (objective === RESILIENCE) continue
      const known = this.#incidents.get(incident_id)
      const isOver = state === 'closed'
      const isOther =
        known === undefined || known.scope.key !== scope.key || known.severity !== incident.severity
      if (isOver ? known !== undefined : isOther) isNews = true
      if (isOver) this.#incidents.delete(incident_id)
      else this.#incidents.set(incident_id, incident)
    }
    return isNews
  }
}
