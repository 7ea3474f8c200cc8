import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusteredRatio, median } from '@streamgauge/collector/report/estimate.ts'
import { medianRank } from '@streamgauge/collector/report/median.ts'
import { tQuantile } from '@streamgauge/collector/stats/student.ts'
import { proportion } from '@streamgauge/contract'

const near = (actual: number | null, expected: number, tolerance: number) => {
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)
}

test('the interval of a median takes the ranks that binomial tables give', () => {
  // P(B < 1) = 1/32 = 0.031 for n = 5: no interval. 1/64 = 0.016 for n = 6: the first and the last.
  assert.equal(medianRank(5), 0)
  assert.equal(medianRank(6), 1)
  // n = 10: P(B < 2) = 11/1024 = 0.011, P(B < 3) = 56/1024 = 0.055.
  assert.equal(medianRank(10), 2)
  // n = 20: P(B < 6) = 21700/1048576 = 0.0207, P(B < 7) = 60460/1048576 = 0.058.
  assert.equal(medianRank(20), 6)
  // n = 10,000: (10000 - 196) / 2.
  assert.equal(medianRank(10_000), 4_902)
})

test('a median of six lies between the first and the last', () => {
  assert.deepEqual(median([1, 2, 3, 5, 8, 13]), { value: 4, low: 1, high: 13, n: 6 })
})

test('a median of five has a value and no interval', () => {
  assert.deepEqual(median([1, 2, 3, 5, 8]), { value: 3, low: null, high: null, n: 5 })
})

test('a median of nothing is null', () => {
  assert.deepEqual(median([]), { value: null, low: null, high: null, n: 0 })
})

test('a share has the Wilson interval', () => {
  // 8 of 10: (0.8 + 3.8415/20 ± 1.96·sqrt(0.016 + 3.8415/400)) / 1.38415 = (0.99207 ± 0.31371) / 1.38415
  const { value, low, high, n } = proportion(8, 10)
  assert.equal(value, 0.8)
  assert.equal(n, 10)
  near(low, 0.4902, 1e-4)
  near(high, 0.9433, 1e-4)
})

test('a share of all has 1 as its upper end', () => {
  const { low, high } = proportion(10, 10)
  near(low, 0.7225, 1e-4)
  assert.equal(high, 1)
})

test('a ratio of sums is not a mean of ratios', () => {
  // Blocks (stall, watched): (1,10) and (9,30). 10/40 = 0.25; the mean of 0.1 and 0.3 would be 0.2.
  // Residuals y - 0.25x: -1.5 and 1.5; variance 2/1 · 4.5 / 40² = 0.005625; 12.7062 · 0.075 = 0.953.
  const { value, low, high } = clusteredRatio({ blocks: 2, y: 10, x: 40, yy: 82, xy: 280, xx: 1_000 }, 7)
  assert.equal(value, 0.25)
  assert.equal(low, 0)
  assert.equal(high, 1)
})

test('a clustered interval is the linearised one with Student t', () => {
  // Ten blocks of 100 s watched; five stalled 2 s, five 4 s: ratio 0.03, residuals ∓1.
  // se = sqrt(10/9 · 10) / 1000 = 0.0033333 · t(9) = 2.2622 -> half 0.0075407.
  const sums = { blocks: 10, y: 30, x: 1_000, yy: 5 * 4 + 5 * 16, xy: 3_000, xx: 100_000 }
  const { value, low, high } = clusteredRatio(sums, 40)
  assert.equal(value, 0.03)
  near(low, 0.02246, 1e-5)
  near(high, 0.03754, 1e-5)
})

test('one block says nothing of how it varies', () => {
  const sums = { blocks: 1, y: 5, x: 100, yy: 25, xy: 500, xx: 10_000 }
  assert.deepEqual(clusteredRatio(sums, 3), { value: 0.05, low: null, high: null, n: 3 })
})

test('blocks that never stalled have a ratio of 0 and no interval', () => {
  const sums = { blocks: 5, y: 0, x: 500, yy: 0, xy: 0, xx: 50_000 }
  assert.deepEqual(clusteredRatio(sums, 9), { value: 0, low: null, high: null, n: 9 })
})

test('Student t agrees with the tables', () => {
  near(tQuantile(1), 12.706, 1e-3)
  near(tQuantile(10), 2.228, 1e-3)
  near(tQuantile(11), 2.201, 1e-3)
  near(tQuantile(30), 2.042, 1e-3)
  near(tQuantile(1_000), 1.962, 1e-3)
})
