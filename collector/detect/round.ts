import { Cron } from 'croner'
import type { PlannedAssignment } from '../config/config.ts'

const ROUND_MIN_S = 10
const ROUND_MAX_S = 300
/** Where nothing is assigned, agents are told elsewhere what to measure. */
const ROUND_USUAL_S = 60
const RUNS_COUNT = 30

/** How long a round of detection should be, in s: the time in which the busiest assignment is carried out once. */
export function usualRoundS(assignments: readonly PlannedAssignment[]): number {
  const pauses = assignments.map(({ assignment }) => pauseS(assignment.cron))
  const least = pauses.length === 0 ? ROUND_USUAL_S : Math.min(...pauses)
  return Math.round(Math.min(ROUND_MAX_S, Math.max(ROUND_MIN_S, least)))
}

/** What passes between two times that match, on average over the next ones, in s. */
function pauseS(cron: string): number {
  try {
    const runs = new Cron(cron, { paused: true, timezone: 'UTC' }).nextRuns(RUNS_COUNT)
    const [first, last] = [runs.at(0), runs.at(-1)]
    if (first === undefined || last === undefined || runs.length < 2) return ROUND_MAX_S
    return (last.getTime() - first.getTime()) / 1_000 / (runs.length - 1)
  } catch {
    // The agent's scheduler took it; this one does not know all of its words.
    return ROUND_USUAL_S
  }
}
