import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Baseline } from '@streamgauge/collector/detect/baseline.ts'
import { Detector } from '@streamgauge/collector/detect/detector.ts'
import { COUNTS_LENGTH, PER_WINDOW, WINDOWS } from '@streamgauge/collector/detect/evidence.ts'
import { Levels } from '@streamgauge/collector/detect/levels.ts'
import { adopted, grow, type Known } from '@streamgauge/collector/detect/life.ts'
import type { Unit } from '@streamgauge/collector/detect/recent.ts'
import { keyOf } from '@streamgauge/collector/detect/scope.ts'
import { Threads } from '@streamgauge/collector/detect/thread.ts'
import { BEGIN_MS, ROUND_MS, runsOf, watch } from '../../support/watched.ts'

const DAY_MS = 86_400_000
const narrow = { country: 'DE', isp: 'DE two', node_id: 'fra' }

const known: Known = {
  ...{ where: { node_id: 'gone' }, state: 'open', opened_ms: BEGIN_MS, bad_ms: BEGIN_MS },
  ...{ evidence: [], score: 20, opening_ratio: 0.4, ratio: 0.4, agents_count: 3 },
}

test('what was ill for one ISP for long does not hide that the node has died for all', () => {
  const { history } = watch(80, [
    { where: narrow, rounds: [5, 80], failed: 1 },
    { where: { node_id: 'fra' }, rounds: [40, 80], failed: 1 },
  ])
  const node = history.find(({ key }) => key === 'node_id=fra')
  assert.ok(node !== undefined && node.round <= 42, `found in round ${node?.round}`)
  assert.equal(node.state, 'open')
})

test('a node that dies while everything is slow is named, and everything is told as well', () => {
  const { history } = watch(60, [
    { where: {}, rounds: [5, 60], slower: 1.6 },
    { where: { node_id: 'sin' }, rounds: [30, 60], failed: 1 },
  ])
  const openedIn = (key: string) => history.find((one) => one.key === key && one.state === 'open')?.round
  assert.ok((openedIn('') ?? 99) <= 7, `everything in round ${openedIn('')}`)
  assert.ok((openedIn('node_id=sin') ?? 99) <= 32, `the node in round ${openedIn('node_id=sin')}`)
})

test('everything getting slow does not take the name of a node that has just died', () => {
  const { history } = watch(40, [
    { where: { node_id: 'sin' }, rounds: [10, 40], failed: 1 },
    { where: {}, rounds: [14, 40], slower: 1.6 },
  ])
  const node = history.filter(({ anomaly }) => keyOf(anomaly.where) === 'node_id=sin')
  assert.deepEqual(
    node.map(({ state }) => state),
    ['open'],
  )
})

test('a node that dies, and is heard of first from one country, is the node in the end and nothing besides', () => {
  for (const [first, failed] of [
    ['BR', 1],
    ['DE', 0.5],
  ] as const) {
    const { history } = watch(60, [
      { where: { country: first, node_id: 'sin' }, rounds: [10, 40], failed },
      { where: { node_id: 'sin' }, rounds: [12, 40], failed: 0.6 },
      { where: { node_id: 'sin' }, rounds: [13, 40], failed: 1 },
    ])
    assert.equal(
      new Set(history.map(({ anomaly }) => anomaly)).size,
      1,
      JSON.stringify(history.map(({ key }) => key)),
    )
    const named = history.find(({ key }) => key === 'node_id=sin')
    assert.ok(named !== undefined && named.round <= 15, `the node in round ${named?.round}`)
  }
})

test('what was bad before it was found, or beside what was found, is not usual afterwards', () => {
  const again = [0, 1, 2, 3, 4, 5, 6, 7].map((time) => 5 + 25 * time)
  const faults = again.flatMap((round) => [
    // Three rounds of which too little is known, then plainly, over one transport; over the other never enough to be named.
    { where: narrow, rounds: [round, round + 3] as const, failed: 0.12 },
    { where: { ...narrow, transport: 'tcp' as const }, rounds: [round + 3, round + 8] as const, failed: 0.9 },
    {
      where: { ...narrow, transport: 'quic' as const },
      rounds: [round + 3, round + 8] as const,
      failed: 0.2,
    },
  ])
  const last = { where: narrow, rounds: [215, 219] as const, failed: 1 }
  const { opened } = watch(219, [...faults, last])
  const { round, anomaly } = opened.at(-1) ?? assert.fail()
  assert.ok(round >= 215, `found in round ${round}`)
  const [said = assert.fail()] = anomaly.evidence
  assert.ok(said.expected_count < 0.03 * said.runs_count, JSON.stringify(said))
})

test('an anomaly that nobody measures any more is over after a day', () => {
  const detector = new Detector()
  detector.adopt(known)
  for (let round = 0; round < 20; round += 1) {
    for (const run of runsOf(round, [])) detector.observe(run)
    detector.endRound(BEGIN_MS + (round + 1) * ROUND_MS)
  }
  assert.equal(detector.open.length, 1, 'no runs, no news')
  const { changed } = detector.endRound(BEGIN_MS + DAY_MS)
  assert.deepEqual(
    changed.map(({ state }) => state),
    ['closed'],
  )
  assert.deepEqual(detector.open, [])
})

test('a ratio that wavers about what is worse does not change the state each round', () => {
  const anomaly = adopted(0, { ...known, where: { node_id: 'fra' }, opening_ratio: 0.2 })
  // Of 20 runs: 7 are more than one and a half times the fifth it began with, 6 are not, 4 are as many as there were.
  const states = [4, 7, 6, 7, 6, 4].map((bad) => {
    grow(anomaly, [unitOf(bad)], BEGIN_MS)
    return anomaly.state
  })
  assert.deepEqual(states, ['open', 'worsening', 'worsening', 'worsening', 'worsening', 'open'])
})

/** Of one thread to the node, in every window: twenty runs, so many that failed, and next to none expected to. */
function unitOf(bad: number): Unit {
  const counts = new Float64Array(COUNTS_LENGTH)
  for (let window = 0; window < WINDOWS.length; window += 1) counts.set([20, bad, 0.2], window * PER_WINDOW)
  const [run = assert.fail()] = runsOf(0, [])
  const thread = new Threads(new Baseline(), new Levels()).of(run) ?? assert.fail()
  return { thread, scopes: thread.scopes, slots: thread.slots, counts }
}
