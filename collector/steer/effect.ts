import type { Decision, Measurement, Node } from '@streamgauge/contract'
import { tQuantile } from '../stats/student.ts'
import type { Weights } from './cost.ts'
import type { SteeringRules } from './rules.ts'

/** With fewer pairs nothing is said. */
const PAIRS_MIN = 4

/** What one run cost a viewer, in the unit of `costOf`; `null`: the agent is to blame, or the machine was too busy. */
export function costOfRun(run: Measurement, weights: Weights): number | null {
  if (run.taints.length > 0 || run.failure_source === 'agent' || run.failure_source === 'resolver')
    return null
  return costOfFairRun(run, weights)
}

/** The same of a run that is not tainted and that nobody but the target and the path is to blame for. */
export function costOfFairRun(
  run: Pick<Measurement, 'failure_code' | 'played_ms' | 'stall_ms' | 'startup_ms' | 'handshake_ms'>,
  weights: Weights,
): number {
  if (run.failure_code !== null) return weights.failure
  const { played_ms, stall_ms, startup_ms, handshake_ms } = run
  const watched_ms = (played_ms ?? 0) + (stall_ms ?? 0)
  return (
    (watched_ms === 0 ? 0 : (weights.stall * (stall_ms ?? 0)) / watched_ms) +
    (weights.startup_s * (startup_ms ?? 0) + weights.handshake_s * (handshake_ms ?? 0)) / 1_000
  )
}

/**
 * What a move gained: the mean of cost there less cost here over pairs of runs at the same time from the same agent, with
 * Student's 95 % interval. It is looked at once, when all pairs are in. `null`: too few of them.
 */
export function effectOf(gains: readonly number[]): NonNullable<Decision['effect']> | null {
  const n = gains.length
  if (n < PAIRS_MIN) return null
  const gain = gains.reduce((sum, one) => sum + one, 0) / n
  const variance = gains.reduce((sum, one) => sum + (one - gain) ** 2, 0) / (n - 1)
  const half = tQuantile(n - 1) * Math.sqrt(variance / n)
  return { pairs_count: n, gain, low: gain - half, high: gain + half }
}

/** By how much, in cost, operators prefer a node for viewers of an ISP, whatever is measured. */
export function preferenceOf(
  node: Pick<Node, 'node_id' | 'isps'> | undefined,
  isp: string,
  { weights, nodes }: Pick<SteeringRules, 'weights' | 'nodes'>,
): number {
  if (node === undefined) return 0
  const own = node.isps.includes(isp) ? weights.same_isp : 0
  return own - (nodes.get(node.node_id)?.extra_cost ?? 0)
}

/** What the interval says. */
export function verdictOf({ low, high }: NonNullable<Decision['effect']>): NonNullable<Decision['verdict']> {
  if (low > 0) return 'helped'
  return high < 0 ? 'hurt' : 'no difference'
}
