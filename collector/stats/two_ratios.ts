import type { Certainty } from './certainty.ts'
import { bare, type Interval } from './interval.ts'

/** Of both arms, parts and wholes by cluster: the same clusters in the same order; a whole of 0 where an arm has nothing in one. */
export interface TwoRatios {
  readonly aPart: Float64Array
  readonly aWhole: Float64Array
  readonly bPart: Float64Array
  readonly bWhole: Float64Array
}

/** Both ratios of sums, and how they vary between clusters, linearized (Cochran, Sampling Techniques, 6.2). */
interface Varied {
  readonly a: number
  readonly b: number
  readonly runsA: number
  readonly runsB: number
  readonly count: number
  /** Variances and covariance. */
  readonly ofA: number
  readonly ofB: number
  readonly ofBoth: number
}

/**
 * The relative change of a ratio of sums, (Σb part / Σb whole) / (Σa part / Σa whole) - 1, with the interval by Fieller's theorem
 * (Fieller 1954): every change c for which b - (1 + c) a is no more of its standard errors off than is certain. That needs no logarithm of
 * a ratio that may be 0. Ends are `null` where a cannot be told from 0.
 */
export function relativeChangeOf(ratios: TwoRatios, certainty: Certainty): Interval {
  const varied = variedOf(ratios)
  if (varied === null || varied.a === 0) return bare(null)
  const { a, b, count, ofA, ofB, ofBoth } = varied
  const value = b / a - 1
  if (count < 2 || ofA + ofB === 0) return bare(value)
  const scale = certainty.critical(count) ** 2
  // (b - r a)² <= scale (ofB - 2 r ofBoth + r² ofA), for r = 1 + c
  const square = a ** 2 - scale * ofA
  const linear = a * b - scale * ofBoth
  const constant = b ** 2 - scale * ofB
  const root = linear ** 2 - square * constant
  const off = (b - a) / Math.sqrt(ofA + ofB - 2 * ofBoth)
  const chance = certainty.chanceOf(off, count)
  if (square <= 0 || root < 0) return { ...bare(value), chance }
  const low = Math.max(0, (linear - Math.sqrt(root)) / square) - 1
  return { value, low, high: (linear + Math.sqrt(root)) / square - 1, chance }
}

/**
 * The difference of two shares, b - a, with the interval by the method of variance estimates recovery: Wilson's interval of each
 * share, of as many runs as the clusters are worth, put together by how both go along (Newcombe 1998; Yang, Sun and Hardin 2012).
 * Holds where nearly all runs succeed.
 */
export function shareDifferenceOf(ratios: TwoRatios, certainty: Certainty): Interval {
  const varied = variedOf(ratios)
  if (varied === null) return bare(null)
  const { a, b, count, ofA, ofB, ofBoth } = varied
  const value = b - a
  if (count < 2) return bare(value)
  const critical = certainty.critical(count)
  const [lowA, highA] = wilson(a, worthOf(a, ofA, varied.runsA, count), critical)
  const [lowB, highB] = wilson(b, worthOf(b, ofB, varied.runsB, count), critical)
  const together = ofA > 0 && ofB > 0 ? ofBoth / Math.sqrt(ofA * ofB) : 0
  const reach = (one: number, other: number) =>
    Math.sqrt(Math.max(0, one ** 2 - 2 * together * one * other + other ** 2))
  const [below, above] = [reach(b - lowB, highA - a), reach(highB - b, a - lowA)]
  const towards = value > 0 ? below : above
  const off = towards === 0 ? 0 : (value * critical) / towards
  return { value, low: value - below, high: value + above, chance: certainty.chanceOf(off, count) }
}

function variedOf({ aPart, aWhole, bPart, bWhole }: TwoRatios): Varied | null {
  const of = (all: Float64Array) => all.reduce((sum, one) => sum + one, 0)
  const [runsA, runsB] = [of(aWhole), of(bWhole)]
  if (runsA === 0 || runsB === 0) return null
  const [a, b] = [of(aPart) / runsA, of(bPart) / runsB]
  let [count, ofA, ofB, ofBoth] = [0, 0, 0, 0]
  for (let row = 0; row < aPart.length; row += 1) {
    const [wholeOfA, wholeOfB] = [aWhole[row] ?? 0, bWhole[row] ?? 0]
    if (wholeOfA === 0 && wholeOfB === 0) continue
    count += 1
    const offA = ((aPart[row] ?? 0) - a * wholeOfA) / runsA
    const offB = ((bPart[row] ?? 0) - b * wholeOfB) / runsB
    ofA += offA ** 2
    ofB += offB ** 2
    ofBoth += offA * offB
  }
  const more = count < 2 ? 0 : count / (count - 1)
  return { ...{ a, b, runsA, runsB, count }, ofA: more * ofA, ofB: more * ofB, ofBoth: more * ofBoth }
}

/** Of how many independent runs the variance between clusters is that of; where nothing varied, each cluster counts once. */
function worthOf(share: number, variance: number, runs: number, clusters: number): number {
  if (variance === 0) return Math.min(runs, clusters)
  return Math.min(runs, (share * (1 - share)) / variance)
}

function wilson(share: number, runs: number, z: number): [low: number, high: number] {
  const middle = (share + z ** 2 / (2 * runs)) / (1 + z ** 2 / runs)
  const half = ((z / runs) * Math.sqrt(runs * share * (1 - share) + z ** 2 / 4)) / (1 + z ** 2 / runs)
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}
