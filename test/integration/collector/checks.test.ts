import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Checks } from '@streamgauge/collector/checks/checks.ts'
import { JOBS } from '@streamgauge/collector/checks/jobs.ts'
import { timestamp } from '@streamgauge/collector/clock.ts'
import { makeLogger } from '@streamgauge/collector/command/logger.ts'
import { CollectorError } from '@streamgauge/collector/error.ts'
import { makeMetrics } from '@streamgauge/collector/http/metrics.ts'
import type { Store } from '@streamgauge/collector/store/store.ts'
import { CheckList, type Measurement } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { aMeasurement, as, build, buildStore, tokens } from '../../support/collector.ts'

const NOON = Date.parse('2026-11-22T12:00:00.000Z')
const MINUTE = 60_000

/** A run of so many minutes before noon, taken `delayMs` after it had ended. */
function stored(minutesBefore: number, overrides: Partial<Measurement> = {}, delayMs = 1_000) {
  const run = aMeasurement({ started_at: timestamp(NOON - minutesBefore * MINUTE), ...overrides })
  const received_at = timestamp(Date.parse(run.started_at) + run.wall_ms + delayMs)
  return { ...run, country: 'SG', isp: 'Singtel', asn: null, node_country: 'SG', received_at }
}

function checksOn(store: Store) {
  const zero = () => 0
  const { registry } = makeMetrics({ pendingInserts: zero, openBatches: zero, liveClients: zero })
  const checks = new Checks({ store, now: () => NOON, log: makeLogger('silent'), registry })
  const run = async (name: string) => {
    const job = JOBS.find((candidate) => candidate.name === name)
    assert.ok(job)
    await checks.run(job)
    const { state, count, examples } = checks.list().find((check) => check.name === name) ?? {}
    return { state, count, examples }
  }
  return { checks, registry, run }
}

test('every check finds what it is for, and only that', async (t) => {
  const store = await buildStore(t)
  const { checks, registry, run } = checksOn(store)
  const nothing = { state: 'ok', count: 0, examples: [] }
  for (const { name } of JOBS) assert.deepEqual(await run(name), nothing, name)

  const twice = stored(30)
  const runs = [
    stored(31),
    twice,
    twice,
    // Within a second of the right time, and more; by the agent's own reckoning.
    stored(10, { agent_id: 'right', clock_offset_ms: -999 }),
    stored(10, { agent_id: 'behind', clock_offset_ms: -1_001 }),
    stored(10, { agent_id: 'ahead', clock_offset_ms: null }, -15_000),
    // Ten minutes after the end is not late yet; the hour before last is outside of clock_skew's window.
    stored(200, { agent_id: 'in time' }, 10 * MINUTE),
    stored(200, { agent_id: 'late' }, 10 * MINUTE + 500),
    stored(210, { agent_id: 'late' }, 60 * MINUTE),
    // Six runs of two targets, then of one only; and an agent that stopped altogether.
    ...[110, 105, 100, 95, 90, 85].flatMap((minutes) => [
      stored(minutes, { agent_id: 'a', target_id: 't1' }),
      stored(minutes, { agent_id: 'a', target_id: 't2' }),
      stored(minutes, { agent_id: 'gone', target_id: 't1' }),
    ]),
    stored(20, { agent_id: 'a', target_id: 't1' }),
  ]
  await store.insert('measurements', runs, 'runs')
  const seen = (agent_id: string, minutesBefore: number) => {
    const at = timestamp(NOON - minutesBefore * MINUTE)
    return {
      agent_id,
      version_at: at,
      last_seen_at: at,
      agent_version: null,
      outbox_count: 0,
      running_count: 0,
    }
  }
  await store.insert(
    'agents',
    [seen('up', 60), seen('up', 9), seen('down', 11), seen('long ago', 1_500)],
    'agents',
  )
  const refused = (agent_id: string, minutesBefore: number, lines: number) =>
    Array.from({ length: lines }, (_, line) => ({
      received_at: timestamp(NOON - minutesBefore * MINUTE),
      agent_id,
      batch_key: 'b',
      line: line + 1,
      code: 'SCHEMA_VIOLATION',
      message: 'm',
      body: '{}',
    }))
  // 96 in 24 hours are 4 an hour: 12 are three times as many, 13 are more.
  const rejections = [
    ...refused('usual', 30, 12),
    ...refused('usual', 300, 96),
    ...refused('rising', 30, 13),
    ...refused('rising', 300, 96),
    ...refused('few', 30, 10),
  ]
  await store.insert('rejections', rejections, 'rejections')

  assert.deepEqual(await run('duplicates'), { state: 'found', count: 1, examples: [twice.measurement_id] })
  assert.deepEqual(await run('silent_agents'), { state: 'found', count: 1, examples: ['down'] })
  assert.deepEqual(await run('clock_skew'), { state: 'found', count: 2, examples: ['ahead', 'behind'] })
  assert.deepEqual(await run('gaps'), { state: 'found', count: 1, examples: ['a t2'] })
  assert.deepEqual(await run('rejections'), {
    state: 'found',
    count: 1,
    examples: ['rising SCHEMA_VIOLATION 13'],
  })
  assert.deepEqual(await run('late'), { state: 'found', count: 1, examples: ['late 2 3600'] })
  assert.match(await registry.metrics(), /streamgauge_check_found\{check="clock_skew"\} 2/)
  await checks.close()
})

test('a check that fails says so with its code, and what was found before stays', async () => {
  let away = false
  let under = 0
  let most = 0
  const store = {
    read: async () => {
      under += 1
      most = Math.max(most, under)
      await new Promise(setImmediate)
      under -= 1
      if (away) throw new CollectorError('STORE_UNAVAILABLE', 'gone')
      return [{ count: 3, examples: ['a'] }]
    },
  } as unknown as Store
  const { checks, registry, run } = checksOn(store)
  assert.deepEqual(await run('late'), { state: 'found', count: 3, examples: ['a'] })
  away = true
  assert.deepEqual(await run('late'), { state: 'failed', count: 3, examples: ['a'] })
  assert.equal(checks.list().find(({ name }) => name === 'late')?.failure, 'STORE_UNAVAILABLE')
  assert.match(await registry.metrics(), /streamgauge_check_failed\{check="late"\} 1/)
  await Promise.all([...JOBS, ...JOBS].map((job) => checks.run(job)))
  assert.equal(most, 1)
  await checks.close()
})

test('GET /v1/checks lists every check, for viewers, before any has run', async (t) => {
  const { app } = await build(t)
  const answer = await app.inject({ url: '/v1/checks', headers: as(tokens.admin) })
  const body = answer.json()
  assert.ok(Value.Check(CheckList, body))
  assert.deepEqual(
    body.checks.map(({ name }) => name),
    JOBS.map(({ name }) => name),
  )
  for (const { state } of body.checks) assert.equal(state, 'not run')
  assert.equal((await app.inject({ url: '/v1/checks', headers: as(tokens.agent) })).statusCode, 403)
})
