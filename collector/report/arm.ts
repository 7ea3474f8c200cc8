import { type Estimate, type Metric, proportion } from '@streamgauge/contract'
import { clusteredRatio, median } from './estimate.ts'

/** One arm's runs in one (agent, hour) block. */
export interface BlockRuns {
  /** The values of a time metric, ms. */
  readonly values: readonly number[]
  readonly runs: number
  readonly successes: number
  /** Over runs that started. */
  readonly started: number
  readonly stall_ms: number
  readonly watched_ms: number
}

/**
 * One arm as a function of how often each block counts: all once for the estimate, as drawn for a bootstrap replicate.
 * `null`: nothing to tell it from.
 */
export interface Statistic {
  readonly of: (weights: ArrayLike<number>) => number | null
  /** About how many steps it takes to tell. */
  readonly steps: number
}

/** The statistic a metric is compared by. */
export function statisticOf(metric: Metric, blocks: readonly BlockRuns[]): Statistic {
  if (metric === 'success_ratio') return quotient(blocks.map((block) => [block.successes, block.runs]))
  if (metric === 'stall_ratio') return quotient(blocks.map((block) => [block.stall_ms, block.watched_ms]))
  return weightedMedian(blocks)
}

/** One arm's figure with its own interval. */
export function estimateOf(metric: Metric, blocks: readonly BlockRuns[]): Estimate {
  const sum = (pick: (block: BlockRuns) => number) => blocks.reduce((total, block) => total + pick(block), 0)
  if (metric === 'success_ratio')
    return proportion(
      sum((block) => block.successes),
      sum((block) => block.runs),
    )
  if (metric === 'stall_ratio') {
    const sums = {
      blocks: sum((block) => (block.watched_ms > 0 ? 1 : 0)),
      y: sum((block) => block.stall_ms),
      x: sum((block) => block.watched_ms),
      yy: sum((block) => block.stall_ms ** 2),
      xy: sum((block) => block.stall_ms * block.watched_ms),
      xx: sum((block) => block.watched_ms ** 2),
    }
    return clusteredRatio(
      sums,
      sum((block) => block.started),
    )
  }
  return median(valuesOf(blocks).sort())
}

/** Whether a block says anything about a metric. */
export function speaksOf(metric: Metric, block: BlockRuns): boolean {
  if (metric === 'success_ratio') return block.runs > 0
  if (metric === 'stall_ratio') return block.watched_ms > 0
  return block.values.length > 0
}

function quotient(parts: readonly (readonly [number, number])[]): Statistic {
  const tops = Float64Array.from(parts, ([top]) => top)
  const bottoms = Float64Array.from(parts, ([, bottom]) => bottom)
  const of = (weights: ArrayLike<number>) => {
    let [above, below] = [0, 0]
    for (let index = 0; index < tops.length; index += 1) {
      const weight = weights[index] ?? 0
      above += weight * (tops[index] ?? 0)
      below += weight * (bottoms[index] ?? 0)
    }
    return below === 0 ? null : above / below
  }
  return { of, steps: tops.length }
}

/** Values on either side of the middle one that a replicate looks at first, as a share of all: its median is nearly always there. */
const NEAR = 0.05

/**
 * Sorts once, so that a replicate is one walk: over the blocks, for how many of their values lie below the middle tenth, and
 * over that tenth; over all values where the median is not there.
 */
function weightedMedian(blocks: readonly BlockRuns[]): Statistic {
  const { values, owners } = sortedValues(blocks)
  const counts = Uint32Array.from(blocks, (block) => block.values.length)
  const near = Math.floor(values.length * (0.5 - NEAR))
  const below = new Uint32Array(blocks.length)
  for (let position = 0; position < near; position += 1) {
    const owner = owners[position] ?? 0
    below[owner] = (below[owner] ?? 0) + 1
  }
  const of = (weights: ArrayLike<number>) => {
    let [total, passed] = [0, 0]
    for (let index = 0; index < counts.length; index += 1) {
      const weight = weights[index] ?? 0
      total += weight * (counts[index] ?? 0)
      passed += weight * (below[index] ?? 0)
    }
    if (total === 0) return null
    const ranks: Ranks = [Math.floor((total + 1) / 2), Math.floor(total / 2) + 1]
    return passed < ranks[0]
      ? walk(values, owners, weights, near, passed, ranks)
      : walk(values, owners, weights, 0, 0, ranks)
  }
  return { of, steps: counts.length + values.length * NEAR }
}

/** All values, ascending, and the block each is of. Comparing objects would take ten times as long. */
function sortedValues(blocks: readonly BlockRuns[]): { values: Float64Array; owners: Uint32Array } {
  const values = valuesOf(blocks).sort()
  const owners = new Uint32Array(values.length)
  const taken = new Uint32Array(values.length)
  for (const [index, block] of blocks.entries()) {
    for (const value of block.values) {
      const first = firstAtLeast(values, value)
      owners[first + (taken[first] ?? 0)] = index
      taken[first] = (taken[first] ?? 0) + 1
    }
  }
  return { values, owners }
}

/** Where the first value stands that is not less. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? Number.NaN) < value) low = middle + 1
    else high = middle
  }
  return low
}

function valuesOf(blocks: readonly BlockRuns[]): Float64Array {
  const values = new Float64Array(blocks.reduce((sum, block) => sum + block.values.length, 0))
  let at = 0
  for (const block of blocks) {
    values.set(block.values, at)
    at += block.values.length
  }
  return values
}

type Ranks = readonly [number, number]

/** The mean of the values of two ranks (1 is the smallest), from a position before which `passed` values lie. */
function walk(
  values: Float64Array,
  owners: Uint32Array,
  weights: ArrayLike<number>,
  start: number,
  before: number,
  [leftRank, rightRank]: Ranks,
): number | null {
  let [passed, left] = [before, Number.NaN]
  // Walked millions of times: an iterator over pairs would be ten times slower than an index.
  for (let position = start; position < values.length; position += 1) {
    passed += weights[owners[position] ?? 0] ?? 0
    if (passed < leftRank) continue
    const value = values[position] ?? Number.NaN
    if (Number.isNaN(left)) left = value
    if (passed >= rightRank) return (left + value) / 2
  }
  return null
}
