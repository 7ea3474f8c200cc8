import type { Certainty } from './certainty.ts'
import { bare, type Interval } from './interval.ts'
import { type Clustered, pseudoMedian, SignedRanks } from './signed_rank.ts'

/** Halvings of an interval's ends: to one part in 2^40 of the range. */
const HALVINGS = 40

/**
 * Where paired differences lie (Hodges-Lehmann), with the interval of all values that the clustered signed-rank test does not reject.
 * Ends are `null` where it rejects nothing.
 */
export function shiftOf(differences: Clustered, certainty: Certainty): Interval {
  const value = pseudoMedian(differences.values)
  const count = new Set(differences.clusters).size
  if (value === null || count < 2) return bare(value)
  const ranks = new SignedRanks(differences)
  /** The mean of clusters' sums in its standard errors, from their sum over the root of the sum of squares. */
  const offBy = (at: number) => {
    const score = ranks.score(at) ?? 0
    return score * Math.sqrt((count - 1) / Math.max(0, count - score ** 2))
  }
  const critical = certainty.critical(count)
  const isOut = (at: number) => Math.abs(offBy(at)) > critical
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const one of differences.values) {
    least = Math.min(least, one)
    greatest = Math.max(greatest, one)
  }
  const room = greatest - least
  // All the same: nothing was seen of how they vary.
  if (room === 0) return bare(value)
  return {
    value,
    low: endOf(value, least - room, isOut),
    high: endOf(value, greatest + room, isOut),
    chance: certainty.chanceOf(offBy(0), count),
  }
}

/** The end of an interval between a value within it and one that is to be outside; `null`: it is not. */
function endOf(within: number, outside: number, isOut: (at: number) => boolean): number | null {
  if (!isOut(outside)) return null
  let [near, far] = [within, outside]
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (near + far) / 2
    if (isOut(middle)) far = middle
    else near = middle
  }
  return (near + far) / 2
}
