import assert from 'node:assert/strict'
import { test } from 'node:test'
import { USUAL_WEIGHTS } from '@streamgauge/collector/steer/cost.ts'
import { costOfRun, effectOf, verdictOf } from '@streamgauge/collector/steer/effect.ts'
import { sentMeasurement } from '../../support/measurement.ts'

test('a gain is the mean of pairs with Student’s interval', () => {
  // Mean 3, sum of squares 4 + 1 + 0 + 9 = 14, variance 14/3, of the mean 14/12; t of 3 degrees 3.1824: 3 ± 3.4374.
  const effect = effectOf([1, 2, 3, 6])
  assert.equal(effect?.pairs_count, 4)
  assert.equal(effect?.gain, 3)
  assert.ok(Math.abs((effect?.low ?? 0) + 0.4374) < 1e-3 && Math.abs((effect?.high ?? 0) - 6.4374) < 1e-3)
  assert.equal(effectOf([1, 2, 3]), null, 'three pairs say nothing')
})

test('a move helped or hurt when its interval is on one side of nothing', () => {
  const effect = (low: number, high: number) => ({ pairs_count: 9, gain: (low + high) / 2, low, high })
  assert.equal(verdictOf(effect(0.01, 0.3)), 'helped')
  assert.equal(verdictOf(effect(-0.3, -0.01)), 'hurt')
  assert.equal(verdictOf(effect(-0.1, 0.3)), 'no difference')
  assert.equal(verdictOf(effect(0, 0)), 'no difference')
})

test('a run costs what its viewer suffers, and nothing is said of one that is not the network’s', () => {
  const run = (more: Parameters<typeof sentMeasurement>[0]) => costOfRun(sentMeasurement(more), USUAL_WEIGHTS)
  // 2 of 10 s stalled, half a second to start, 100 ms to connect: 0.2 + 0.02·0.5 + 0.02·0.1.
  const cost = run({ played_ms: 8_000, stall_ms: 2_000, startup_ms: 500, handshake_ms: 100 })
  assert.ok(Math.abs((cost ?? 0) - 0.212) < 1e-12)
  assert.equal(run({ failure_code: 'CONNECT_TIMEOUT', failure_source: 'path' }), 1)
  assert.equal(run({ failure_code: 'AGENT_ERROR', failure_source: 'agent' }), null)
  assert.equal(run({ taints: ['loop_lag'] }), null)
})
