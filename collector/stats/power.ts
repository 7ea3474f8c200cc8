import { pnorm, qnorm } from 'lib-r-math.js'
import type { Certainty } from './certainty.ts'

/** What is known of how a figure varies. */
export interface Pilot {
  /** Of the figure, from so many clusters. */
  readonly standard_error: number
  readonly clusters: number
}

/** How many clusters like the pilot's it takes to tell a change from none, as often as `power` says. */
export function clustersFor(
  { standard_error, clusters }: Pilot,
  change: number,
  power: number,
  certaintyOf: (clusters: number) => Certainty,
): number {
  const one = standard_error * Math.sqrt(clusters)
  const reach = qnorm(power)
  const isEnough = (count: number) =>
    ((certaintyOf(count).critical(count) + reach) * one) / Math.sqrt(count) <= Math.abs(change)
  let [few, enough] = [2, 4]
  while (!isEnough(enough)) {
    if (enough > 2 ** 40) return Number.POSITIVE_INFINITY
    ;[few, enough] = [enough, 2 * enough]
  }
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2)
    if (isEnough(middle)) enough = middle
    else few = middle
  }
  return enough
}

/** How often a change is told from none with so many clusters. */
export function powerOf(
  { standard_error, clusters }: Pilot,
  change: number,
  count: number,
  certainty: Certainty,
): number {
  const off = (Math.abs(change) * Math.sqrt(count)) / (standard_error * Math.sqrt(clusters))
  const critical = certainty.critical(count)
  return pnorm(off - critical) + pnorm(-off - critical)
}
