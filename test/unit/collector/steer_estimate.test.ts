import assert from 'node:assert/strict'
import { test } from 'node:test'
import { costOf, USUAL_WEIGHTS } from '@streamgauge/collector/steer/cost.ts'
import { type CellSums, Estimates } from '@streamgauge/collector/steer/estimate.ts'

/** Runs of 10 s each from a cell to node `n`. */
function sums(country: string, isp: string, runs: number, more: Partial<CellSums> = {}): CellSums {
  return {
    ...{ country, isp, node_id: 'n', runs, failed: 0, watched_ms: runs * 10_000, stall_ms: 0 },
    ...{ connected: runs, handshake_log: runs * Math.log(100) },
    ...{ started: runs, startup_log: runs * Math.log(400) },
    ...more,
  }
}

const nowhere = { isWithin: () => false, troubleOf: () => null }

function near(actual: number | null | undefined, wanted: number) {
  assert.ok(actual != null && Math.abs(actual - wanted) < 1e-9, `${actual}, not ${wanted}`)
}

test('success and stalls of a cell are drawn towards its country’s, and those towards everybody’s', () => {
  const estimates = new Estimates(
    [
      sums('TH', 'AIS', 6, { failed: 3, stall_ms: 12_000 }),
      sums('TH', 'True', 18, { stall_ms: 0 }),
      sums('DE', 'DT', 24),
    ],
    nowhere,
  )
  // Everybody: 45 of 48 and the prior's 6 of 6: 51/54. The country: 21 of 24: (21 + 6·51/54) / 30. The cell: 3 of 6.
  const all = 51 / 54
  const country = (21 + 6 * all) / 30
  near(estimates.of('TH', 'AIS', 'n')?.success_ratio, (3 + 6 * country) / 12)
  // Stalls: 12 of 480 s with 60 s of none; 12 of 240 s; 12 of 60 s.
  const allStall = 12 / 540
  const countryStall = (12 + 60 * allStall) / 300
  near(estimates.of('TH', 'AIS', 'n')?.stall_ratio, (12 + 60 * countryStall) / 120)
})

test('a cell that never measured a node has its country’s figures; a country that never did has none', () => {
  const estimates = new Estimates([sums('TH', 'True', 10, { failed: 10 })], nowhere)
  const { success_ratio, runs } = estimates.of('TH', 'AIS', 'n') ?? {}
  // Everybody: 0 of 10 and 6 of 6: 6/16; the country: (0 + 6·6/16) / 16; the cell has nothing of its own.
  near(success_ratio, (6 * 6) / 16 / 16)
  assert.equal(runs, 0)
  assert.equal(estimates.of('DE', 'DT', 'n'), null)
  assert.equal(estimates.of('TH', 'AIS', 'other'), null)
})

test('times are geometric means of the cell, drawn towards its country’s', () => {
  const estimates = new Estimates(
    [
      sums('TH', 'AIS', 6, { handshake_log: 6 * Math.log(100) }),
      sums('TH', 'True', 6, { handshake_log: 6 * Math.log(400) }),
      sums('DE', 'DT', 60, { handshake_log: 60 * Math.log(9_000) }),
    ],
    nowhere,
  )
  // The country: √(100·400) = 200; six runs of the cell's own weigh as much as it: √(100·200).
  near(estimates.of('TH', 'AIS', 'n')?.handshake_ms, Math.sqrt(100 * 200))
  near(estimates.of('TH', 'dtac', 'n')?.handshake_ms, 200)
})

test('a node where nothing connects has no times', () => {
  const nothing = { failed: 4, connected: 0, handshake_log: 0, started: 0, startup_log: 0 }
  const estimate = new Estimates([sums('TH', 'AIS', 4, nothing)], nowhere).of('TH', 'AIS', 'n')
  assert.deepEqual([estimate?.handshake_ms, estimate?.startup_ms], [null, null])
})

test('a cost adds up what a viewer suffers', () => {
  const estimate = { success_ratio: 0.9, stall_ratio: 0.05, handshake_ms: 100, startup_ms: 500, runs: 9 }
  const facts = { same_isp: false, distance_km: null, extra: 0, hearsay: false }
  near(costOf(estimate, facts), 0.1 + 0.05 + 0.02 * 0.5 + 0.02 * 0.1)
  near(costOf(estimate, { ...facts, same_isp: true, extra: 0.3 }), 0.1 + 0.05 + 0.012 - 0.01 + 0.3)
  // Nobody measured it, 1,000 km away: a round trip of 25 ms, two of them to connect, four to the first picture.
  near(costOf(estimate, { ...facts, hearsay: true }), 0.1 + 0.05 + 0.012 + 0.02)
  near(costOf(null, { ...facts, distance_km: 1_000 }), 0.1 + (0.02 * 100 + 0.02 * 50) / 1_000)
  assert.ok(costOf(null, { ...facts, distance_km: 9_000 }) > costOf(null, { ...facts, distance_km: 1_000 }))
  assert.ok(costOf(null, facts) > costOf(null, { ...facts, distance_km: 9_000 }), 'nothing known is farthest')
  near(costOf(estimate, facts, { ...USUAL_WEIGHTS, stall: 3 }), 0.1 + 0.15 + 0.012)
})

test('what a node’s own ISP sees of it is hearsay for the others of the country', () => {
  const within = { ...nowhere, isWithin: (isp: string, node: string) => isp === 'True' && node === 'n' }
  const own = sums('TH', 'True', 60, { handshake_log: 60 * Math.log(10) })
  const alone = new Estimates([own], within)
  assert.deepEqual(
    ['AIS', '*', 'True'].map((isp) => alone.isHearsay('TH', isp, 'n')),
    [true, true, false],
  )
  near(alone.of('TH', 'AIS', 'n')?.handshake_ms, 10)
  const others = new Estimates([own, sums('TH', 'dtac', 60, { handshake_log: 60 * Math.log(90) })], within)
  assert.equal(others.isHearsay('TH', 'AIS', 'n'), false)
  near(others.of('TH', 'AIS', 'n')?.handshake_ms, 90)
  near(others.of('TH', '*', 'n')?.handshake_ms, 90)
  // The country's are √(10·90) = 30; sixty runs of its own and six of those.
  near(others.of('TH', 'True', 'n')?.handshake_ms, Math.exp((60 * Math.log(10) + 6 * Math.log(30)) / 66))
})

test('what is known to be the trouble of one cell, or of one country, is nobody else’s', () => {
  const rows = [sums('TH', 'AIS', 12, { failed: 12 }), sums('TH', 'True', 6), sums('DE', 'DT', 6)]
  const known = (trouble: 'cell' | 'country') =>
    new Estimates(rows, { ...nowhere, troubleOf: ({ isp }) => (isp === 'AIS' ? trouble : null) })
  const ofCell = known('cell')
  for (const [country, isp] of [
    ['TH', 'True'],
    ['TH', '*'],
    ['DE', 'DT'],
    ['ZZ', '*'],
  ] as const)
    near(ofCell.of(country, isp, 'n')?.success_ratio, 1)
  near(ofCell.of('TH', 'AIS', 'n')?.success_ratio, 6 / 18)
  const ofCountry = known('country')
  // The country: 6 of 18, and six of everybody's, who see nothing of it.
  near(ofCountry.of('TH', '*', 'n')?.success_ratio, 12 / 24)
  near(ofCountry.of('DE', 'DT', 'n')?.success_ratio, 1)
  // A cell that is alone in measuring a node knows it all the same.
  const alone = new Estimates(rows.slice(0, 1), { ...nowhere, troubleOf: () => 'cell' as const })
  assert.deepEqual([...alone.nodesOf('TH', 'AIS')], ['n'])
  near(alone.of('TH', 'AIS', 'n')?.success_ratio, 6 / 18)
  // The country's rest knows how far away it is.
  assert.deepEqual([...alone.nodesOf('TH', '*')], ['n'])
  const rest = alone.of('TH', '*', 'n')
  assert.deepEqual([rest?.success_ratio, rest?.stall_ratio], [1, 0])
  near(rest?.handshake_ms, alone.of('TH', 'AIS', 'n')?.handshake_ms ?? 0)
})
