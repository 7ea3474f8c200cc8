import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunStarted, StoredMeasurement } from '@streamgauge/contract'
import { withAgents } from '../../../dashboard/app.ts'
import { createRefresh } from '../../../dashboard/live/refresh.ts'
import { createRing } from '../../../dashboard/live/ring.ts'
import {
  emptyLiveState,
  expireRuns,
  foldMeasurements,
  foldRunStarted,
  GRACE_MS,
  LIMITS,
  LINGER_MS,
} from '../../../dashboard/live/state.ts'
import { sentMeasurement } from '../../support/measurement.ts'

const AT = '2026-11-22T20:00:00.000Z'

function stored(overrides: Partial<StoredMeasurement> = {}): StoredMeasurement {
  const where = { country: 'TH', isp: 'AIS', asn: null, node_country: 'SG', received_at: AT }
  return { ...sentMeasurement({ started_at: AT }), ...where, ...overrides }
}

function started(overrides: Partial<RunStarted> = {}) {
  const { target_id, node_id, stream_id, transport } = sentMeasurement()
  const run = { target_id, node_id, stream_id, transport, started_at: AT, duration_ms: 20_000 }
  return { ...run, agent_id: 'agent-1', ...overrides }
}

test('a ring gives the newest first and forgets the oldest', () => {
  const ring = createRing<number>(3)
  for (const value of [1, 2, 3, 4, 5]) ring.push(value)
  assert.deepEqual(ring.newest(), [5, 4, 3])
  assert.deepEqual(ring.newest(2), [5, 4])
})

test('a ring that is not full gives what there is', () => {
  const ring = createRing<number>(3)
  ring.push(1)
  ring.push(2)
  assert.deepEqual(ring.newest(), [2, 1])
})

test('a run stays on the map until its measurement arrives, then lingers with its result', () => {
  const state = emptyLiveState()
  foldRunStarted(state, started(), 0)
  assert.equal([...state.runs.values()][0]?.result, null)
  foldMeasurements(state, [stored()], 8_000)
  assert.equal([...state.runs.values()][0]?.result?.handshake_ms, 40)
  assert.equal(expireRuns(state, 8_000 + LINGER_MS - 1), false)
  assert.equal(expireRuns(state, 8_000 + LINGER_MS), true)
  assert.equal(state.runs.size, 0)
})

test('a run whose measurement never comes leaves when its time and some grace have passed', () => {
  const state = emptyLiveState()
  foldRunStarted(state, started(), 1_000)
  assert.equal(expireRuns(state, 1_000 + 20_000 + GRACE_MS - 1), false)
  assert.equal(expireRuns(state, 1_000 + 20_000 + GRACE_MS), true)
})

test('an older measurement out of an outbox does not end the run that is going on', () => {
  const state = emptyLiveState()
  foldRunStarted(state, started(), 0)
  foldMeasurements(state, [stored({ started_at: '2026-11-22T19:59:00.000Z' })], 1_000)
  assert.equal([...state.runs.values()][0]?.result, null)
})

test('the last result of a target is the one whose run began last, not the one that came last', () => {
  const state = emptyLiveState()
  foldMeasurements(state, [stored({ handshake_ms: 41 })], 0)
  foldMeasurements(state, [stored({ started_at: '2026-11-22T19:00:00.000Z', handshake_ms: 99 })], 0)
  assert.equal(state.last.get('target-tcp')?.handshake_ms, 41)
})

test('a measurement heard of twice is in the list once', () => {
  const state = emptyLiveState()
  const one = stored()
  foldMeasurements(state, [one], 0)
  assert.equal(foldMeasurements(state, [one], 0).length, 0)
  assert.equal(state.recent.newest().length, 1)
})

test('results and runs are bounded however many come', () => {
  const state = emptyLiveState()
  const count = LIMITS.runs + 10
  for (let index = 0; index < count; index += 1) {
    foldRunStarted(state, started({ target_id: `t-${index}` }), 0)
  }
  foldMeasurements(
    state,
    Array.from({ length: LIMITS.recent + 10 }, () => stored()),
    0,
  )
  assert.equal(state.runs.size, LIMITS.runs)
  assert.equal(state.recent.newest().length, LIMITS.recent)
})

test('a changed agent takes the place of what was known of it', () => {
  const agent = {
    agent_id: 'a',
    country: 'TH',
    isp: 'AIS',
    asn: null,
    latitude: null,
    longitude: null,
    online: false,
    last_seen_at: null,
    agent_version: null,
    outbox_count: null,
    running_count: null,
  }
  const fleet = { nodes: [], targets: [], agents: [agent] }
  const changed = withAgents(fleet, [
    { ...agent, online: true },
    { ...agent, agent_id: 'b' },
  ])
  assert.deepEqual(
    changed.agents.map(({ agent_id, online }) => [agent_id, online]),
    [
      ['a', true],
      ['b', false],
    ],
  )
})

test('a refresh asked for many times loads at once, then once more after the gap', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let loads = 0
  const shown: number[] = []
  const refresh = createRefresh({
    load: () => Promise.resolve(++loads),
    show: (value) => shown.push(value),
    fail: (error) => assert.fail(String(error)),
    gapMs: 3_000,
  })
  for (let index = 0; index < 5; index += 1) refresh.request()
  await settled()
  t.mock.timers.tick(2_999)
  await settled()
  assert.deepEqual(shown, [1])
  t.mock.timers.tick(1)
  await settled()
  assert.deepEqual(shown, [1, 2])
  refresh.close()
})

test('what the server keeps is loaded again when it is made anew, asked or not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const keptMs = [12_000, 0]
  const shown: number[] = []
  const refresh = createRefresh({
    load: () => Promise.resolve(keptMs.shift() ?? assert.fail('a load too many')),
    show: (value) => shown.push(value),
    fail: (error) => assert.fail(String(error)),
    gapMs: 3_000,
    keptMs: (value) => value,
  })
  refresh.request()
  await settled()
  refresh.request()
  t.mock.timers.tick(11_999)
  await settled()
  assert.deepEqual(shown, [12_000])
  t.mock.timers.tick(1)
  await settled()
  assert.deepEqual(shown, [12_000, 0])
  t.mock.timers.tick(60_000)
  await settled()
  refresh.close()
})

test('a load that was overtaken or closed shows nothing', async () => {
  const shown: string[] = []
  const waiting: ((value: string) => void)[] = []
  const refresh = createRefresh({
    load: () => new Promise<string>((resolve) => waiting.push(resolve)),
    show: (value) => shown.push(value),
    fail: (error) => assert.fail(String(error)),
    gapMs: 0,
  })
  refresh.request()
  refresh.restart()
  waiting[0]?.('old')
  waiting[1]?.('new')
  await settled()
  assert.deepEqual(shown, ['new'])
  refresh.restart()
  refresh.close()
  waiting[2]?.('late')
  await settled()
  assert.deepEqual(shown, ['new'])
})

/** Lets every promise that can settle do so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
