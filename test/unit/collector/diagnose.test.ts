import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOf } from '@streamgauge/collector/diagnose/check.ts'
import { conclude } from '@streamgauge/collector/diagnose/conclude.ts'
import { planDiagnoses } from '@streamgauge/collector/diagnose/plan.ts'
import type { DiagnosisCheck, Incident, Target, Transport } from '@streamgauge/contract'
import { aMeasurement } from '../../support/collector.ts'
import { anIncident } from '../../support/incident.ts'

function check(role: 'node' | 'control', transport: Transport, connected: number, runs = 3): DiagnosisCheck {
  const target = aTarget(`${role}-${transport}`, transport, role)
  return { ...checkOf(role, target, []), runs_count: runs, connected_count: connected }
}

function aTarget(target_id: string, transport: Transport, node_id: string, route = 'public'): Target {
  return {
    ...{ target_id, transport, node_id, route, provider: `of-${node_id}`, stream_id: 'test', format: 'flv' },
    ...{ url: 'https://127.0.0.1/x.flv', http_version: null, ca_pem: null, insecure: false },
  }
}

test('what checks say together', () => {
  const tcp = (connected: number) => check('node', 'tcp', connected)
  const quic = (connected: number) => check('node', 'quic', connected)
  const control = (connected: number) => check('control', 'tcp', connected)
  assert.equal(conclude([tcp(0), quic(0), control(3)]), 'node')
  assert.equal(conclude([tcp(0), quic(0), control(1)]), 'node')
  assert.equal(conclude([tcp(0), quic(0), control(0)]), 'agent')
  assert.equal(conclude([tcp(0), quic(0)]), 'unknown', 'nothing to compare with')
  assert.equal(conclude([tcp(3), quic(0), control(3)]), 'quic')
  assert.equal(conclude([tcp(0), quic(3), control(0)]), 'tcp')
  assert.equal(conclude([tcp(3), quic(2), control(3)]), 'intermittent')
  assert.equal(conclude([tcp(3), quic(3), control(0)]), 'connects')
  assert.equal(conclude([tcp(0), control(3)]), 'node')
  assert.equal(conclude([control(3)]), 'unknown')
  assert.equal(conclude([]), 'unknown')
})

test('a check is the middle time of what connected and the commonest failure of what did not', () => {
  const runs = [
    aMeasurement({ handshake_ms: 30 }),
    aMeasurement({ handshake_ms: 10 }),
    aMeasurement({ handshake_ms: 20 }),
    aMeasurement({ failure_code: 'CONNECT_TIMEOUT', failure_source: 'path', handshake_ms: null }),
    aMeasurement({ failure_code: 'TLS_FAILED', failure_source: 'target', handshake_ms: 1 }),
    aMeasurement({ failure_code: 'TLS_FAILED', failure_source: 'target', handshake_ms: 1 }),
  ]
  const { measurement_ids, ...rest } = checkOf('node', aTarget('t', 'tcp', 'n'), runs)
  assert.deepEqual(rest, {
    ...{ role: 'node', target_id: 't', node_id: 'n', transport: 'tcp' },
    ...{ runs_count: 6, connected_count: 3, handshake_ms: 20, failure_code: 'TLS_FAILED' },
  })
  assert.deepEqual(
    measurement_ids,
    runs.map((run) => run.measurement_id),
  )
})

const targets = [
  aTarget('a-tcp', 'tcp', 'a'),
  aTarget('a-quic', 'quic', 'a'),
  aTarget('a-tcp-line', 'tcp', 'a', 'line'),
  aTarget('b-quic', 'quic', 'b'),
  aTarget('c-tcp', 'tcp', 'c'),
]

function plan(incident: Incident, options: { mayAsk?: (id: string) => boolean; controls?: Target[] } = {}) {
  const affected = ['one', 'two', 'three', 'four'].flatMap((agent_id) =>
    ['a', 'b'].map((node_id) => ({ agent_id, node_id, runs_count: 3 })),
  )
  const { mayAsk = () => true, controls = [] } = options
  const around = { targetsOf: () => targets, controls, mayAsk }
  return planDiagnoses(incident, affected, around, 3).map(({ agent_id, node, control }) => [
    agent_id,
    ...node.map(({ target_id }) => target_id),
    control?.target_id ?? null,
  ])
}

test('three agents look, each at the node of most of its bad runs over both transports, and at another node', () => {
  const incident = anIncident({ scope: { kind: 'node', key: 'a', where: { node_id: 'a' } } })
  assert.deepEqual(plan(incident), [
    ['one', 'a-tcp', 'a-quic', 'c-tcp'],
    ['two', 'a-tcp', 'a-quic', 'c-tcp'],
    ['three', 'a-tcp', 'a-quic', 'c-tcp'],
  ])
  assert.deepEqual(
    plan(incident, { mayAsk: (id) => id === 'four' }).map(([agent]) => agent),
    ['four'],
  )
  assert.deepEqual(plan(incident, { mayAsk: () => false }), [])
})

test('the route that is ill is looked at, and what is of the provider that is ill is nothing to compare with', () => {
  const route = anIncident({ scope: { kind: 'node', key: 'a', where: { node_id: 'a', route: 'line' } } })
  assert.deepEqual(plan(route)[0], ['one', 'a-tcp-line', 'a-quic', 'c-tcp'])
  const provider = anIncident({ scope: { kind: 'provider', key: 'of-c', where: { provider: 'of-c' } } })
  assert.deepEqual(plan(provider)[0], ['one', 'a-tcp', 'a-quic', 'b-quic'])
})

test('over the route that is ill nothing is compared with, where there is another', () => {
  const incident = anIncident({ scope: { kind: 'route', key: 'line', where: { route: 'line' } } })
  const controls = [aTarget('by-line', 'tcp', 'z', 'line'), aTarget('by-public', 'quic', 'z')]
  assert.equal(plan(incident, { controls })[0]?.at(-1), 'c-tcp')
  const own = anIncident({ scope: { kind: 'route', key: 'public', where: { route: 'public' } } })
  assert.equal(plan(own, { controls })[0]?.at(-1), 'by-line')
})

test('a target that is there to compare with comes first', () => {
  const incident = anIncident({ scope: { kind: 'node', key: 'a', where: { node_id: 'a' } } })
  assert.equal(plan(incident, { controls: [aTarget('reference', 'tcp', 'z')] })[0]?.at(-1), 'reference')
  assert.equal(plan(incident, { controls: [aTarget('same', 'tcp', 'a')] })[0]?.at(-1), 'c-tcp')
})
