import { type Draws, hash, share } from '../random.ts'
import type { SimulatedAgent } from '../world/agent.ts'
import type { Conditions } from './conditions.ts'
import { rounded } from './figures.ts'

/** Clocks drift over hours. */
const CLOCK_MS = 21_600_000

/** How the agent's own machine did. Takes four draws. */
export function instrumentOf(agent: SimulatedAgent, conditions: Conditions, atMs: number, draws: Draws) {
  const late = draws.next() < 0.000_6
  const lag = late ? 100 + 150 * draws.exponential() : 0.4 + 1.2 * draws.exponential()
  const steal = agent.oversold ? 0.3 * conditions.crowd * draws.next() : 0
  const taints = [...(lag > 100 ? ['loop_lag'] : []), ...(steal > 0.1 ? ['cpu_steal'] : [])]
  const drift = share(hash(agent.key, Math.floor(atMs / CLOCK_MS)))
  return {
    loop_lag_ms: rounded(lag),
    cpu_ratio: Math.round(1_000 * (0.02 + 0.05 * draws.next())) / 1_000,
    cpu_steal_ratio: Math.round(steal * 1_000) / 1_000,
    clock_offset_ms: rounded(16 * (drift - 0.5)),
    clock_error_ms: rounded(1 + agent.isp.access_ms / 2),
    taints,
  }
}
