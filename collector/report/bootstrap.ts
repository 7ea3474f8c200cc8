import { setImmediate } from 'node:timers/promises'
import type { Statistic } from './arm.ts'
import { seededRandom } from './random.ts'

const REPLICATES_MAX_COUNT = 2_000
const REPLICATES_MIN_COUNT = 1_000
/** Steps of all replicates together, unless that were too few of them: what a report may cost. */
const STEPS_MAX_COUNT = 8_000_000
/** Steps before other work gets its turn. */
const SLICE_COUNT = 1_000_000
const SEED = 20_261_122

/** How two arms differ; `null`: one of them says nothing. */
export type Difference = (a: number | null, b: number | null) => number | null

/**
 * The 95 % percentile interval of a difference, from resampling whole blocks (Davison and Hinkley 1997, 3.8): runs of one
 * agent in one hour are drawn together, and both arms of a block with them. `strata[i]` says which arms block i has;
 * blocks are drawn within their stratum, so that no replicate loses an arm. `steps`: how many a statistic takes.
 * `null` when the difference is defined in too few replicates.
 */
export async function blockBootstrap(
  strata: readonly string[],
  a: Statistic,
  b: Statistic,
  difference: Difference,
  steps: number,
): Promise<{ low: number; high: number } | null> {
  const random = seededRandom(SEED)
  const groups = [...Map.groupBy(strata.keys(), (index) => strata[index]).values()].map((group) =>
    Uint32Array.from(group),
  )
  const cost = steps + strata.length
  const affordable = Math.floor(STEPS_MAX_COUNT / cost)
  const replicates = Math.max(REPLICATES_MIN_COUNT, Math.min(REPLICATES_MAX_COUNT, affordable))
  const rest = Math.max(1, Math.floor(SLICE_COUNT / cost))
  const weights = new Uint32Array(strata.length)
  const differences: number[] = []
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    if (replicate % rest === rest - 1) await setImmediate()
    weights.fill(0)
    for (const group of groups) {
      for (let draw = 0; draw < group.length; draw += 1) {
        const index = group[Math.floor(random() * group.length)] ?? 0
        weights[index] = (weights[index] ?? 0) + 1
      }
    }
    const change = difference(a.of(weights), b.of(weights))
    if (change !== null) differences.push(change)
  }
  if (differences.length < replicates * 0.95) return null
  const sorted = Float64Array.from(differences).sort()
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}

/** Linear interpolation between order statistics (Hyndman and Fan, type 7). */
function quantile(sorted: Float64Array, level: number): number {
  const at = (sorted.length - 1) * level
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? below
  return below + (above - below) * (at - Math.floor(at))
}
