import type { Estimate, Metric, Verdict } from '@streamgauge/contract'

/** A change smaller than this, either way, is none that a viewer would notice: 5 %, for success 1 percentage point. */
export const MARGIN = 0.05
export const SUCCESS_MARGIN = 0.01
/** Fewer blocks than this in either arm, and an interval from them is not to be trusted. */
export const BLOCKS_MIN_COUNT = 10

/** What a verdict rests on. */
export interface Evidence {
  readonly metric: Metric
  readonly a: Estimate
  readonly b: Estimate
  readonly change: Estimate
  readonly aBlocks: number
  readonly bBlocks: number
}

/** Judges B against A. First whether there is enough, then the interval: inside the margin, or all on one side of 0. */
export function judge(evidence: Evidence): { verdict: Verdict; reason: string } {
  const { metric, a, change } = evidence
  const missing = missingBlocks(evidence)
  if (missing !== null) return { verdict: 'insufficient data', reason: missing }
  if (change.value === null && a.value === 0) {
    return insufficient('A is 0, so a relative change is not defined; more runs are needed for A to show any')
  }
  const { low, high } = change
  if (low === null || high === null)
    return insufficient('the change varies too much between blocks for an interval')
  const margin = metric === 'success_ratio' ? SUCCESS_MARGIN : MARGIN
  const range = `the change is ${say(metric, low)} to ${say(metric, high)} with 95 % confidence`
  if (low >= -margin && high <= margin) {
    return {
      verdict: 'equivalent',
      reason: `${range}, within the margin of ${say(metric, margin)} either way`,
    }
  }
  const higherIsBetter = metric === 'success_ratio'
  if (high < 0) return { verdict: higherIsBetter ? 'worse' : 'better', reason: `${range}, all below 0` }
  if (low > 0) return { verdict: higherIsBetter ? 'better' : 'worse', reason: `${range}, all above 0` }
  const needed = neededBlocks(evidence, (high - low) / 2, margin)
  return insufficient(
    `${range}, which leaves both no change and a change open; about ${needed} more blocks are needed`,
  )
}

function missingBlocks({ aBlocks, bBlocks }: Evidence): string | null {
  const least = Math.min(aBlocks, bBlocks)
  if (least >= BLOCKS_MIN_COUNT) return null
  const has = `A has ${aBlocks} and B has ${bBlocks} (agent, hour) blocks`
  return `${has}; ${BLOCKS_MIN_COUNT} of each are needed, ${BLOCKS_MIN_COUNT - least} more`
}

/** An interval narrows with the square root of its blocks. */
function neededBlocks({ aBlocks, bBlocks }: Evidence, half: number, margin: number): number {
  const blocks = Math.min(aBlocks, bBlocks)
  return Math.max(1, Math.ceil(blocks * (half / margin) ** 2) - blocks)
}

function insufficient(reason: string): { verdict: Verdict; reason: string } {
  return { verdict: 'insufficient data', reason }
}

function say(metric: Metric, share: number): string {
  const unit = metric === 'success_ratio' ? 'percentage points' : '%'
  return `${(share * 100).toFixed(1)} ${unit}`
}
