import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketEstimate } from '@streamgauge/collector/report/bucket.ts'
import { distribution } from '@streamgauge/collector/report/distribution.ts'
import { heatmap } from '@streamgauge/collector/report/heatmap.ts'
import type { Store } from '@streamgauge/collector/store/store.ts'
import { Distribution, Heatmap, type Measurement } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { aFailure, aMeasurement, as, build, tokens } from '../../support/collector.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
const WINDOW = 'from=2026-11-22T00:00:00.000Z&to=2026-11-23T00:00:00.000Z'
const DAY = { from: Date.UTC(2026, 10, 22), to: Date.UTC(2026, 10, 23) }

type Vantage = { country?: string; isp?: string; node_country?: string }

function stored(run: Measurement, { country = 'SG', isp = 'Singtel', node_country = 'HK' }: Vantage = {}) {
  return {
    ...run,
    started_at: new Date(NOON).toISOString(),
    stall_ms_by_policy: {},
    country,
    isp,
    asn: null,
    node_country,
    received_at: new Date(NOON + 20_000).toISOString(),
  }
}

async function reports(t: Parameters<typeof build>[0], rows: readonly ReturnType<typeof stored>[]) {
  const { app, store } = await build(t)
  await store.insert('measurements', rows, 'b1')
  const get = async (query: string) => {
    const answer = await app.inject({ url: `/v1/reports/${query}`, headers: as(tokens.admin) })
    return answer.json()
  }
  return { store, get }
}

const withHandshake = (handshake_ms: number, rest: Partial<Measurement> = {}) =>
  aMeasurement({ handshake_ms, node_id: 'hk-1', ...rest })

/** As if there were more runs than are read of raw. */
const MANY: Readonly<Record<string, string>> = {
  'measurements/rows_of_days': '[{"rows":20000000}]',
  'rollups/runs': '[{"runs":1000000}]',
}

function withManyRuns(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'read') return Reflect.get(target, name)
      const read: Store['read'] = async (statement, ...rest) => {
        const many = MANY[statement]
        return many === undefined ? target.read(statement, ...rest) : JSON.parse(many)
      }
      return read
    },
  })
}

/** Two cells and two nodes; 10 20 30 40 50 60 at the first. */
const rows = [
  ...[50, 10, 40, 20, 60, 30].map((ms) => stored(withHandshake(ms))),
  stored(withHandshake(9_999, { resumed: true })),
  stored(withHandshake(9_999, { taints: ['insecure'] })),
  stored(aFailure({ node_id: 'hk-1' })),
  stored(withHandshake(70, { node_id: 'hk-2' })),
  stored(withHandshake(80, { node_id: 'de-1' }), { country: 'TH', isp: 'AIS', node_country: 'DE' }),
  stored(aFailure({ node_id: 'de-2' }), { country: 'TH', isp: 'AIS', node_country: 'DE' }),
]

test('a heat map has an estimate per vantage and node, and no cell where nothing was measured', async (t) => {
  const { get } = await reports(t, rows)
  const map = await get(`heatmap?${WINDOW}&metric=handshake_ms`)
  assert.ok(Value.Check(Heatmap, map))
  assert.equal(map.source, 'raw')
  // Of six, the interval is the first to the last; of one there is none.
  assert.deepEqual(map.cells, [
    { country: 'SG', isp: 'Singtel', column: 'hk-1', value: 35, low: 10, high: 60, n: 6 },
    { country: 'SG', isp: 'Singtel', column: 'hk-2', value: 70, low: null, high: null, n: 1 },
    { country: 'TH', isp: 'AIS', column: 'de-1', value: 80, low: null, high: null, n: 1 },
  ])
  const byCountry = await get(`heatmap?${WINDOW}&metric=success_ratio&columns=node_country`)
  // Eight of nine untainted runs, one of two.
  assert.deepEqual(
    byCountry.cells.map(({ country, column, value, n }: Record<string, unknown>) => [
      country,
      column,
      value,
      n,
    ]),
    [
      ['SG', 'HK', 8 / 9, 9],
      ['TH', 'DE', 1 / 2, 2],
    ],
  )
  assert.deepEqual((await get(`heatmap?${WINDOW}&metric=handshake_ms&isp=AIS`)).cells.length, 1)
  assert.equal((await get(`heatmap?${WINDOW}&metric=none`)).code, 'INVALID_PARAMETER')
})

test("a heat map's stall rate is a ratio of sums between blocks of agents", async (t) => {
  const stalled = (agent_id: string, stall_ms: number, played_ms: number) =>
    stored(aMeasurement({ agent_id, stall_ms, played_ms }))
  const { get } = await reports(t, [
    stalled('a', 1_000, 9_000),
    stalled('a', 0, 10_000),
    stalled('b', 3_000, 17_000),
  ])
  const [cell] = (await get(`heatmap?${WINDOW}&metric=stall_ratio`)).cells
  // 4,000 of 40,000. Blocks (1,000, 20,000) and (3,000, 20,000): residuals -1,000 and 1,000, squares 2,000,000; times 2,
  // 2,000 is the root; t with one degree of freedom is 12.706; over 40,000: 0.6353.
  assert.equal(cell.value, 0.1)
  assert.equal(cell.n, 3)
  assert.equal(cell.low, 0)
  assert.ok(Math.abs(cell.high - 0.735_3) < 1e-4, String(cell.high))
})

test('from hours a heat map says the same within a bucket, and the same of sums', async (t) => {
  const { store } = await reports(t, rows)
  const full = withManyRuns(store)
  const map = await heatmap(full, 'handshake_ms', 'node_id', {}, DAY)
  assert.equal(map.source, 'hour')
  // 30 is in bucket floor(16 log2 30) = 78, 10 in 53, 60 in 94; the lower middle of six is taken.
  const inBuckets = bucketEstimate({ value: 78, low: 53, high: 94, n: 6 })
  const [cell, ...others] = map.cells
  assert.deepEqual(cell, { country: 'SG', isp: 'Singtel', column: 'hk-1', ...inBuckets })
  assert.deepEqual(
    others.map(({ column, n }) => [column, n]),
    [
      ['hk-2', 1],
      ['de-1', 1],
    ],
  )
  const success = await heatmap(full, 'success_ratio', 'node_id', { country: ['SG'], node_id: ['hk-1'] }, DAY)
  assert.deepEqual(
    success.cells.map(({ value, n }) => [value, n]),
    [[7 / 8, 8]],
  )
})

test('a distribution has quantiles and the same bins for every group, and excludes what a median does', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) =>
    stored(withHandshake(index + 1, { transport: 'quic' })),
  )
  const { store, get } = await reports(t, [...hundred, ...rows])
  const report = await get(`distribution?${WINDOW}&metric=handshake_ms&by=transport`)
  assert.ok(Value.Check(Distribution, report))
  const [quic, tcp] = report.groups
  assert.ok(quic && tcp)
  assert.deepEqual([quic.label, quic.n, tcp.label, tcp.n], ['quic', 100, 'tcp', 8])
  // 1, 2, ... 100: a share q lies 99q steps from the first; 1 + 99 * 0.05 is 5.95.
  const rounded = Object.entries(quic.quantiles).map(([name, ms]) => [
    name,
    Math.round(Number(ms) * 1e6) / 1e6,
  ])
  assert.deepEqual(Object.fromEntries(rounded), {
    p5: 5.95,
    p25: 25.75,
    p50: 50.5,
    p75: 75.25,
    p90: 90.1,
    p95: 95.05,
    p99: 99.01,
  })
  // [1, 1.19) holds 1, [2, 2.38) 2, [2.83, 3.36) 3, [4, 4.76) 4, [4.76, 5.66) 5; [90.5, 107.6) the ten from 91.
  assert.deepEqual(
    quic.bins.slice(0, 5).map(({ from_ms, count }) => [Math.round(from_ms * 100) / 100, count]),
    [
      [1, 1],
      [2, 1],
      [2.83, 1],
      [4, 1],
      [4.76, 1],
    ],
  )
  assert.equal(quic.bins.at(-1)?.count, 10)
  assert.equal(
    quic.bins.reduce((sum, bin) => sum + bin.count, 0),
    100,
  )
  const byNode = await get(`distribution?${WINDOW}&metric=handshake_ms&by=node_id&transport=tcp`)
  assert.deepEqual(
    byNode.groups.map(({ label, n }: Record<string, unknown>) => [label, n]),
    [
      ['hk-1', 6],
      ['de-1', 1],
      ['hk-2', 1],
    ],
  )
  // From hours: the bins are the same, and a quantile is the middle of the bucket its run is in.
  const hours = await distribution(withManyRuns(store), 'handshake_ms', 'transport', {}, DAY)
  assert.equal(hours.source, 'hour')
  assert.deepEqual(
    hours.groups.map(({ label, n, bins }) => ({ label, n, bins })),
    report.groups.map(({ label, n, bins }: Record<string, unknown>) => ({ label, n, bins })),
  )
  // 50 or 51 of the hundred are in bucket floor(16 log2 50) = 90: 2^(90.5 / 16) = 50.4.
  assert.equal(hours.groups[0]?.quantiles.p50, 2 ** (90.5 / 16))
})
