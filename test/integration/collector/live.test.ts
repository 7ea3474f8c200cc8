import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { EMPTY_CONFIG, parseConfig } from '@streamgauge/collector/config/config.ts'
import { makeEnrich } from '@streamgauge/collector/fleet/enrich.ts'
import { AgentRegistry } from '@streamgauge/collector/fleet/registry.ts'
import { Live } from '@streamgauge/collector/live/live.ts'
import type { AgentState, AssignmentSet, StoredMeasurement } from '@streamgauge/contract'
import { io, type Socket } from 'socket.io-client'
import { aMeasurement, build, ingest, listen, tokens } from '../../support/collector.ts'

const config = parseConfig('agents: [{agent_id: agent-1, country: TH, isp: AIS}]', 'test.yaml')
const beat = { agent_version: '1.2.3', outbox_count: 7, running_count: 1, loop_lag_ms: 0.5 }
const run = {
  target_id: 't',
  node_id: 'n',
  stream_id: 's',
  transport: 'quic',
  started_at: '2026-11-22T12:00:00.000Z',
  duration_ms: 10_000,
}

function join(t: TestContext, url: string, namespace: string, options: Record<string, unknown>): Socket {
  const socket = io(`${url}${namespace}`, { forceNew: true, reconnection: false, ...options })
  t.after(() => socket.disconnect())
  return socket
}
/** The arguments of the next such event. */
function heard(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    socket.once(event, (...args: unknown[]) => resolve(args))
  })
}
const agentAuth = { auth: { token: tokens.agent, agent_id: 'agent-1' } }
const viewerAuth = { auth: { token: tokens.admin } }

test('a dashboard hears of what was stored, within a second, as it is served', async (t) => {
  const { app } = await build(t, { config })
  const url = await listen(app)
  const dashboard = join(t, url, '/live', viewerAuth)
  await heard(dashboard, 'connect')
  const told = heard(dashboard, 'measurements')
  const sent = aMeasurement()
  await app.inject(ingest([sent]))
  const [batch]: [StoredMeasurement[]] = (await told) as [StoredMeasurement[]]
  assert.equal(batch.length, 1)
  const { country, isp, asn, node_country, received_at, ...same } = batch[0] ?? {}
  assert.deepEqual(same, sent)
  assert.deepEqual([country, isp], ['TH', 'AIS'])
})

test('a repeat is not told again', async (t) => {
  const { app } = await build(t)
  const dashboard = join(t, await listen(app), '/live', viewerAuth)
  await heard(dashboard, 'connect')
  const told: string[] = []
  const [once, last] = [aMeasurement(), aMeasurement()]
  const finished = new Promise<void>((resolve) => {
    dashboard.on('measurements', (batch: StoredMeasurement[]) => {
      told.push(...batch.map((run) => run.measurement_id))
      if (told.includes(last.measurement_id)) resolve()
    })
  })
  await app.inject(ingest([once], { key: 'b1' }))
  await app.inject(ingest([once], { key: 'b1' }))
  await app.inject(ingest([last], { key: 'b2' }))
  await finished
  assert.deepEqual(told, [once.measurement_id, last.measurement_id])
})

test('an agent gets its assignments, and dashboards see it come, beat, run and go', async (t) => {
  const { app } = await build(t, { config })
  const url = await listen(app)
  const dashboard = join(t, url, '/live', viewerAuth)
  await heard(dashboard, 'connect')
  const agent = join(t, url, '/agents', agentAuth)
  const [set] = await heard(agent, 'assignments')
  assert.equal((set as AssignmentSet).agent_id, 'agent-1')
  const state = async (wanted: (agent: AgentState) => boolean) => {
    for (;;) {
      const [changed] = (await heard(dashboard, 'agents')) as [AgentState[]]
      const found = changed.find(wanted)
      if (found) return found
    }
  }
  const beaten = state((one) => one.agent_version === '1.2.3')
  agent.emit('heartbeat', beat)
  const { online, outbox_count, running_count, country } = await beaten
  assert.deepEqual([online, outbox_count, running_count, country], [true, 7, 1, 'TH'])
  const started = heard(dashboard, 'run_started')
  agent.emit('run_started', run)
  assert.deepEqual((await started)[0], { ...run, agent_id: 'agent-1' })
})

test('what is not a heartbeat or a run is not passed on', async (t) => {
  const { app } = await build(t, { config })
  const url = await listen(app)
  const dashboard = join(t, url, '/live', viewerAuth)
  await heard(dashboard, 'connect')
  const agent = join(t, url, '/agents', agentAuth)
  await heard(agent, 'assignments')
  const runs: unknown[] = []
  dashboard.on('run_started', (one) => runs.push(one))
  agent.emit('heartbeat', { ...beat, outbox_count: -1 })
  agent.emit('run_started', { ...run, mood: 'good' })
  agent.emit('run_started', null)
  const seen = heard(dashboard, 'run_started')
  agent.emit('run_started', run)
  await seen
  assert.equal(runs.length, 1)
})

test('an event of more than 64 KiB ends the connection', async (t) => {
  const { app } = await build(t)
  const agent = join(t, await listen(app), '/agents', agentAuth)
  await heard(agent, 'assignments')
  const gone = heard(agent, 'disconnect')
  agent.emit('heartbeat', { ...beat, agent_version: 'x'.repeat(70_000) })
  await gone
})

test('an agent that floods is sent away', async (t) => {
  const { app } = await build(t)
  const agent = join(t, await listen(app), '/agents', agentAuth)
  await heard(agent, 'assignments')
  const gone = heard(agent, 'disconnect')
  for (let count = 0; count < 1_200; count += 1) agent.emit('heartbeat', beat)
  await gone
})

test('who may not enter is told why', async (t) => {
  const { app, book } = await build(t)
  const url = await listen(app)
  const { token: bound } = await book.create('agent', 'bound', 'agent-9')
  const cases = [
    ['/live', {}, 'UNAUTHORIZED'],
    ['/live', { auth: { token: 'wrong' } }, 'UNAUTHORIZED'],
    ['/live', { auth: { token: tokens.agent } }, 'FORBIDDEN'],
    ['/agents', { auth: { token: tokens.agent } }, 'INVALID_PARAMETER'],
    ['/agents', { auth: { token: bound, agent_id: 'agent-1' } }, 'AGENT_MISMATCH'],
  ] as const
  for (const [namespace, options, code] of cases) {
    const socket = join(t, url, namespace, options)
    const [error] = await heard(socket, 'connect_error')
    assert.equal((error as { data: { code: string } }).data.code, code)
  }
})

test('a signed-in browser enters by its cookie, from its own origin only', async (t) => {
  const { app } = await build(t)
  const url = await listen(app)
  const session = await app.inject({ method: 'POST', url: '/v1/session', payload: { token: tokens.admin } })
  const cookie = String(session.headers['set-cookie']).split(';', 1)[0]
  const own = join(t, url, '/live', { extraHeaders: { cookie, origin: url } })
  await heard(own, 'connect')
  const foreign = join(t, url, '/live', { extraHeaders: { cookie, origin: 'http://evil.example' } })
  const [error] = await heard(foreign, 'connect_error')
  assert.equal((error as { data: { code: string } }).data.code, 'UNAUTHORIZED')
})

test('a dashboard that reads nothing misses events instead of making the collector grow', async (t) => {
  const server = createServer()
  const dropping = Promise.withResolvers<void>()
  const live = new Live(server, {
    admit: async () => ({ role: 'viewer', tokenId: 'x', agentId: null }),
    config: EMPTY_CONFIG,
    registry: new AgentRegistry([], wallClock),
    now: wallClock,
    dropped: () => dropping.resolve(),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const lazy = connect(port, '127.0.0.1')
  t.after(async () => {
    lazy.destroy()
    await live.close()
    server.close()
  })
  const hello = ['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', 'host: x', 'connection: Upgrade']
  const rest = [
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
  ]
  lazy.write(`${[...hello, ...rest].join('\r\n')}\r\n\r\n`)
  await once(lazy, 'data')
  lazy.write(frame('40/live,{}'))
  await once(lazy, 'data')
  lazy.pause()

  // 500 runs of 20 kB: 10 MB an event, so that the kernel's own buffers are full after one.
  const run = makeEnrich([], [])(aMeasurement({ buffer_series_ms: Array(3_600).fill(1_234) }), {
    receivedAt: '2026-11-22T12:00:00.000Z',
    address: null,
  })
  const batch = Array(500).fill(run)
  const feed = setInterval(() => live.stored(batch), 50)
  t.after(() => clearInterval(feed))
  await dropping.promise
})

/** A masked WebSocket text frame of less than 126 bytes (RFC 6455, 5.2), with a mask of zeros. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
