import type { Effect, Scope } from '../incident/script.ts'
import { type Draws, share } from '../random.ts'
import type { SimulatedAgent } from '../world/agent.ts'
import type { Side } from '../world/plan.ts'

/** What incidents do to a run, all of them together. */
export interface Disturbance {
  readonly loss_ratio: number
  readonly latency_ms: number
  readonly throughput_ratio: number
  readonly outage_ratio: number
  /** Of the incident with the largest share of failures. */
  readonly outage_scope: Scope | null
}

/** What a run meets on its way. */
export interface Conditions extends Disturbance {
  readonly rtt_ms: number
  readonly rtt_min_ms: number
  readonly rtt_var_ms: number
  readonly bandwidth_bps: number
  /** 0: nobody else is awake; 1: everybody is watching. */
  readonly crowd: number
}

export const UNDISTURBED: Disturbance = {
  loss_ratio: 0,
  latency_ms: 0,
  throughput_ratio: 1,
  outage_ratio: 0,
  outage_scope: null,
}

/** Paths have better and worse half hours. */
const MOOD_MS = 1_800_000
const DAY_MS = 86_400_000
const STEPS = 96
/** How busy a network is, each quarter of an hour from midnight, local time: noon, and the evening at 21:00. */
const DAY_CURVE = Float64Array.from({ length: STEPS }, (_, step) => {
  const hour = (step * 24) / STEPS
  const evening = Math.exp(-(Math.min(Math.abs(hour - 21), 24 - Math.abs(hour - 21)) ** 2) / (2 * 2.2 ** 2))
  const noon = Math.exp(-((hour - 13) ** 2) / (2 * 2.5 ** 2))
  return 0.05 + 0.95 * Math.max(evening, 0.35 * noon)
})

/** How busy it is at `utcMs` where clocks are `offsetHours` ahead of UTC, in [0, 1]. */
export function crowdAt(utcMs: number, offsetHours: number): number {
  const local = (utcMs + offsetHours * 3_600_000) % DAY_MS
  const exact = ((local + DAY_MS) % DAY_MS) * (STEPS / DAY_MS)
  const step = Math.floor(exact)
  const here = DAY_CURVE[step] ?? 0
  const next = DAY_CURVE[(step + 1) % STEPS] ?? 0
  return here + (next - here) * (exact - step)
}

/** One disturbance made of another and the effect of one more incident. */
export function withEffect(before: Disturbance, effect: Effect, scope: Scope): Disturbance {
  const outage = effect.outage_ratio ?? 0
  return {
    loss_ratio: Math.min(1, before.loss_ratio + (effect.loss_ratio ?? 0)),
    latency_ms: before.latency_ms + (effect.latency_ms ?? 0),
    throughput_ratio: before.throughput_ratio * (effect.throughput_ratio ?? 1),
    outage_ratio: Math.max(before.outage_ratio, outage),
    outage_scope: outage > before.outage_ratio ? scope : before.outage_scope,
  }
}

/** What a run of `agent` against `side` meets at `atMs`. Takes two draws. */
export function conditionsOf(
  agent: SimulatedAgent,
  { path, target }: Side,
  atMs: number,
  disturbance: Disturbance,
  draws: Draws,
): Conditions {
  const { isp } = agent
  const home = crowdAt(atMs, agent.country.utc_offset_h) * (0.35 + 0.65 * isp.crowding)
  const away = crowdAt(atMs, target.node.place.utc_offset_h) * path.crossing
  const mood = share(path.key, Math.floor(atMs / MOOD_MS))
  const loss = path.loss_ratio * (0.6 + 0.8 * mood) * (1 + home * (1.5 + 4 * path.crossing) + away)
  const queue = home * (3 + 6 * path.crossing) + 3 * away
  const least = path.rtt_ms + disturbance.latency_ms
  const jitter = 0.15 + 0.004 * path.rtt_ms + 0.25 * queue
  return {
    rtt_ms: least + queue * (0.5 + 0.5 * draws.next()) + jitter * draws.exponential(),
    rtt_min_ms: least + 0.4 * queue,
    rtt_var_ms: jitter,
    loss_ratio: Math.min(1, loss + disturbance.loss_ratio),
    bandwidth_bps: path.bandwidth_bps * (1 - 0.6 * home) * disturbance.throughput_ratio,
    crowd: home,
    latency_ms: disturbance.latency_ms,
    throughput_ratio: disturbance.throughput_ratio,
    outage_ratio: disturbance.outage_ratio,
    outage_scope: disturbance.outage_scope,
  }
}
