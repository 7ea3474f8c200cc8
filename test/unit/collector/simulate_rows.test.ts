import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseScript } from '@streamgauge/collector/simulate/incident/script.ts'
import { Draws } from '@streamgauge/collector/simulate/random.ts'
import { capacityOf } from '@streamgauge/collector/simulate/run/capacity.ts'
import { UNDISTURBED } from '@streamgauge/collector/simulate/run/conditions.ts'
import { timestampOf, uuidOf } from '@streamgauge/collector/simulate/run/figures.ts'
import { handshakeOf } from '@streamgauge/collector/simulate/run/handshake.ts'
import { firstVisitFrom, visitOf } from '@streamgauge/collector/simulate/schedule.ts'
import {
  generatorFor,
  openSimulation,
  portionsOf,
  type Simulation,
} from '@streamgauge/collector/simulate/simulation.ts'
import {
  contradiction,
  fillMeasurement,
  IngestMeasurement,
  type StoredMeasurement,
} from '@streamgauge/contract'
import { Compile } from 'typebox/compile'

const validator = Compile(IngestMeasurement)
const script = parseScript(
  `incidents:
  - { name: slow, scope: cell, where: { country: TH, isp: AIS }, effect: { latency_ms: 50 },
      start: '2026-11-20T12:10:00.000Z', end: '2026-11-20T12:20:00.000Z' }
  - { name: down, scope: node, where: { node_id: sim-center-sin }, effect: { outage_ratio: 0.5 },
      start: '2026-11-20T12:05:00.000Z', end: '2026-11-20T12:30:00.000Z' }
  - { name: thin, scope: region, where: { country: [BR, AR] }, effect: { throughput_ratio: 0.02, loss_ratio: 0.1 },
      every_s: 3600, offset_s: 600, length_s: 600 }`,
  'script.yaml',
)
const SIZE = { agents: 600, nodes: 320 }
const settings = { seed: 5, rate: 10, size: SIZE, script: [] }
const calm = openSimulation(settings)
const troubled = openSimulation({ ...settings, script })
const first = firstVisitFrom(calm.schedule, Date.parse('2026-11-20T12:00:00Z'))
/** Half an hour: 18,000 rows. */
const half = { first, last: first + 9_000 }

function rowsOf(simulation: Simulation, portion = half) {
  return generatorFor(simulation, portion).generator.rows(portion.first, portion.last)
}
const calmRows = rowsOf(calm)
const troubledRows = rowsOf(troubled)

test('the same seed gives the same rows, in whatever portions and order they are made', () => {
  const whole = rowsOf(troubled, { first, last: first + 1_500 })
  const again = openSimulation({ ...settings, script })
  const pieces = [...portionsOf({ first, last: first + 1_500 }, 170)]
  const backwards = pieces
    .toReversed()
    .map((portion) => rowsOf(again, portion))
    .toReversed()
    .flat()
  assert.ok(pieces.length >= 9)
  assert.equal(JSON.stringify(backwards), JSON.stringify(whole))
})

test('another seed gives another world of runs', () => {
  const other = rowsOf(openSimulation({ ...settings, seed: 6 }), { first, last: first + 100 })
  const ours = rowsOf(calm, { first, last: first + 100 })
  assert.equal(new Set([...other, ...ours].map((row) => row.measurement_id)).size, 400)
})

test('every row is one a collector takes: schema, contradictions, ids, and marked simulated', () => {
  const rows = rowsOf(troubled)
  for (const row of rows) {
    assert.ok(validator.Check(row), JSON.stringify([...validator.Errors(row)][0]))
    assert.equal(contradiction(fillMeasurement(row)), null)
    assert.equal(row.simulated, true)
  }
  assert.equal(rows.length, 18_000)
  assert.equal(new Set(rows.map((row) => row.measurement_id)).size, 18_000)
})

test('the figures of a row add up', () => {
  for (const row of troubledRows) {
    const told = JSON.stringify(row)
    const is = (a: number | null, b: number) => assert.ok(Math.abs((a ?? Number.NaN) - b) < 0.003, told)
    if (row.connect_ms !== null && row.tls_ms !== null) is(row.handshake_ms, row.connect_ms + row.tls_ms)
    if (row.ttfb_ms !== null) is(row.ttfb_ms, (row.handshake_ms ?? 0) + (row.wait_ms ?? 0))
    if (row.startup_ms !== null) {
      is(row.wall_ms, row.startup_ms + (row.played_ms ?? 0) + (row.stall_ms ?? 0))
      assert.equal(row.stalls.length, row.stall_count, told)
      assert.equal(row.stall_ms_by_policy?.['1000'], row.stall_ms, told)
      assert.equal(row.buffer_series_ms.length, Math.floor(row.wall_ms / 1_000), told)
      assert.ok((row.first_frame_ms ?? Number.NaN) <= row.startup_ms, told)
    }
    if (row.bytes !== null && row.throughput_series_bps.length > 0) {
      const bits = row.throughput_series_bps.reduce((sum, value) => sum + value, 0)
      assert.equal(bits, row.bytes * 8, told)
    }
    if (row.kind === 'connect') assert.equal(row.format, 'none')
    if (row.failure_code === null && row.kind === 'stream') assert.equal(row.wall_ms, 10_000)
  }
})

test("halves of a pair are one agent's, back to back, and each goes first as often as not", () => {
  const pairs = Map.groupBy(
    calmRows.filter((row) => row.pair_id !== null),
    (row) => row.pair_id,
  )
  let tcpFirst = 0
  let transports = 0
  for (const [a, b] of pairs.values()) {
    assert.ok(a && b)
    assert.equal(a.agent_id, b.agent_id)
    assert.deepEqual([a.pair_position, b.pair_position], [0, 1])
    const gap = Date.parse(b.started_at) - Date.parse(a.started_at) - a.wall_ms
    assert.ok(gap >= 500 && gap <= 501, `${gap}`)
    if (a.transport === b.transport) continue
    transports++
    tcpFirst += a.transport === 'tcp' ? 1 : 0
  }
  // Binomial: 4.4 standard deviations of a fair coin over 5,000 pairs are 0.031.
  assert.ok(transports > 5_000)
  assert.ok(Math.abs(tcpFirst / transports - 0.5) < 0.031, `${tcpFirst} of ${transports}`)
})

test('runs come at the asked rate, spread over all agents alike', () => {
  const rows = rowsOf(calm)
  const perAgent = Map.groupBy(rows, (row) => row.agent_id)
  // 9,000 visits in turn over 600 agents: 15 each, 30 runs.
  assert.deepEqual([...new Set([...perAgent.values()].map((list) => list.length))], [30])
  const begin = visitOf(calm.schedule, half.first).at_ms
  const end = visitOf(calm.schedule, half.last).at_ms
  assert.ok(Math.abs(end - begin - 1_800_000) <= 200)
})

test('QUIC connects in half the time: one round trip against two', () => {
  const draws = new Draws()
  draws.begin(1, 2, 3, 4)
  const conditions = {
    ...UNDISTURBED,
    rtt_ms: 200,
    rtt_min_ms: 200,
    rtt_var_ms: 1,
    bandwidth_bps: 20e6,
    crowd: 0,
  }
  const tcp = handshakeOf('tcp', conditions, draws)
  const quic = handshakeOf('quic', conditions, draws)
  // Both ends compute for 2.2 ms and more.
  assert.equal(tcp.connect_ms, 200.15)
  assert.ok(tcp.handshake_ms > 402 && tcp.handshake_ms < 415, `${tcp.handshake_ms}`)
  assert.ok(quic.handshake_ms > 202 && quic.handshake_ms < 212, `${quic.handshake_ms}`)
})

test("over half an hour of transport pairs, the median of QUIC's connect time over TCP's lies near a half", () => {
  const ratios = transportPairs(calmRows)
    .map(({ tcp, quic }) => (quic.handshake_ms ?? Number.NaN) / (tcp.handshake_ms ?? Number.NaN))
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  const median = ratios[Math.floor(ratios.length / 2)] ?? Number.NaN
  assert.ok(ratios.length > 5_000)
  assert.ok(median > 0.47 && median < 0.55, `${median}`)
})

test('at 200 ms and 2 % loss 2 Mbit/s is little over TCP CUBIC, more over QUIC, and all of it over BBR', () => {
  const conditions = {
    ...UNDISTURBED,
    rtt_ms: 200,
    rtt_min_ms: 200,
    rtt_var_ms: 1,
    bandwidth_bps: 20e6,
    crowd: 0,
    loss_ratio: 0.02,
  }
  // Mathis: 1448 * 8 * 1.22 / (0.2 * sqrt(0.02)) = 499,659 bit/s, times 1.25 and 2.3.
  assert.ok(Math.abs(capacityOf('tcp', 'cubic', conditions) - 624_574) < 50)
  assert.ok(Math.abs(capacityOf('quic', 'cubic', conditions) - 1_149_216) < 50)
  assert.equal(capacityOf('tcp', 'bbr', conditions), 19_600_000)
})

test('rows differ where an incident is, nowhere else, and the truth counts them', () => {
  const { generator, occurrences } = generatorFor(troubled, half)
  const rows = generator.rows(half.first, half.last)
  const touched = generator.takeTouched()
  const during = (row: StoredMeasurement, from: string, to: string) =>
    row.started_at >= `2026-11-20T12:${from}:00.000Z` && row.started_at < `2026-11-20T12:${to}:00.000Z`
  const slow = (row: StoredMeasurement) =>
    row.country === 'TH' && row.isp === 'AIS' && during(row, '10', '20')
  const down = (row: StoredMeasurement) => row.node_id === 'sim-center-sin' && during(row, '05', '30')
  const thin = (row: StoredMeasurement) => ['BR', 'AR'].includes(row.country) && during(row, '10', '20')
  const counts = new Map([slow, down, thin].map((is) => [is.name, rows.filter(is).length]))
  for (const [index, { incident_id }] of occurrences.entries()) {
    const name = incident_id.split(':')[0] ?? ''
    if (!incident_id.includes('T12:')) continue
    assert.ok((touched[index] ?? 0) > 5, incident_id)
    assert.equal(touched[index], counts.get(name), incident_id)
  }
  const byId = new Map(calmRows.map((row) => [row.measurement_id, row]))
  let slower = 0
  for (const row of rows) {
    const without = byId.get(row.measurement_id)
    // A run of a pair whose first half took longer begins later, and has another id.
    if (without === undefined) continue
    if (slow(row) && row.rtt_ms !== null && without.rtt_ms !== null) {
      assert.ok(row.rtt_ms - without.rtt_ms > 49, `${row.rtt_ms} ${without.rtt_ms}`)
      slower++
    }
    if (!slow(row) && !down(row) && !thin(row)) assert.deepEqual(row, without)
  }
  assert.ok(slower > 20, `${slower}`)
  const failed = rows.filter((row) => down(row) && row.failure_code !== null).length
  const asked = rows.filter(down).length
  assert.ok(failed / asked > 0.35 && failed / asked < 0.65, `${failed} of ${asked}`)
})

test('some networks let no QUIC through, and say so', () => {
  const blocked = calmRows.filter((row) => row.failure_code === 'UDP_BLOCKED')
  assert.ok(blocked.length > 50)
  assert.ok(blocked.every((row) => row.transport === 'quic' && row.handshake_ms === null))
  const codes = new Set(calmRows.map((row) => row.failure_code))
  for (const code of ['CONNECT_TIMEOUT', 'UDP_BLOCKED', 'HTTP_STATUS'] as const)
    assert.ok(codes.has(code), code)
})

test('times and ids are written as the platform writes them', () => {
  for (const ms of [0, 1, 951_782_399_999, 951_782_400_000, 1_795_400_000_123, 1_795_391_999_999]) {
    assert.equal(timestampOf(ms), new Date(ms).toISOString())
    const hex = uuidOf(ms, 0xffff_ffff, 0, 0).replaceAll('-', '')
    assert.equal(Number.parseInt(hex.slice(0, 12), 16), ms)
  }
  assert.equal(uuidOf(0x0123_4567_89ab, 0, 0, 0), '01234567-89ab-7000-8000-000000000000')
  assert.equal(
    uuidOf(0x0123_4567_89ab, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff),
    '01234567-89ab-7fff-bfff-ffffffffffff',
  )
})

function transportPairs(rows: readonly StoredMeasurement[]) {
  const pairs = Map.groupBy(
    rows.filter((row) => row.pair_id !== null),
    (row) => row.pair_id,
  )
  return [...pairs.values()].flatMap((halves) => {
    const tcp = halves.find((row) => row.transport === 'tcp')
    const quic = halves.find((row) => row.transport === 'quic')
    return tcp !== undefined && quic !== undefined ? [{ tcp, quic }] : []
  })
}
