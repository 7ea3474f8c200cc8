import type { Incident } from '@streamgauge/contract'
import { v7 as uuidV7 } from 'uuid'

/** A cell where it has begun to be critical. */
export function anIncident(overrides: Partial<Incident> = {}): Incident {
  return {
    incident_id: uuidV7(),
    scope: { kind: 'cell', key: 'TH/AIS', where: { country: 'TH', isp: 'AIS' } },
    severity: 'critical',
    state: 'open',
    started_at: '2026-11-22T10:00:00.000Z',
    detected_at: '2026-11-22T10:00:00.000Z',
    ended_at: null,
    summary: 'first frames take twice as long',
    objective: null,
    agents_count: 3,
    evidence: [{ signal: 'slow', runs_count: 40, bad_count: 31, expected_count: 1.5 }],
    score: 40.5,
    opening_excess_ratio: 0.7,
    excess_ratio: 0.75,
    measurement_ids: [],
    ...overrides,
  }
}
