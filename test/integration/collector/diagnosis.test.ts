import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startAgent } from '@streamgauge/agent/agent.ts'
import { timestamp, wallClock } from '@streamgauge/collector/clock.ts'
import { type Config, parseConfig } from '@streamgauge/collector/config/config.ts'
import { Diagnoses } from '@streamgauge/collector/diagnose/diagnoses.ts'
import { listDiagnoses } from '@streamgauge/collector/store/diagnoses.ts'
import { insertMeasurements } from '@streamgauge/collector/store/measurements.ts'
import { type Diagnosis, DiagnosisList } from '@streamgauge/contract'
import { io } from 'socket.io-client'
import { Value } from 'typebox/value'
import { v7 as uuidV7 } from 'uuid'
import { as, build, tokens } from '../../support/collector.ts'
import { anIncident } from '../../support/incident.ts'
import { startLive } from '../../support/live.ts'
import { sentMeasurement } from '../../support/measurement.ts'
import { anOrigin } from '../../support/origin.ts'
import { until } from '../../support/process.ts'

/** Nobody serves tcpmux any more; a port that was free a moment ago may be another test's by now. */
const DEAD_PORT = 1

/** A node where nothing listens, and one with an origin. */
async function aConfig(t: TestContext): Promise<Config> {
  const origin = await anOrigin(t)
  const target = (id: string, node: string, transport: string, port: number) =>
    `{target_id: ${id}, url: 'https://127.0.0.1:${port}/live/test.flv', node_id: ${node}, stream_id: test, transport: ${transport}, format: flv, insecure: true}`
  return parseConfig(
    `nodes: [{node_id: ill, name: ill, kind: edge, country: SG}, {node_id: well, name: well, kind: edge, country: SG}]
targets:
  - ${target('ill-tcp', 'ill', 'tcp', DEAD_PORT)}
  - ${target('ill-quic', 'ill', 'quic', DEAD_PORT)}
  - ${target('well-tcp', 'well', 'tcp', origin.port)}
assignments: [{assignment_id: a, agents: ['*'], targets: [ill-tcp, ill-quic], cron: '0 0 0 1 1 *'}, {assignment_id: b, agents: ['*'], targets: [well-tcp], cron: '0 0 0 1 1 *'}]`,
    'test.yaml',
  )
}

/** Live connections, with diagnoses that ask over them. */
async function begin(t: TestContext) {
  const config = await aConfig(t)
  const { app, store } = await build(t)
  const { live, url } = await startLive(t, config)
  const made: Diagnosis[] = []
  const warnings: unknown[] = []
  const diagnoses = new Diagnoses({
    ...{ store, config, now: wallClock, asking: live.agents },
    made: (diagnosis) => made.push(diagnosis),
    warn: (details) => warnings.push(details),
  })
  t.after(() => diagnoses.close())
  /** An incident of the ill node that one run of the agent shows. */
  const open = async (agent_id: string) => {
    const now = timestamp(wallClock())
    const run = sentMeasurement({ agent_id, node_id: 'ill', started_at: now })
    const stored = { ...run, country: 'TH', isp: 'AIS', asn: 64_500, node_country: 'SG', received_at: now }
    await insertMeasurements(store, [stored], uuidV7())
    const scope = { kind: 'node' as const, key: 'ill', where: { node_id: 'ill' } }
    const incident = anIncident({ scope, detected_at: now, measurement_ids: [run.measurement_id] })
    diagnoses.changed([incident])
    diagnoses.changed([{ ...incident, state: 'worsening' }, incident])
    return incident
  }
  return { app, store, live, url, made, warnings, open }
}

test('an agent that is affected connects over both transports, to another node, and finds the way', async (t) => {
  const { app, store, live, url, made, warnings, open } = await begin(t)
  const data_dir = mkdtempSync(join(tmpdir(), 'agent-'))
  const log = { warn: () => {}, info: () => {} }
  const agent = startAgent({ url, token: tokens.agent, agent_id: 'agent-1', data_dir, log })
  t.after(async () => {
    await agent.close()
    rmSync(data_dir, { recursive: true, force: true })
  })
  await until(async () => live.agents.reaches('agent-1'), Boolean, 10_000)
  const incident = await open('agent-1')
  await until(async () => made.length, Boolean, 40_000)
  const [diagnosis] = made
  assert.ok(diagnosis)
  assert.equal(diagnosis.incident_id, incident.incident_id)
  assert.equal(diagnosis.agent_id, 'agent-1')
  assert.equal(diagnosis.conclusion, 'node')
  assert.deepEqual(
    diagnosis.checks.map(({ role, target_id, runs_count, connected_count, failure_code }) => [
      ...[role, target_id, runs_count, connected_count, failure_code],
    ]),
    [
      ['node', 'ill-tcp', 3, 0, 'CONNECT_REFUSED'],
      ['node', 'ill-quic', 3, 0, diagnosis.checks[1]?.failure_code],
      ['control', 'well-tcp', 3, 3, null],
    ],
  )
  assert.match(diagnosis.checks[1]?.failure_code ?? '', /^(CONNECT_REFUSED|CONNECT_TIMEOUT|UDP_BLOCKED)$/)
  assert.ok((diagnosis.checks[2]?.handshake_ms ?? 0) > 0)
  assert.ok(diagnosis.trace !== null)
  if (diagnosis.trace.ok) assert.equal(diagnosis.trace.trace.hops.at(-1)?.address, '127.0.0.1')
  else assert.equal(diagnosis.trace.code, 'NO_TOOL')

  assert.deepEqual(await listDiagnoses(store, { incident_id: incident.incident_id, limit: 10 }), [diagnosis])
  const path = `/v1/incidents/${incident.incident_id}/diagnoses`
  const answer = (await app.inject({ url: path, headers: as(tokens.admin) })).json()
  assert.ok(Value.Check(DiagnosisList, answer))
  assert.deepEqual(answer.diagnoses, [diagnosis])
  assert.equal(made.length, 1, 'later versions ask for nothing')
  assert.deepEqual(warnings, [])
})

test('an agent that lies or is silent is unreachable, one that is away is not asked', async (t) => {
  const { url, live, made, open } = await begin(t)
  const liar = io(new URL('/agents', url).href, {
    auth: { token: 'x', agent_id: 'liar' },
    transports: ['websocket'],
  })
  t.after(() => liar.disconnect())
  liar.on('probe', (_, answer) => answer({ ok: true, measurements: [{ handshake_ms: -1 }] }))
  liar.on('trace', (_, answer) => answer({ ok: true, trace: { hops: 'x'.repeat(10_000) } }))
  await until(async () => live.agents.reaches('liar'), Boolean, 10_000)
  await open('liar')
  await until(async () => made.length, Boolean, 10_000)
  const { conclusion, checks, trace } = made[0] ?? {}
  assert.deepEqual([conclusion, checks], ['unreachable', []])
  assert.deepEqual(trace, { ok: false, code: 'NO_ANSWER', message: 'the agent did not answer' })

  liar.disconnect()
  await until(
    async () => live.agents.reaches('liar'),
    (reached) => !reached,
    10_000,
  )
  await open('liar')
  await open('nobody')
  assert.equal(made.length, 1)
})

test('the diagnoses of what nobody diagnosed are none, and an id that is no id is refused', async (t) => {
  const { app } = await build(t)
  const get = (id: string) => app.inject({ url: `/v1/incidents/${id}/diagnoses`, headers: as(tokens.admin) })
  assert.deepEqual((await get(uuidV7())).json(), { diagnoses: [] })
  assert.equal((await get('x')).statusCode, 400)
})
