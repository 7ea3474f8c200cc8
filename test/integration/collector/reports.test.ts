import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Comparison, type Estimate, type Measurement, Overview, Timeseries } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { aFailure, aMeasurement, as, build, ingest, tokens } from '../../support/collector.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
const HOUR = 3_600_000
const viewer = as(tokens.admin)
const window = 'from=2026-11-22T00:00:00.000Z&to=2026-11-23T00:00:00.000Z'
const at = (ms: number) => new Date(NOON + ms).toISOString()

const stalled = (stall_ms: number, played_ms: number, overrides: Partial<Measurement> = {}) =>
  aMeasurement({ stall_ms, played_ms, stalls: [], started_at: at(0), ...overrides })

async function reports(t: Parameters<typeof build>[0], runs: readonly Measurement[]) {
  const { app } = await build(t, { now: () => NOON + 12 * HOUR })
  const answer = await app.inject(ingest(runs))
  assert.deepEqual(answer.json().errors, [])
  return async (query: string) => {
    const report = await app.inject({ url: `/v1/reports/${query}`, headers: viewer })
    assert.equal(report.statusCode, 200, report.body)
    return report.json()
  }
}

test('the overview counts every run once, and tainted ones in nothing else', async (t) => {
  const report = await reports(t, [
    ...[50, 10, 40, 20, 60, 30].map((handshake_ms, index) =>
      aMeasurement({ handshake_ms, started_at: at(index) }),
    ),
    aFailure({ started_at: at(10) }),
    aMeasurement({ handshake_ms: 9_999, taints: ['insecure'], started_at: at(20) }),
  ])
  const overview = await report(`overview?${window}`)
  assert.ok(Value.Check(Overview, overview))
  const [row] = overview.rows
  assert.ok(row !== undefined)
  const { runs_count, started_count, failed_count, tainted_count, last_started_at } = row
  assert.deepEqual([runs_count, started_count, failed_count, tainted_count], [7, 6, 1, 1])
  assert.equal(last_started_at, at(20))
  // 10 20 30 40 50 60: the median is 35, and of six the interval is the first to the last.
  assert.deepEqual(row.handshake_ms, { value: 35, low: 10, high: 60, n: 6 })
  // 6 of 7.
  assert.equal(row.success_ratio.value, 6 / 7)
  assert.equal(row.success_ratio.n, 7)
})

test('an overview comes compressed to who takes that, and is the same', async (t) => {
  const { app } = await build(t, { now: () => NOON + 12 * HOUR })
  await app.inject(ingest([aMeasurement({ started_at: at(0) })]))
  const ask = (headers: Record<string, string>) =>
    app.inject({ url: `/v1/reports/overview?${window}`, headers: { ...viewer, ...headers } })
  const plain = await ask({})
  const packed = await ask({ 'accept-encoding': 'br, gzip' })
  assert.deepEqual(
    [plain.headers['content-encoding'], packed.headers['content-encoding']],
    [undefined, 'gzip'],
  )
  assert.equal(packed.headers.vary, 'accept-encoding')
  assert.equal(gunzipSync(packed.rawPayload).toString(), plain.body)
  assert.equal(JSON.parse(plain.body).rows[0].runs_count, 1)
})

test('how HTTP/3 is advertised is what was last seen, and a run that did not look changes nothing', async (t) => {
  const seen = (http3_advertised: 'none' | 'alt-svc' | null, index: number) =>
    aMeasurement({ http3_advertised, started_at: at(index) })
  const report = await reports(t, [
    seen('none', 0),
    seen('alt-svc', 1),
    seen(null, 2),
    aMeasurement({ transport: 'quic', http3_advertised: null, started_at: at(3) }),
  ])
  const { rows } = await report(`overview?${window}`)
  assert.deepEqual(
    rows.map((row: { target_id: string; http3_advertised: string | null }) => [
      row.target_id,
      row.http3_advertised,
    ]),
    [
      ['target-quic', null],
      ['target-tcp', 'alt-svc'],
    ],
  )
})

test('a resumed handshake is not in the median of handshakes', async (t) => {
  const report = await reports(t, [
    aMeasurement({ handshake_ms: 40, started_at: at(0) }),
    aMeasurement({ handshake_ms: 20, resumed: true, started_at: at(1) }),
  ])
  assert.deepEqual((await report(`overview?${window}`)).rows[0].handshake_ms, {
    value: 40,
    low: null,
    high: null,
    n: 1,
  })
})

test('the stall ratio is a ratio of sums over the runs that started', async (t) => {
  const report = await reports(t, [
    stalled(1_000, 9_000),
    stalled(0, 90_000),
    // Never started: not in the denominator.
    stalled(0, 0, { startup_ms: null }),
  ])
  const { value, n } = (await report(`overview?${window}`)).rows[0].stall_ratio
  assert.deepEqual([value, n], [0.01, 2])
})

test('the interval of the stall ratio is between (agent, hour) blocks, not between runs', async (t) => {
  // One agent and hour: 2 runs, 1 block, no interval. A second hour makes two.
  const first = [stalled(100, 900), stalled(300, 700)]
  const one = await reports(t, first)
  assert.equal((await one(`overview?${window}`)).rows[0].stall_ratio.low, null)
})

test('two blocks have the interval worked out by hand', async (t) => {
  // Blocks (stall, watched): (100, 1000) and (300, 1000): ratio 0.2, residuals ∓100,
  // se = sqrt(2 · 20000) / 2000 = 0.1, t(1) = 12.7062: wider than 0 to 1.
  const two = await reports(t, [stalled(100, 900), stalled(300, 700, { agent_id: 'agent-2' })])
  assert.deepEqual((await two(`overview?${window}`)).rows[0].stall_ratio, {
    value: 0.2,
    low: 0,
    high: 1,
    n: 2,
  })
})

test('a time series has a point per bucket with a run, and none for the others', async (t) => {
  const report = await reports(t, [
    ...[1, 2, 3].map((value) => aMeasurement({ ttfb_ms: value, started_at: at(value) })),
    aMeasurement({ ttfb_ms: 8, started_at: at(130_000) }),
    aMeasurement({ ttfb_ms: 99, started_at: at(130_000), taints: ['clock'] }),
    aMeasurement({ ttfb_ms: 5, started_at: at(0), transport: 'quic' }),
  ])
  const series = await report(`timeseries?metric=ttfb_ms&bucket_s=60&${window}`)
  assert.ok(Value.Check(Timeseries, series))
  const point = (ms: number, value: number, n: number) => ({ at: at(ms), value, low: null, high: null, n })
  assert.deepEqual(series.series, [
    { target_id: 'target-quic', transport: 'quic', points: [point(0, 5, 1)] },
    { target_id: 'target-tcp', transport: 'tcp', points: [point(0, 2, 3), point(120_000, 8, 1)] },
  ])
  const chosen = await report(`timeseries?metric=ttfb_ms&target_id=target-quic&bucket_s=60&${window}`)
  assert.equal(chosen.series.length, 1)
})

test('shares over time have runs as their denominator, stalls what was watched', async (t) => {
  const report = await reports(t, [stalled(100, 900), stalled(0, 1_000), aFailure({ started_at: at(5) })])
  const success = await report(`timeseries?metric=success_ratio&bucket_s=3600&${window}`)
  assert.deepEqual([success.series[0].points[0].value, success.series[0].points[0].n], [2 / 3, 3])
  const stall = await report(`timeseries?metric=stall_ratio&bucket_s=3600&${window}`)
  assert.deepEqual(stall.series[0].points[0], { at: at(0), value: 0.05, low: null, high: null, n: 2 })
})

/** Twelve (agent, hour) blocks of four pairs; `quic` makes the QUIC half from the TCP one. */
function pairs(quic: (block: number, pair: number) => Partial<Measurement>): Measurement[] {
  return Array.from({ length: 48 }, (_, index) => {
    const [block, pair] = [Math.floor(index / 4), index % 4]
    const common = {
      agent_id: `agent-${block % 3}`,
      started_at: at(Math.floor(block / 3) * HOUR + pair * 60_000),
      pair_id: `01a2050b-1c05-7340-9498-${String(index).padStart(12, '0')}`,
    }
    const tcp = { handshake_ms: 100 + block + pair, ...common, pair_position: 0 } as const
    return [
      aMeasurement(tcp),
      aMeasurement({ ...common, pair_position: 1, transport: 'quic', ...quic(block, pair) }),
    ]
  }).flat()
}

test('QUIC that connects in 60 % of the time is better, with its interval and its pairs', async (t) => {
  const report = await reports(
    t,
    pairs((block, pair) => ({ handshake_ms: 0.6 * (100 + block + pair) })),
  )
  const comparison = await report(`comparison?metric=handshake_ms&by=transport&a=tcp&b=quic&${window}`)
  assert.ok(Value.Check(Comparison, comparison))
  const { a_estimate, change, pairs_count, blocks_count, verdict, reason } = comparison
  // 100 + block + pair: blocks 0 to 11, pairs 0 to 3, symmetric about 107.
  assert.equal(a_estimate.value, 107)
  close(change, -0.4)
  assert.deepEqual([pairs_count, blocks_count, verdict], [48, 12, 'better'])
  // A pair is drawn with its block, so what varies between blocks but not between the halves is no uncertainty.
  assert.equal(reason, 'the change is -40.0 % to -40.0 % with 95 % confidence, all below 0')
  const reversed = await report(`comparison?metric=handshake_ms&by=transport&a=quic&b=tcp&${window}`)
  assert.equal(reversed.verdict, 'worse')
})

test('the same figures on both sides are equivalent', async (t) => {
  const report = await reports(
    t,
    pairs((block, pair) => ({ handshake_ms: 100 + block + pair })),
  )
  const { verdict, change } = await report(
    `comparison?metric=handshake_ms&by=transport&a=tcp&b=quic&${window}`,
  )
  assert.deepEqual([verdict, change.value, change.low, change.high], ['equivalent', 0, 0, 0])
})

test('cleartext is never compared with encryption, and the reason says so', async (t) => {
  const report = await reports(
    t,
    pairs((_block, pair) => ({ handshake_ms: 50, tls_version: pair === 0 ? null : '1.3' })),
  )
  const { b_estimate, reason } = await report(
    `comparison?metric=handshake_ms&by=transport&a=tcp&b=quic&${window}`,
  )
  assert.equal(b_estimate.n, 36)
  assert.match(reason, /; 12 cleartext runs were left out$/)
})

test('tainted runs make no block and no pair', async (t) => {
  const report = await reports(
    t,
    pairs(() => ({ taints: ['insecure'] })),
  )
  const comparison = await report(`comparison?metric=handshake_ms&by=transport&a=tcp&b=quic&${window}`)
  assert.deepEqual(
    [comparison.b_estimate.n, comparison.pairs_count, comparison.blocks_count, comparison.verdict],
    [0, 0, 0, 'insufficient data'],
  )
  assert.equal(comparison.reason, 'A has 12 and B has 0 (agent, hour) blocks; 10 of each are needed, 10 more')
})

test('stalls are compared as ratios of sums, success as a difference', async (t) => {
  const report = await reports(
    t,
    pairs((_block, pair) => (pair === 3 ? failure : { stall_ms: 485, played_ms: 9_215, stalls: [] })),
  )
  const stall = await report(`comparison?metric=stall_ratio&by=transport&a=quic&b=tcp&${window}`)
  // QUIC stalled 485 of 9700 in every run that started; TCP never: 100 % less.
  assert.equal(stall.a_estimate.value, 0.05)
  assert.deepEqual([stall.change.value, stall.verdict], [-1, 'better'])
  const undefinedChange = await report(`comparison?metric=stall_ratio&by=transport&a=tcp&b=quic&${window}`)
  assert.deepEqual([undefinedChange.change.value, undefinedChange.verdict], [null, 'insufficient data'])
  assert.match(undefinedChange.reason, /^A is 0/)
  const success = await report(`comparison?metric=success_ratio&by=transport&a=tcp&b=quic&${window}`)
  assert.deepEqual([success.change.value, success.verdict], [-0.25, 'worse'])
})

test('two periods are compared, each with its own window', async (t) => {
  const report = await reports(t, [
    aMeasurement({ handshake_ms: 40, started_at: at(-HOUR) }),
    aMeasurement({ handshake_ms: 30, started_at: at(0) }),
    aMeasurement({ handshake_ms: 99, started_at: at(HOUR) }),
  ])
  const [before, after] = [`${at(-HOUR)}/${at(0)}`, `${at(0)}/${at(HOUR)}`]
  const comparison = await report(`comparison?metric=handshake_ms&by=period&a=${before}&b=${after}`)
  assert.deepEqual(
    [comparison.a_estimate.value, comparison.b_estimate.value, comparison.change.value],
    [40, 30, -0.25],
  )
  assert.deepEqual([comparison.from, comparison.to], [at(-HOUR), at(HOUR)])
})

test('without a window a report covers the last hour', async (t) => {
  const { app } = await build(t, { now: () => NOON })
  await app.inject(
    ingest([aMeasurement({ started_at: at(-HOUR - 1) }), aMeasurement({ started_at: at(-HOUR) })]),
  )
  const overview = (await app.inject({ url: '/v1/reports/overview', headers: viewer })).json()
  assert.deepEqual([overview.from, overview.to, overview.rows[0].runs_count], [at(-HOUR), at(0), 1])
})

const failure: Partial<Measurement> = {
  handshake_ms: null,
  startup_ms: null,
  stall_ms: null,
  played_ms: null,
  failure_code: 'UDP_BLOCKED',
  failure_source: 'path',
}

function close({ value, low, high }: Estimate, expected: number) {
  assert.ok(value !== null && low !== null && high !== null)
  assert.ok(Math.abs(value - expected) < 1e-9, `${value}`)
  assert.ok(low <= expected && high >= expected && high - low < 0.1, `${low} ${high}`)
}
