import type { Estimate, Metric } from '@streamgauge/contract'
import { clusteredRatio, median, proportion } from './estimate.ts'

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
export type Statistic = (weights: ArrayLike<number>) => number | null

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
  return median(Float64Array.from(blocks.flatMap((block) => block.values)).sort())
}

/** Whether a block says anything about a metric. */
export function speaksOf(metric: Metric, block: BlockRuns): boolean {
  if (metric === 'success_ratio') return block.runs > 0
  if (metric === 'stall_ratio') return block.watched_ms > 0
  return block.values.length > 0
}

function quotient(parts: readonly (readonly [number, number])[]): Statistic {
  return (weights) => {
    let [above, below] = [0, 0]
    for (const [index, [y, x]] of parts.entries()) {
      const weight = weights[index] ?? 0
      above += weight * y
      below += weight * x
    }
    return below === 0 ? null : above / below
  }
}

/** Sorts once, so that a replicate is one walk over the values. */
function weightedMedian(blocks: readonly BlockRuns[]): Statistic {
  const runs = blocks.flatMap((block, index) => block.values.map((value) => ({ value, index })))
  runs.sort((left, right) => left.value - right.value)
  const values = Float64Array.from(runs, (run) => run.value)
  const owners = Uint32Array.from(runs, (run) => run.index)
  return (weights) => {
    let total = 0
    for (const owner of owners) total += weights[owner] ?? 0
    if (total === 0) return null
    const [leftRank, rightRank] = [Math.floor((total + 1) / 2), Math.floor(total / 2) + 1]
    let [passed, left] = [0, Number.NaN]
    // Walked millions of times: an iterator over pairs would be ten times slower than an index.
    for (let position = 0; position < values.length; position += 1) {
      passed += weights[owners[position] ?? 0] ?? 0
      if (passed < leftRank) continue
      const value = values[position] ?? Number.NaN
      if (Number.isNaN(left)) left = value
      if (passed >= rightRank) return (left + value) / 2
    }
    return null
  }
}
