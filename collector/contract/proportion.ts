import type { Estimate } from './report.ts'

/** Two-sided 95 % of the normal distribution. */
const Z = 1.959_963_985

/** A share of `n` with its Wilson score interval (Wilson 1927). */
export function proportion(successes: number, n: number): Estimate {
  if (n === 0) return { value: null, low: null, high: null, n }
  const p = successes / n
  const middle = p + Z ** 2 / (2 * n)
  const half = Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2))
  const scale = 1 + Z ** 2 / n
  return {
    value: p,
    low: successes === 0 ? 0 : Math.max(0, (middle - half) / scale),
    high: successes === n ? 1 : Math.min(1, (middle + half) / scale),
    n,
  }
}
