import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overviewOf } from '@streamgauge/collector/report/overview.ts'
import type { Reading } from '@streamgauge/collector/report/source.ts'
import { applyRetention } from '@streamgauge/collector/store/retention.ts'
import { makeDays } from '@streamgauge/collector/store/rollup_days.ts'
import type { Store } from '@streamgauge/collector/store/store.ts'
import type { Estimate, Measurement, OverviewRow, Source } from '@streamgauge/contract'
import { aFailure, aMeasurement, build, buildStore, ingest } from '../../support/collector.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
// The tests' own clock stands in the past, and everything is within one day of it.
const MIDNIGHT = Date.UTC(2026, 10, 22)
const at = (ms: number) => new Date(MIDNIGHT + ms).toISOString()

/** Seeded, so that a failure can be had again: the low 31 bits of a linear congruence (Park and Miller 1988). */
function draws(seed: number) {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Runs of five agents at three targets over a day, some failed, tainted or resumed; handshakes log-normal about 50 ms. */
function aDay(count: number): Measurement[] {
  const draw = draws(7)
  return Array.from({ length: count }, (_, index) => {
    const normal = Math.sqrt(-2 * Math.log(draw())) * Math.cos(2 * Math.PI * draw())
    const common = {
      agent_id: `agent-${index % 5}`,
      target_id: `target-${index % 3}`,
      started_at: at(Math.floor(draw() * DAY)),
    }
    if (draw() < 0.1) return aFailure(common)
    const handshake_ms = 50 * Math.exp(0.6 * normal)
    const stall_ms = draw() < 0.3 ? Math.round(draw() * 2_000) : 0
    const taints: Measurement['taints'] = draw() < 0.05 ? ['clock'] : []
    return aMeasurement({
      ...common,
      handshake_ms,
      first_frame_ms: handshake_ms * 3,
      resumed: draw() < 0.05,
      stall_ms,
      played_ms: 9_000,
      stalls: [],
      taints,
    })
  })
}

async function send(
  app: Awaited<ReturnType<typeof build>>['app'],
  runs: readonly Measurement[],
  key: string,
) {
  const answer = await app.inject(ingest(runs, { key }))
  assert.deepEqual(answer.json().errors, [])
  return answer
}

const span = { from: MIDNIGHT, to: MIDNIGHT + DAY }
const read = async (store: Store, source: Source): Promise<OverviewRow[]> => {
  const reading: Reading = { source, span }
  return (await overviewOf(store, {}, reading)).rows
}

/** Sums of the same numbers in another order differ in their last digits. */
const settled = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, part) =>
    typeof part === 'number' ? Number(part.toPrecision(10)) : part,
  )

/** A bucket is 2^(1/16) wide; its middle is at most 2^(1/32) off, and the ends of an interval reach outwards. */
function withinBuckets(exact: Estimate, bucketed: Estimate) {
  assert.equal(bucketed.n, exact.n)
  const [value, low, high] = [exact.value ?? NaN, exact.low ?? NaN, exact.high ?? NaN]
  const [bucketValue, bucketLow, bucketHigh] = [
    bucketed.value ?? NaN,
    bucketed.low ?? NaN,
    bucketed.high ?? NaN,
  ]
  // The median of an even number lies between two runs, which may be in neighbouring buckets.
  assert.ok(Math.abs(Math.log2(bucketValue / value)) <= 1.5 / 16, `${bucketValue} for ${value}`)
  assert.ok(bucketLow <= low && bucketHigh >= high, `${bucketLow} to ${bucketHigh} for ${low} to ${high}`)
}

test('minutes and hours count and sum as raw does, and their medians are within a bucket; days made of hours are the same', async (t) => {
  const { app, store } = await build(t, { now: () => MIDNIGHT + DAY })
  await send(app, aDay(1_500), 'one')
  await send(app, aDay(3_000).slice(1_500), 'two')
  const [exact, hours] = [await read(store, 'raw'), await read(store, 'hour')]
  assert.deepEqual(settled(await read(store, 'minute')), settled(hours))
  assert.equal(hours.length, 3)
  for (const [index, row] of hours.entries()) {
    const raw = exact[index]
    assert.ok(raw !== undefined)
    const { handshake_ms, first_frame_ms, stall_ratio, ...counts } = row
    const { handshake_ms: h, first_frame_ms: f, stall_ratio: s, ...rawCounts } = raw
    assert.deepEqual(counts, rawCounts)
    withinBuckets(h, handshake_ms)
    withinBuckets(f, first_frame_ms)
    assert.deepEqual([settled(stall_ratio.value), stall_ratio.n], [settled(s.value), s.n])
    assert.ok((stall_ratio.low ?? 1) < (s.value ?? 0) && (stall_ratio.high ?? 0) > (s.value ?? 1))
  }
  assert.deepEqual(await makeDays(store, 0, MIDNIGHT + DAY), ['2026-11-22'])
  assert.deepEqual(settled(await read(store, 'hour')), settled(hours))
  assert.deepEqual(await makeDays(store, 0, MIDNIGHT + DAY), [])
})

test('a run that comes after its day was made is in the hours at once, and in the day when it is made again', async (t) => {
  const { app, store } = await build(t, { now: () => MIDNIGHT + DAY })
  await send(app, [aMeasurement({ started_at: at(HOUR) })], 'one')
  await makeDays(store, 0, MIDNIGHT + DAY)
  await send(app, [aMeasurement({ started_at: at(2 * HOUR) })], 'two')
  assert.deepEqual(await makeDays(store, 0, MIDNIGHT + DAY), ['2026-11-22'])
  assert.equal((await read(store, 'hour'))[0]?.runs_count, 2)
})

test('a batch sent twice under one key changes neither the table nor a rollup', async (t) => {
  const { app, store } = await build(t, { now: () => MIDNIGHT + DAY })
  const batch = aDay(200)
  await send(app, batch, 'one')
  const sources = ['raw', 'minute', 'hour'] as const
  const before = settled(await Promise.all(sources.map((source) => read(store, source))))
  await send(app, batch, 'one')
  assert.deepEqual(settled(await Promise.all(sources.map((source) => read(store, source)))), before)
})

test('a token stored twice reaches no rollup twice', async (t) => {
  const store = await buildStore(t)
  const { agent_version: _, ...row } = { ...aMeasurement({ started_at: at(0) }), stall_ms_by_policy: {} }
  const stored = { ...row, country: 'SG', isp: 'Singtel', asn: null, node_country: 'SG', received_at: at(1) }
  for (let time = 0; time < 2; time += 1) await store.insert('measurements', [stored], 'token-1')
  for (const source of ['raw', 'minute', 'hour'] as const)
    assert.equal((await read(store, source))[0]?.runs_count, 1, source)
})

test('retention is changed where it differs, and nowhere else', async (t) => {
  const store = await buildStore(t)
  const days = { raw: 30, minute: 90, hour: 730 }
  const all = ['measurements', 'comparison_sample', 'rollup_minute', 'rollup_hour', 'rollup_day']
  assert.deepEqual(await applyRetention(store, days), all)
  assert.deepEqual(await applyRetention(store, days), [])
  assert.deepEqual(await applyRetention(store, { ...days, minute: 10 }), ['rollup_minute'])
  await assert.rejects(applyRetention(store, { ...days, raw: 0 }), RangeError)
})
