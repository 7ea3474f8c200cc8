import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepDecisions, keepIncidents } from '@streamgauge/collector/store/steering.ts'
import type { Decision, Incident } from '@streamgauge/contract'
import { DecisionList, IncidentList } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { v7 as uuidV7 } from 'uuid'
import { as, build, tokens } from '../../support/collector.ts'

const at = (hour: number) => `2026-11-22T${String(hour).padStart(2, '0')}:00:00.000Z`

function anIncident(overrides: Partial<Incident> = {}): Incident {
  return {
    incident_id: uuidV7(),
    scope: { kind: 'cell', key: 'TH/AIS', where: { country: 'TH', isp: 'AIS' } },
    severity: 'warning',
    state: 'open',
    started_at: at(10),
    detected_at: at(10),
    ended_at: null,
    summary: 'first frames take twice as long',
    objective: null,
    agents_count: 3,
    evidence: [{ signal: 'slow', runs_count: 40, bad_count: 31, expected_count: 1.5 }],
    score: 40.5,
    opening_excess_ratio: 0.7,
    excess_ratio: 0.75,
    measurement_ids: [uuidV7()],
    ...overrides,
  }
}

function aDecision(overrides: Partial<Decision> = {}): Decision {
  return {
    decision_id: uuidV7(),
    decided_at: at(10),
    country: 'TH',
    isp: 'AIS',
    from_node_id: null,
    to_node_id: 'sg-1',
    motive: 'ill',
    reason: 'incident',
    from: null,
    to: { cost: 0.1, expected: null },
    dry_run: false,
    effect: null,
    incident_id: null,
    verdict: null,
    ...overrides,
  }
}

async function getter(t: Parameters<typeof build>[0]) {
  const { app, store } = await build(t)
  const get = async (url: string) => (await app.inject({ url, headers: as(tokens.admin) })).json()
  return { store, get }
}

test('of an incident the latest version counts, and it is listed where it lasted into the window', async (t) => {
  const { store, get } = await getter(t)
  assert.deepEqual(await get('/v1/incidents'), { incidents: [] })
  const first = anIncident()
  const second = anIncident({ started_at: at(12), severity: 'critical' })
  const closed = { ...first, state: 'closed' as const, ended_at: at(11) }
  await keepIncidents(store, [first, second], 2_000)
  // What is written later but says less of now than what is there already does not count.
  await keepIncidents(store, [closed], 3_000)
  await keepIncidents(store, [first], 1_000)
  const all = await get('/v1/incidents')
  assert.ok(Value.Check(IncidentList, all))
  assert.deepEqual(all, { incidents: [second, closed] })
  assert.deepEqual(await get('/v1/incidents?state=closed'), { incidents: [closed] })
  assert.deepEqual(await get('/v1/incidents?limit=1'), { incidents: [second] })
  assert.deepEqual(await get(`/v1/incidents?from=${at(11)}&to=${at(12)}`), { incidents: [closed] })
  assert.deepEqual(await get('/v1/incidents?from=2026-11-22T11:00:00.001Z'), { incidents: [second] })
  assert.equal((await get('/v1/incidents?state=ended')).code, 'INVALID_PARAMETER')
  assert.deepEqual(await get(`/v1/incidents/${first.incident_id}`), closed)
  assert.equal((await get(`/v1/incidents/${uuidV7()}`)).code, 'NOT_FOUND')
  assert.equal((await get('/v1/incidents/first')).code, 'INVALID_PARAMETER')
})

test('of a decision the latest version counts, with its verdict', async (t) => {
  const { store, get } = await getter(t)
  const first = aDecision()
  const other = aDecision({ decided_at: at(11), isp: 'True', from_node_id: 'hk-1', incident_id: uuidV7() })
  await keepDecisions(store, [first, other], 1_000)
  const judged = { ...first, verdict: 'helped' as const }
  await keepDecisions(store, [judged], 2_000)
  const all = await get('/v1/decisions')
  assert.ok(Value.Check(DecisionList, all))
  assert.deepEqual(all, { decisions: [other, judged] })
  assert.deepEqual(await get('/v1/decisions?isp=AIS'), { decisions: [judged] })
  assert.deepEqual(await get(`/v1/decisions?verdict=${judged.verdict}`), { decisions: [judged] })
  assert.deepEqual(await get('/v1/decisions?node_id=hk-1'), { decisions: [other] })
  assert.deepEqual(await get(`/v1/decisions?node_id=${judged.to_node_id}`), all)
  assert.deepEqual(await get('/v1/decisions?verdict=none'), { decisions: [other] })
  assert.deepEqual(await get(`/v1/decisions/${judged.decision_id}`), judged)
  assert.equal((await get(`/v1/decisions/${uuidV7()}`)).code, 'NOT_FOUND')
  assert.deepEqual(await get(`/v1/decisions?from=${at(10)}&to=${at(11)}`), { decisions: [judged] })
})
