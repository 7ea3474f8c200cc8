import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLEAR, changed, queueBytes } from './settings.ts'

const impossible: readonly (readonly [string, object])[] = [
  ['a delay of less than nothing', { delay_ms: -1 }],
  ['a delay that is no number', { delay_ms: Number.NaN }],
  ['more jitter than delay', { delay_ms: 10, jitter_ms: 11 }],
  ['losing everything', { loss_ratio: 1 }],
  ['bursts shorter than a packet', { loss_ratio: 0.1, loss_burst_count: 0.5 }],
  // 80 % lost in runs of 2 leaves runs of half a packet.
  ['bursts too short for the loss', { loss_ratio: 0.8, loss_burst_count: 2 }],
  ['a rate of nothing', { rate_bps: 0 }],
  ['a queue that no packet fits', { rate_bps: 1_000_000, queue_bytes: 1_499 }],
  ['a setting there is not', { speed: 1 }],
]
for (const [what, change] of impossible) {
  test(`${what} is refused with BAD_LINK`, () => {
    assert.throws(() => changed(CLEAR, change), { code: 'BAD_LINK' })
  })
}

test('a queue not asked for holds 100 ms at the rate, and ten full packets at least', () => {
  assert.equal(queueBytes({ ...CLEAR, rate_bps: 20_000_000 }), 250_000)
  assert.equal(queueBytes({ ...CLEAR, rate_bps: 100_000 }), 15_000)
  assert.equal(queueBytes({ ...CLEAR, rate_bps: 100_000, queue_bytes: 3_000 }), 3_000)
})
