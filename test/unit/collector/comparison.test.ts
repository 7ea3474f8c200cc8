import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BlockRuns, estimateOf, statisticOf } from '@streamgauge/collector/report/arm.ts'
import { changeOf } from '@streamgauge/collector/report/comparison.ts'
import { seededRandom } from '@streamgauge/collector/report/random.ts'
import { judge } from '@streamgauge/collector/report/verdict.ts'

const block = (overrides: Partial<BlockRuns>): BlockRuns => ({
  values: [],
  runs: 0,
  successes: 0,
  started: 0,
  stall_ms: 0,
  watched_ms: 0,
  ...overrides,
})
const times = (...values: number[]) => block({ values })
const estimate = (value: number | null, low: number | null = null, high: number | null = null) => ({
  value,
  low,
  high,
  n: 100,
})
const evidence = {
  metric: 'handshake_ms',
  a: estimate(100),
  b: estimate(60),
  aBlocks: 20,
  bBlocks: 20,
} as const

test('a median counts a block as often as it was drawn', () => {
  const statistic = statisticOf('handshake_ms', [times(1, 2), times(10)])
  assert.equal(statistic.of([1, 1]), 2) // 1 2 10
  assert.equal(statistic.of([1, 2]), 6) // 1 2 10 10
  assert.equal(statistic.of([0, 3]), 10)
  assert.equal(statistic.of([0, 0]), null)
})

test('a median of many values, as they were drawn, is what sorting them says, also where it is far from their middle', () => {
  const random = seededRandom(11)
  const blocks = Array.from({ length: 40 }, (_, index) =>
    times(...Array.from({ length: 1 + Math.floor(20 * random()) }, () => Math.floor(index * 3 * random()))),
  )
  const statistic = statisticOf('handshake_ms', blocks)
  const sorted = (weights: readonly number[]) =>
    weights
      .flatMap((weight, index) => Array.from({ length: weight }, () => blocks[index]?.values ?? []).flat())
      .sort((left, right) => left - right)
  for (let round = 0; round < 200; round += 1) {
    // Every other round draws from the low blocks alone.
    const weights = blocks.map((_, index) => (round % 2 === 0 || index < 12 ? Math.floor(3 * random()) : 0))
    const all = sorted(weights)
    const middle =
      ((all[Math.floor((all.length - 1) / 2)] ?? NaN) + (all[Math.floor(all.length / 2)] ?? NaN)) / 2
    assert.equal(statistic.of(weights), middle)
  }
})

test('a stall ratio divides the sums', () => {
  const blocks = [block({ stall_ms: 100, watched_ms: 1_000 }), block({ stall_ms: 900, watched_ms: 3_000 })]
  assert.equal(statisticOf('stall_ratio', blocks).of([1, 1]), 0.25)
  assert.equal(statisticOf('stall_ratio', blocks).of([2, 0]), 0.1)
})

test('an arm of no runs is null, not 0', () => {
  assert.deepEqual(estimateOf('success_ratio', []), { value: null, low: null, high: null, n: 0 })
})

test('a change of times is relative to A', async () => {
  const change = await changeOf('handshake_ms', [times(100), times(100)], [times(60), times(60)])
  assert.deepEqual(change, { value: -0.4, low: -0.4, high: -0.4 })
})

test('a change of success is a difference', async () => {
  const a = [block({ runs: 10, successes: 8 }), block({ runs: 10, successes: 8 })]
  const b = [block({ runs: 10, successes: 9 }), block({ runs: 10, successes: 9 })]
  const { value } = await changeOf('success_ratio', a, b)
  assert.ok(value !== null && Math.abs(value - 0.1) < 1e-12)
})

test('a change from an A that never stalled is not defined', async () => {
  const a = [block({ watched_ms: 1_000 })]
  const b = [block({ watched_ms: 1_000, stall_ms: 10 })]
  assert.equal((await changeOf('stall_ratio', a, b)).value, null)
})

test('the same blocks give the same interval', async () => {
  const random = seededRandom(7)
  const blocks = () => Array.from({ length: 12 }, () => times(90 + 20 * random(), 90 + 20 * random()))
  const [a, b] = [blocks(), blocks()]
  assert.deepEqual(await changeOf('ttfb_ms', a, b), await changeOf('ttfb_ms', a, b))
})

test('the interval of a block bootstrap covers the truth about as often as it says', async () => {
  const random = seededRandom(1)
  let covered = 0
  const rounds = 60
  for (let round = 0; round < rounds; round += 1) {
    const arm = (middle: number) =>
      Array.from({ length: 30 }, () => {
        const level = middle * (0.9 + 0.2 * random())
        return times(...Array.from({ length: 4 }, () => level * (0.95 + 0.1 * random())))
      })
    const { low, high } = await changeOf('handshake_ms', arm(100), arm(60))
    if (low !== null && high !== null && low <= -0.4 && high >= -0.4) covered += 1
  }
  assert.ok(covered / rounds >= 0.85, `${covered} of ${rounds}`)
})

test('B is better when the whole interval of a time is below 0', () => {
  const { verdict, reason } = judge({ ...evidence, change: estimate(-0.4, -0.45, -0.35) })
  assert.equal(verdict, 'better')
  assert.equal(reason, 'the change is -45.0 % to -35.0 % with 95 % confidence, all below 0')
})

test('B is worse when fewer runs succeed', () => {
  const change = estimate(-0.1, -0.15, -0.05)
  assert.equal(judge({ ...evidence, metric: 'success_ratio', change }).verdict, 'worse')
})

test('a change within the margin is equivalent, even when it is surely there', () => {
  const { verdict, reason } = judge({ ...evidence, change: estimate(-0.02, -0.03, -0.01) })
  assert.equal(verdict, 'equivalent')
  assert.match(reason, /within the margin of 5\.0 % either way/)
})

test('nine blocks are not enough, and the reason says how many are missing', () => {
  const { verdict, reason } = judge({ ...evidence, bBlocks: 9, change: estimate(-0.4, -0.5, -0.3) })
  assert.equal(verdict, 'insufficient data')
  assert.equal(reason, 'A has 20 and B has 9 (agent, hour) blocks; 10 of each are needed, 1 more')
})

test('an interval over 0 that passes the margin asks for more blocks', () => {
  // Half width 0.1, margin 0.05: four times 20 blocks, 60 more.
  const { verdict, reason } = judge({ ...evidence, change: estimate(0, -0.1, 0.1) })
  assert.equal(verdict, 'insufficient data')
  assert.match(reason, /about 60 more blocks are needed/)
})
