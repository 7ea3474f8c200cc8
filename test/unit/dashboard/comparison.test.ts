import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Comparison } from '@streamgauge/contract'
import { withGaps } from '../../../dashboard/target/gaps.ts'
import { changeText, verdictText } from '../../../dashboard/target/verdict.ts'

const estimate = { value: 80, low: 70, high: 90, n: 100 }
const comparison: Comparison = {
  from: '2026-11-22T19:00:00.000Z',
  to: '2026-11-22T20:00:00.000Z',
  source: 'raw',
  by: 'transport',
  metric: 'handshake_ms',
  a: 'tcp',
  b: 'quic',
  a_estimate: estimate,
  b_estimate: { ...estimate, value: 41.5 },
  change: { value: -0.48125, low: -0.51, high: -0.442, n: 100 },
  pairs_count: 100,
  blocks_count: 24,
  verdict: 'better',
  reason: 'the whole interval is below 0',
}
const text = (shown: string | null) => shown?.replaceAll('\u00a0', ' ')

test('a verdict is a sentence about B', () => {
  assert.equal(verdictText(comparison), 'QUIC is better than TCP in connect time')
  assert.equal(
    verdictText({ ...comparison, verdict: 'equivalent' }),
    'QUIC and TCP are equivalent in connect time',
  )
  const thin = verdictText({ ...comparison, verdict: 'insufficient data' })
  assert.equal(thin, 'Not enough data to compare QUIC with TCP in connect time')
})

test('a change comes with its interval', () => {
  assert.equal(text(changeText(comparison)), '−48.1 % (−51.0 to −44.2)')
})

test('a change of a success rate is in percentage points', () => {
  const change = { value: 0.012, low: -0.003, high: 0.027, n: 90 }
  const shown = changeText({ ...comparison, metric: 'success_ratio', change })
  assert.equal(text(shown), '+1.2 percentage points (−0.3 to +2.7)')
})

test('a change without an interval is not shown', () => {
  const change = { value: -0.4, low: null, high: null, n: 2 }
  assert.equal(changeText({ ...comparison, change }), null)
  assert.equal(changeText({ ...comparison, change: { ...change, value: null } }), null)
})

test('a line breaks where a bucket had no run, and only there', () => {
  const point = (at: string) => ({ at: `2026-11-22T20:${at}:00.000Z`, value: 1, low: null, high: null, n: 1 })
  const drawn = withGaps([point('00'), point('02'), point('08')], 120)
  assert.deepEqual(
    drawn.map(({ at, value }) => [at.toISOString().slice(14, 16), value]),
    [
      ['00', 1],
      ['02', 1],
      ['04', null],
      ['08', 1],
    ],
  )
})
