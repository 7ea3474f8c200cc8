import { createHash } from 'node:crypto'
import type { AssignmentSet } from '@streamgauge/contract'
import type { Config } from '../config/config.ts'

/** Everything `agentId` should do; `revision` changes exactly when the assignments do. */
export function assignmentsFor(config: Config, agentId: string): AssignmentSet {
  const assignments = config.assignments
    .filter(({ agents }) => agents.includes('*') || agents.includes(agentId))
    .map(({ assignment }) => assignment)
  const revision = createHash('sha256').update(JSON.stringify(assignments)).digest('base64url').slice(0, 22)
  return { agent_id: agentId, revision, assignments }
}
