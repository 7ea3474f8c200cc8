import type { Incident } from '@streamgauge/contract'

/** A section of an incident's page that loads what the incident itself does not say. */
export interface IncidentPart {
  readonly element: HTMLElement
  /** Shows what belongs to this version of the incident; loads again where that may have changed. */
  readonly show: (incident: Incident) => void
  readonly close: () => void
}
