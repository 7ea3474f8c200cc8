import type { Estimate } from '@streamgauge/contract'
import { tQuantile } from '../stats/student.ts'
import { medianRank } from './median.ts'

/** Nothing to tell anything from. */
const NOTHING: Estimate = { value: null, low: null, high: null, n: 0 }

/** The median of sorted values with its distribution-free interval. */
export function median(sorted: ArrayLike<number>): Estimate {
  const n = sorted.length
  const at = (rank: number) => sorted[rank - 1] ?? null
  const [left, right] = [at(Math.floor((n + 1) / 2)), at(Math.floor(n / 2) + 1)]
  if (left === null || right === null) return NOTHING
  const rank = medianRank(n)
  const interval = rank === 0 ? { low: null, high: null } : { low: at(rank), high: at(n + 1 - rank) }
  return { value: (left + right) / 2, ...interval, n }
}

/** Sums over blocks i of a ratio Σy/Σx. */
export interface RatioSums {
  readonly blocks: number
  readonly y: number
  readonly x: number
  readonly yy: number
  readonly xy: number
  readonly xx: number
}

/**
 * A ratio of sums over `n` runs, with a clustered interval: the variance of the linearised residuals y - R·x between blocks
 * (Cochran, Sampling Techniques, 6.2 and 9A), Student's t with one degree of freedom less than blocks.
 * No interval with fewer than two blocks, nor when no residual differs from 0: nothing was seen of how it varies.
 */
export function clusteredRatio(sums: RatioSums, n: number): Estimate {
  const { blocks, y, x, yy, xy, xx } = sums
  if (x === 0) return { ...NOTHING, n }
  const ratio = y / x
  const residuals = Math.max(0, yy - 2 * ratio * xy + ratio ** 2 * xx)
  // A residual this small is what rounding leaves of a 0.
  if (blocks < 2 || residuals <= 1e-12 * xx) return { value: ratio, low: null, high: null, n }
  const half = (tQuantile(blocks - 1) * Math.sqrt((blocks / (blocks - 1)) * residuals)) / x
  return { value: ratio, low: Math.max(0, ratio - half), high: Math.min(1, ratio + half), n }
}
