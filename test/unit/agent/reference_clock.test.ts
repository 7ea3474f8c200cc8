import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReferenceClock } from '@streamgauge/agent/live/reference_clock.ts'

test('half the round trip is the error, and the middle of it is when the collector looked', () => {
  const clock = new ReferenceClock()
  // Sent at 100, answered at 140: at 120 the collector's clock said 1,000,020. Ours says 1,007,020 there: 7 s ahead.
  clock.add(100, 140, 1_000_020)
  const estimate = clock.estimate(140, 1_007_040)
  assert.deepEqual(estimate, { offset_ms: 7_000, error_ms: 20 })
})

test('the shortest round trip counts, until drift makes a newer one better', () => {
  const clock = new ReferenceClock()
  clock.add(0, 10, 5_005)
  clock.add(1_000, 1_200, 6_150)
  assert.equal(clock.estimate(1_200, 6_200)?.error_ms, 5 + 1_190 * 50e-6)
  // 100 s later: 5 ms and 5 ms of drift against a fresh round trip of 18 ms.
  clock.add(100_000, 100_018, 105_009)
  assert.equal(clock.estimate(100_018, 105_018)?.error_ms, 9)
})

test('setting the wall clock shows at once', () => {
  const clock = new ReferenceClock()
  clock.add(0, 2, 1_001)
  assert.equal(clock.estimate(2, 1_002)?.offset_ms, 0)
  assert.equal(clock.estimate(3, 61_003)?.offset_ms, 60_000)
})

test('nothing asked, or nonsense answered, is not known', () => {
  const clock = new ReferenceClock()
  assert.equal(clock.estimate(0, 0), null)
  clock.add(0, 10, Number.NaN)
  clock.add(10, 0, 5)
  assert.equal(clock.estimate(10, 10), null)
})
