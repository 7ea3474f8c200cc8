import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Circumstances, Groups } from '@streamgauge/collector/alert/groups.ts'
import { type Fleet, makeFactsOf, matches } from '@streamgauge/collector/alert/match.ts'
import type { Receiver } from '@streamgauge/collector/alert/receiver.ts'
import type { AlertRules, Route } from '@streamgauge/collector/alert/rules.ts'
import type { Incident } from '@streamgauge/contract'
import { aRoute } from '../../support/alert_receiver.ts'
import { anIncident } from '../../support/incident.ts'

const FLEET: Fleet = {
  nodes: [{ node_id: 'sin-1', provider: 'tencent' }],
  agents: [{ agent_id: 'vps-1', country: 'TH', isp: 'AIS' }],
}

function groupsOf(routes: readonly Route[], type: Receiver['type'] = 'webhook') {
  const names = [...new Set(routes.flatMap(({ receivers }) => receivers))]
  const receivers = names.map((name) => ({
    ...{ name, type, url: 'https://a.example/', secret: null, mail: null },
  }))
  const rules: AlertRules = { receivers, routes, dashboard_url: null }
  const groups = new Groups(rules, makeFactsOf(FLEET))
  const now = { silenced: new Set<string>(), acknowledged: new Set<string>(), waiting: new Set<string>() }
  const circumstances: Circumstances = {
    isSilenced: ({ incident_id }) => now.silenced.has(incident_id),
    isAcknowledged: (id) => now.acknowledged.has(id),
    isFull: () => false,
    isWaiting: (_, id) => now.waiting.has(id),
  }
  const dueAt = (s: number) =>
    groups.due(s * 1_000, circumstances).map(({ receiver, repeat, incidents }) => ({
      receiver,
      repeat,
      states: incidents.map(({ state }) => state).join(' '),
    }))
  return { groups, now, dueAt, due: (s: number) => groups.due(s * 1_000, circumstances) }
}

const inCountry = (country: string, overrides: Partial<Incident> = {}) =>
  anIncident({ scope: { kind: 'region', key: country, where: { country } }, ...overrides })

test('what begins within group_wait is one message, and what follows waits for group_interval', () => {
  const { groups, dueAt } = groupsOf([aRoute(['a'], { group_wait_s: 30, group_interval_s: 300 })])
  const [first, second, third] = [inCountry('TH'), inCountry('TH'), inCountry('TH')]
  groups.changed([first])
  assert.deepEqual(dueAt(0), [])
  groups.changed([second])
  assert.deepEqual(dueAt(29.9), [])
  assert.deepEqual(dueAt(30), [{ receiver: 'a', repeat: false, states: 'open open' }])
  groups.changed([third])
  assert.deepEqual(dueAt(329.9), [])
  assert.deepEqual(dueAt(330), [{ receiver: 'a', repeat: false, states: 'open' }])
})

test('another group is another message, and two routes to one receiver say a thing once', () => {
  const { groups, dueAt } = groupsOf([aRoute(['a']), aRoute(['a', 'b'], { group_by: [] })])
  groups.changed([inCountry('TH'), inCountry('VN')])
  assert.deepEqual(dueAt(0), [
    { receiver: 'a', repeat: false, states: 'open' },
    { receiver: 'a', repeat: false, states: 'open' },
    { receiver: 'b', repeat: false, states: 'open open' },
  ])
  assert.deepEqual(dueAt(1), [])
})

test('each state, severity and scope is told once; getting better and the end only to who heard the beginning', () => {
  const { groups, dueAt } = groupsOf([aRoute(['a'], { match: { country: ['TH'] } })])
  const one = inCountry('TH')
  const other = inCountry('VN')
  const steps: readonly (readonly [Partial<Incident>, number])[] = [
    [{}, 1],
    [{ summary: 'said otherwise' }, 0],
    [{ state: 'worsening' }, 1],
    [{ state: 'recovering' }, 0],
    [{ state: 'worsening' }, 0],
    [{ severity: 'warning' }, 1],
    [{ scope: { kind: 'cell', key: 'TH/AIS', where: { country: 'TH', isp: 'AIS' } } }, 1],
    [{}, 0],
  ]
  for (const [index, [change, count]] of steps.entries()) {
    groups.changed([{ ...one, ...change }, other])
    assert.equal(dueAt(index).length, count, JSON.stringify(change))
  }
  // The scope it ends with is none of the route's, nor is its severity.
  const end = { state: 'closed', severity: 'info', ended_at: one.started_at } as const
  groups.changed([
    { ...one, ...end, scope: { kind: 'agent', key: 'x', where: { agent_id: 'x' } } },
    { ...other, ...end },
  ])
  assert.deepEqual(dueAt(10), [{ receiver: 'a', repeat: false, states: 'closed' }])
  assert.deepEqual(dueAt(11), [])
  assert.equal(groups.incidents.length, 0)
})

test('what goes on is repeated when its time has come, unless somebody looks after it or the last is on its way', () => {
  const { groups, now, dueAt } = groupsOf([aRoute(['a'], { repeat_interval_s: 60 })])
  const one = inCountry('TH')
  groups.changed([one])
  assert.equal(dueAt(0).length, 1)
  assert.deepEqual(dueAt(59.9), [])
  now.waiting.add(one.incident_id)
  assert.deepEqual(dueAt(60), [])
  now.waiting.clear()
  assert.deepEqual(dueAt(61), [{ receiver: 'a', repeat: true, states: 'open' }])
  now.acknowledged.add(one.incident_id)
  assert.deepEqual(dueAt(1_000), [])
  groups.changed([{ ...one, state: 'worsening' }])
  assert.deepEqual(dueAt(1_001), [{ receiver: 'a', repeat: false, states: 'worsening' }])
})

test('an Alertmanager is told again every two minutes, also of what is acknowledged: silence is the end there', () => {
  const { groups, now, due } = groupsOf([aRoute(['a'])], 'alertmanager')
  const one = inCountry('TH', { severity: 'warning' })
  groups.changed([one])
  now.acknowledged.add(one.incident_id)
  assert.equal(due(0).length, 1)
  assert.equal(due(119).length, 0)
  assert.equal(due(120).length, 1)
  const worse = { ...one, severity: 'critical' as const }
  groups.changed([worse])
  const [message] = due(121)
  assert.deepEqual([message?.incidents, message?.former], [[worse], [one]])
})

test('what is silenced is told when the silence ends, if it is going on, and a message that was held back counts as unsaid', () => {
  const { groups, now, dueAt, due } = groupsOf([aRoute(['a'])])
  const [stays, ends] = [inCountry('TH'), inCountry('VN')]
  for (const one of [stays, ends]) now.silenced.add(one.incident_id)
  groups.changed([stays, ends])
  assert.deepEqual(dueAt(0), [])
  groups.changed([{ ...ends, state: 'closed', ended_at: ends.started_at }])
  assert.deepEqual(dueAt(1), [])
  now.silenced.clear()
  const [message] = due(2)
  assert.deepEqual(message?.incidents, [stays])
  assert.ok(message)
  groups.untell(message)
  assert.deepEqual(dueAt(3), [{ receiver: 'a', repeat: false, states: 'open' }])
})

test('an end that was held back by a silence is told after it, though it was decided on before', () => {
  const { groups, now, due, dueAt } = groupsOf([aRoute(['a'])])
  const one = inCountry('TH')
  groups.changed([one])
  due(0)
  groups.changed([{ ...one, state: 'closed', ended_at: one.started_at }])
  const [message] = due(1)
  assert.ok(message)
  now.waiting.add(one.incident_id)
  assert.deepEqual(dueAt(2), [])
  groups.untell(message)
  now.waiting.clear()
  assert.deepEqual(dueAt(3), [{ receiver: 'a', repeat: false, states: 'closed' }])
  due(4)
  assert.equal(groups.incidents.length, 0)
})

test('a message has fifty incidents at most, and the others come with the next', () => {
  const { groups, due } = groupsOf([aRoute(['a'])])
  groups.changed(Array.from({ length: 120 }, () => inCountry('TH')))
  const told = [0, 1, 2, 3].flatMap((s) => due(s).map(({ incidents }) => incidents.length))
  assert.deepEqual(told, [50, 50, 20])
})

test('rules choose by what a scope names, and by what is known of an agent and a node in it', () => {
  const factsOf = makeFactsOf(FLEET)
  const facts = (where: Incident['scope']['where']) =>
    factsOf(anIncident({ scope: { kind: 'agent', key: 'x', where } }))
  const agent = facts({ agent_id: 'vps-1', node_id: 'sin-1', route: 'dedicated', transport: 'quic' })
  assert.ok(
    matches({ country: ['SG', 'TH'], isp: ['AIS'], provider: ['tencent'], transport: ['quic'] }, agent),
  )
  assert.ok(!matches({ country: ['TH'], route: ['public'] }, agent))
  assert.ok(!matches({ country: ['TH'] }, facts({ node_id: 'sin-1' })))
  assert.ok(matches({}, facts({})))
})
