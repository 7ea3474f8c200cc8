import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Book } from '@streamgauge/collector/backtest/book.ts'
import { Hindsight } from '@streamgauge/collector/backtest/hindsight.ts'
import { Moves } from '@streamgauge/collector/backtest/moves.ts'
import { Recent } from '@streamgauge/collector/backtest/recent.ts'
import { Replay } from '@streamgauge/collector/backtest/replay.ts'
import { gainIn } from '@streamgauge/collector/backtest/result.ts'
import { Rounds } from '@streamgauge/collector/backtest/rounds.ts'
import { addSuffered, ByPlace, noSuffering } from '@streamgauge/collector/backtest/suffered.ts'
import { Tenure } from '@streamgauge/collector/backtest/tenure.ts'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { USUAL_WEIGHTS } from '@streamgauge/collector/steer/cost.ts'
import { World } from '@streamgauge/collector/steer/world.ts'
import { aRun } from '../../support/backtest.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const CONFIG = parseConfig(
  `nodes:
  - {node_id: near, name: Bangkok, kind: center, country: TH, latitude: 13.75, longitude: 100.5}
  - {node_id: far, name: Singapore, kind: center, country: SG, latitude: 1.35, longitude: 103.8}
agents:
  - {agent_id: th-1, country: TH, isp: AIS, latitude: 13.7, longitude: 100.5}
`,
  'test.yaml',
)

test('a run is of the round it began in, and known in the round in which it came in', () => {
  const rounds = new Rounds(0, MINUTE_MS)
  const early = aRun({ started_ms: 10_000 })
  const across = aRun({ started_ms: 55_000, heard_ms: 66_000 })
  const late = aRun({ started_ms: 59_000, heard_ms: 59_000 + 600_001 })
  const next = aRun({ started_ms: 60_000, heard_ms: 119_000 })
  assert.deepEqual(
    [...rounds.until(MINUTE_MS, [early, across, late]), ...rounds.until(2 * MINUTE_MS, [next])],
    [
      { at_ms: 60_000, began: [early, across, late], heard: [early] },
      { at_ms: 120_000, began: [next], heard: [across, next] },
    ],
  )
  assert.equal(rounds.lateCount, 1)
})

test('a run weighs a third five minutes later, and nothing after twenty', () => {
  const recent = new Recent()
  recent.add([aRun({ started_ms: 0, stall_ms: 2_000 }), aRun({ tainted: true })], MINUTE_MS)
  for (let minute = 2; minute <= 5; minute += 1) recent.add([], minute * MINUTE_MS)
  const [row] = recent.rows
  assert.ok(row !== undefined)
  assert.ok(Math.abs(row.runs - Math.exp(-1)) < 1e-12, `${row.runs}`)
  assert.ok(Math.abs(row.stall_ms - 2_000 * Math.exp(-1)) < 1e-9)
  assert.ok(Math.abs(row.startup_log / row.started - Math.log(100)) < 1e-12)
  for (let minute = 6; minute <= 20; minute += 1) recent.add([], minute * MINUTE_MS)
  assert.equal(recent.rows.length, 1)
  recent.add([], 21 * MINUTE_MS)
  assert.deepEqual(recent.rows, [])
})

test('of a run with stolen processor time the outcome counts and the times do not; nobody is judged by it', () => {
  const recent = new Recent()
  const run = aRun({ stolen: true, stall_ms: 1_000 })
  recent.add([run], MINUTE_MS)
  assert.equal(recent.rows[0]?.connected, 0)
  assert.ok((recent.rows[0]?.stall_ms ?? 0) > 0)
  assert.equal(run.judges, false)
  assert.equal(aRun({ kind: 'connect' }).judges, false)
  assert.equal(aRun({ failure_code: 'DNS_TIMEOUT', failure_source: 'resolver' }).counts, false)
  assert.equal(aRun({ failure_code: 'RESET', failure_source: 'path' }).judges, true)
})

test('a stay is judged by the cell’s own runs, else by its country’s, else not at all, and that is told', () => {
  const runs = new ByPlace()
  runs.add(aRun({ node_id: 'near', stall_ms: 1_000 }), USUAL_WEIGHTS)
  runs.add(aRun({ node_id: 'far', isp: 'True', stall_ms: 3_000 }), USUAL_WEIGHTS)
  const tenure = new Tenure()
  tenure.add('TH/AIS', 'TH', 'near', 30, { ill: false, runs })
  tenure.add('TH/AIS', 'TH', 'far', 10, { ill: true, runs })
  tenure.add('TH/AIS', 'TH', 'dark', 60, { ill: false, runs })
  tenure.add('TH/AIS', 'TH', undefined, 100, { ill: false, runs })
  const { suffered, ...rest } = tenure.account
  assert.deepEqual(rest, { total_ms: 200, own_ms: 30, country_ms: 10, ill_ms: 10, runs: 2 })
  // Three quarters of the time a tenth, one quarter three tenths.
  assert.ok(Math.abs((suffered?.stall_ms ?? 0) - 1_500) < 1e-9)
  assert.equal(suffered?.runs, 1)
})

test('hindsight chooses by one half and is judged by the other: luck is not skill', () => {
  const hindsight = new Hindsight(USUAL_WEIGHTS)
  const lucky = (node_id: string, half: 0 | 1, stall_ms: number) =>
    Array.from({ length: 20 }, () => aRun({ node_id, half, stall_ms }))
  // Each node is well in one half of the runs, and stalls half of the time in the other.
  hindsight.add([...lucky('near', 0, 0), ...lucky('near', 1, 5_000)])
  hindsight.add([...lucky('far', 0, 5_000), ...lucky('far', 1, 0)])
  const world = new World(CONFIG, CONFIG.steering)
  const { suffered } = hindsight.settle(world, HOUR_MS, HOUR_MS).get('TH/AIS')?.account ?? {}
  assert.equal((suffered?.stall_ms ?? 0) / (suffered?.watched_ms ?? 1), 0.5)
})

test('moves are counted for every cell on every day, also where there were none; the first sending is none', () => {
  const moves = new Moves()
  moves.add('0', [
    { cell: 'TH/AIS', from: null, to: 'a', motive: 'first' },
    { cell: 'TH/True', from: 'a', to: 'b', motive: 'ill' },
    { cell: 'TH/*', from: 'a', to: 'b', motive: 'ill' },
  ])
  moves.add('0', [{ cell: 'TH/True', from: 'b', to: 'a', motive: 'better' }])
  moves.add('1', [{ cell: 'TH/True', from: 'a', to: 'b', motive: 'ill' }])
  // 0, 0, 1, 2
  assert.deepEqual(moves.figures(4), {
    count: 3,
    by_motive: { better: 1, ill: 2 },
    per_cell_and_day: { median: 0, p95: 2, max: 2 },
  })
  assert.equal(moves.figures(2).per_cell_and_day.median, 1)
})

test('a gain is the difference of ratios over what both were measured in, with an interval over clusters', () => {
  const book = new Book()
  const account = (stall_ms: number | null) => ({
    suffered: stall_ms === null ? null : { ...noSuffering(), runs: 1, stall_ms, watched_ms: 10_000 },
    ...{ total_ms: 1, own_ms: 1, country_ms: 0, ill_ms: 0, runs: 1 },
  })
  const add = (day: string, none: number | null, policy: number) =>
    book.add(
      { day, cell: 'TH/AIS', share: 1 },
      new Map(Object.entries({ none: account(none), policy: account(policy) })),
      ['none'],
    )
  add('0', 2_000, 1_000)
  add('1', 4_000, 1_000)
  add('1', null, 9_000)
  const gain = gainIn(book.byDay.get('policy\nnone') ?? new Map(), (sums) => [sums.stall_ms, sums.watched_ms])
  // A tenth and three tenths: two tenths, give or take 12.7062 (Student, one degree) times a tenth.
  assert.ok(Math.abs(gain.value - 0.2) < 1e-12)
  assert.ok(Math.abs((gain.low ?? 0) - (0.2 - 1.27062)) < 1e-5)
  assert.ok(Math.abs((gain.high ?? 0) - (0.2 + 1.27062)) < 1e-5)
})

test('nobody is judged by a run that the decision was made from', () => {
  const policyNow = { ...CONFIG.steering.policy, patience_s: 0 }
  const config = { ...CONFIG, steering: { ...CONFIG.steering, policy: policyNow } }
  const replay = new Replay({
    ...{ config, inForce: null, roundMs: MINUTE_MS, from_ms: 10 * MINUTE_MS, sentTo: new Map() },
  })
  // In the eleventh minute the far node stalls; else both are alike, and the first by name is taken.
  for (let minute = 0; minute < 12; minute += 1) {
    const at = minute * MINUTE_MS
    const stall_ms = minute === 10 ? 10_000 : 0
    const runs = [aRun({ started_ms: at }), aRun({ node_id: 'far', started_ms: at, stall_ms })]
    replay.round({ at_ms: at + MINUTE_MS, began: runs, heard: runs })
  }
  replay.end()
  const policy = replay.book.totals.get('policy')
  // It was at the far node in that minute, and left at its end: one minute of two.
  assert.equal((policy?.suffered.stall_ms ?? 0) / (policy?.suffered.watched_ms ?? 1), 0.5)
  assert.equal(
    replay.contestants.find(({ name }) => name === 'policy')?.positions.get('TH/AIS')?.node_id,
    'near',
  )
  const none = replay.book.totals.get('none')
  assert.equal((none?.suffered.stall_ms ?? 0) / (none?.suffered.watched_ms ?? 1), 0.5)
})

test('a failed run costs what a failure does', () => {
  const sums = noSuffering()
  addSuffered(sums, aRun({ failure_code: 'RESET', failure_source: 'path' }), USUAL_WEIGHTS)
  assert.equal(sums.cost, 1)
  assert.equal(sums.failed, 1)
})
