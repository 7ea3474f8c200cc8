import type { Estimate, Metric } from '@streamgauge/contract'
import { ABSENT, NO_BREAK, onScale } from './format.ts'
import { METRICS } from './metrics.ts'

/** An estimate as text: the figure with its unit, its 95 % interval in the same unit (`null`: unknown), its sample size. */
export interface EstimateText {
  readonly value: string
  readonly interval: string | null
  readonly n: string
  /** The whole in words, for a title or a screen reader. */
  readonly title: string
}

/** Writes an estimate out. The interval is on the value's own scale, so that `42 ms  39–47` can be read across. */
export function estimateText(metric: Metric, estimate: Estimate): EstimateText {
  const { name, counted, scale: scaleOf } = METRICS[metric]
  const n = `n${NO_BREAK}${onScale(estimate.n, { unit: '', divisor: 1, digits: 0 })}`
  if (estimate.value === null)
    return { value: ABSENT, interval: null, n, title: `${name}: no ${counted} in this window` }
  const scale = scaleOf(estimate.value)
  const value = `${onScale(estimate.value, scale)}${NO_BREAK}${scale.unit}`
  if (estimate.low === null || estimate.high === null) {
    const title = `${name}: ${value}; ${estimate.n} ${counted} are too few for a 95 % interval`
    return { value, interval: null, n, title }
  }
  const interval = `${onScale(estimate.low, scale)}–${onScale(estimate.high, scale)}`
  const title = `${name}: ${value}, 95 % interval ${interval}${NO_BREAK}${scale.unit}, from ${estimate.n} ${counted}`
  return { value, interval, n, title }
}

/** The part beside the value: `39–47, n 120`, or `n 3` when no interval is known. */
export function estimateAside(text: EstimateText): string {
  return text.interval === null ? text.n : `${text.interval}, ${text.n}`
}
