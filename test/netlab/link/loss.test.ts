import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gilbert } from './loss.ts'
import { seeded } from './random.ts'

/** Two-sided, 99.9 %, of the normal distribution. */
const Z = 3.291

function draw(count: number, loss_ratio: number, burst: number | null, seed = 1): boolean[] {
  const lost = gilbert(seeded(seed, 0))
  return Array.from({ length: count }, () => lost(loss_ratio, burst))
}

function bursts(losses: readonly boolean[]): number[] {
  const runs: number[] = []
  losses.forEach((lost, i) => {
    if (lost && losses[i - 1] === true) runs.push((runs.pop() ?? 0) + 1)
    else if (lost) runs.push(1)
  })
  return runs
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

test('one packet in fifty is lost, one at a time, when losses are independent', () => {
  const losses = draw(1_000_000, 0.02, null)
  const ratio = mean(losses.map(Number))
  // Binomial: sd of the share is √(0.02 · 0.98 / 10⁶) = 0.00014.
  assert.ok(Math.abs(ratio - 0.02) < Z * 0.00014, `${ratio}`)
  // Runs are geometric with mean 1/0.98 = 1.0204 and variance 0.02/0.98² = 0.0208, over about 19,600 runs.
  const run = mean(bursts(losses))
  assert.ok(Math.abs(run - 1.0204) < (Z * Math.sqrt(0.0208)) / Math.sqrt(19_600), `${run}`)
})

test('bursts have the length asked for, and leave the loss rate as it is', () => {
  const losses = draw(1_000_000, 0.05, 8)
  const ratio = mean(losses.map(Number))
  // Leaves the bad state with 1/8 = 0.125, the good one with 0.125 · 0.05/0.95 = 0.00658: neighbours correlate with
  // ρ = 1 - 0.125 - 0.00658 = 0.8684, which widens the variance by (1 + ρ)/(1 - ρ) = 14.2.
  assert.ok(Math.abs(ratio - 0.05) < Z * Math.sqrt(((0.05 * 0.95) / 1e6) * 14.2), `${ratio}`)
  // Geometric: mean 8, variance 8 · 7 = 56; about 10⁶ · 0.05/8 = 6,250 runs.
  const run = mean(bursts(losses))
  assert.ok(Math.abs(run - 8) < (Z * Math.sqrt(56)) / Math.sqrt(6_250), `${run}`)
})

test('one seed loses the same packets each time, another seed other ones', () => {
  assert.deepEqual(draw(10_000, 0.1, 3, 7), draw(10_000, 0.1, 3, 7))
  assert.notDeepEqual(draw(10_000, 0.1, 3, 7), draw(10_000, 0.1, 3, 8))
})

test('a loss rate of nothing ends a burst under way', () => {
  const lost = gilbert(seeded(1, 0))
  for (let i = 0; i < 1_000 && !lost(0.5, 1_000); i++);
  assert.equal(lost(0.5, 1_000), true)
  assert.equal(lost(0, null), false)
})
