import type { Decision } from '@streamgauge/contract'
import { v7 as uuidV7 } from 'uuid'

/** A cell that was sent from fra to sin a moment ago because fra is ill. */
export function aDecision(overrides: Partial<Decision> = {}): Decision {
  return {
    decision_id: uuidV7(),
    decided_at: new Date().toISOString(),
    country: 'TH',
    isp: 'AIS',
    from_node_id: 'fra',
    to_node_id: 'sin',
    motive: 'ill',
    reason: 'fra is ill: first frames take twice as long',
    from: { cost: 0.4, expected: null },
    to: { cost: 0.1, expected: null },
    incident_id: null,
    dry_run: false,
    verdict: null,
    effect: null,
    ...overrides,
  }
}
