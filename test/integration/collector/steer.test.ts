import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { timestamp } from '@streamgauge/collector/clock.ts'
import { type Config, parseConfig } from '@streamgauge/collector/config/config.ts'
import { Overrides } from '@streamgauge/collector/steer/overrides.ts'
import { Steering } from '@streamgauge/collector/steer/steering.ts'
import { Verifier } from '@streamgauge/collector/steer/verifier.ts'
import { insertMeasurements } from '@streamgauge/collector/store/measurements.ts'
import { keepIncidents, listDecisions } from '@streamgauge/collector/store/steering.ts'
import type { Store } from '@streamgauge/collector/store/store.ts'
import {
  type AdHocAnswer,
  type Assignment,
  type Decision,
  DecisionList,
  type Incident,
  Resilience,
  SteerAnswer,
  type SteeringOverride,
  SteeringOverrideList,
  SteeringTable,
} from '@streamgauge/contract'
import { io } from 'socket.io-client'
import { Value } from 'typebox/value'
import { v7 as uuidV7 } from 'uuid'
import { as, build, buildStore, tokens } from '../../support/collector.ts'
import { anIncident } from '../../support/incident.ts'
import { startLive } from '../../support/live.ts'
import { sentMeasurement } from '../../support/measurement.ts'
import { until } from '../../support/process.ts'

const targets = ['fra', 'sin', 'sto'].flatMap((node) =>
  ['tcp', 'quic'].map(
    (transport) =>
      `  - {target_id: ${node}-${transport}, url: 'https://${node}.example/live/main.flv', node_id: ${node}, stream_id: main, transport: ${transport}, format: flv}`,
  ),
)
const CONFIG = `nodes:
  - {node_id: fra, name: Frankfurt, kind: center, country: DE, latitude: 50.1, longitude: 8.7}
  - {node_id: sin, name: Singapore, kind: center, country: SG, latitude: 1.35, longitude: 103.8}
  - {node_id: sto, name: Stockholm, kind: center, country: SE, latitude: 59.3, longitude: 18.1}
targets:
${targets.join('\n')}
  - {target_id: side, url: 'https://sin.example/live/side.m3u8', node_id: sin, stream_id: side, transport: tcp, format: hls}
agents:
  - {agent_id: th-1, country: TH, isp: AIS, latitude: 13.7, longitude: 100.5}
  - {agent_id: de-1, country: DE, isp: DT, latitude: 52.5, longitude: 13.4}
locate:
  - {cidr: 198.51.100.0/24, country: TH, isp: AIS}
  - {cidr: 203.0.113.0/24, country: TH, isp: somebody else}
`
const usualConfig = parseConfig(CONFIG, 'test.yaml')
const config = usualConfig
const DELAYS: Record<string, Record<string, number>> = {
  'TH/AIS': { fra: 400, sin: 60, sto: 420 },
  'DE/DT': { fra: 20, sin: 1_800, sto: 800 },
}

/** Runs of both cells to every node, ten each, begun at `at`. */
async function measure(store: Store, at: number, failing: string | null = null) {
  const runs = Object.entries(DELAYS).flatMap(([cell, delays]) =>
    Object.entries(delays).flatMap(([node_id, handshake_ms]) =>
      Array.from({ length: 10 }, () => {
        const [country = '', isp = ''] = cell.split('/')
        const failed = failing === node_id
        const sent = sentMeasurement({
          ...{
            agent_id: country,
            node_id,
            started_at: timestamp(at),
            handshake_ms,
            startup_ms: 2 * handshake_ms,
          },
          ...(failed && { failure_code: 'CONNECT_TIMEOUT' as const, failure_source: 'path' as const }),
        })
        return { ...sent, country, isp, asn: null, node_country: 'ZZ', received_at: timestamp(at) }
      }),
    ),
  )
  await insertMeasurements(store, runs, uuidV7())
}

function ill(node_id: string, more: Partial<Incident> = {}): Incident {
  return anIncident({ scope: { kind: 'node', key: node_id, where: { node_id } }, ...more })
}

test('a viewer is told where to go, and a player is sent there', async (t) => {
  const { app, store } = await build(t, { config, roundMs: 60_000 })
  await measure(store, Date.now())
  await keepIncidents(store, [ill('fra')], Date.now())
  const get = (url: string) => app.inject({ url, headers: as(tokens.admin) })
  const steer = async (query: string) => {
    const answer = (await get(`/v1/steer?${query}`)).json()
    assert.ok(Value.Check(SteerAnswer, answer), JSON.stringify(answer))
    return answer
  }
  const thai = await steer('ip=198.51.100.7&stream=main')
  assert.deepEqual(thai.cell, { country: 'TH', isp: 'AIS' })
  assert.deepEqual([thai.stale, thai.dry_run], [false, false])
  assert.deepEqual(
    thai.targets.map(({ node_id, ill: isIll }) => [node_id, isIll]),
    [
      ['sin', false],
      ['sto', false],
      ['fra', true],
    ],
  )
  assert.deepEqual(
    thai.targets[0]?.urls.map(({ transport, url }) => [transport, url]),
    [
      ['tcp', 'https://sin.example/live/main.flv'],
      ['quic', 'https://sin.example/live/main.flv'],
    ],
  )
  // As on a plane: 12.35° of latitude are 1,373 km, 3.3° of longitude at 7.5° north 364 km, together 1,421 km.
  assert.ok(Math.abs((thai.targets[0]?.distance_km ?? 0) - 1_421) < 3, `${thai.targets[0]?.distance_km} km`)
  assert.equal((await steer('ip=203.0.113.9')).cell.isp, '*', 'another ISP of the country')
  const nobody = await steer('ip=192.0.2.1')
  assert.deepEqual(nobody.cell, { country: 'ZZ', isp: '*' })

  const played = await get('/v1/play/main?ip=198.51.100.7')
  assert.equal(played.statusCode, 302)
  assert.equal(played.headers.location, 'https://sin.example/live/main.flv')
  assert.equal(played.headers['cache-control'], 'no-store')
  assert.equal(
    (await get('/v1/play/side?ip=198.51.100.7')).headers.location,
    'https://sin.example/live/side.m3u8',
  )
  assert.equal((await get('/v1/play/side?ip=198.51.100.7&format=flv')).json().code, 'NO_TARGET')
  assert.equal((await get('/v1/play/nothing?ip=198.51.100.7')).statusCode, 404)
  assert.equal((await get('/v1/steer?ip=198.51.100.7&stream=nothing')).statusCode, 404)
  assert.equal((await get('/v1/steer?ip=a.b.c.d')).statusCode, 400)

  const table = (await get('/v1/steering')).json()
  assert.ok(Value.Check(SteeringTable, table))
  const resilience = (await get('/v1/steering/resilience')).json()
  assert.ok(Value.Check(Resilience, resilience))
  // Three nodes, and one of them is ill.
  assert.equal(resilience.thin_cells.length, table.cells.length)
  const { decisions } = (await get('/v1/decisions')).json()
  assert.ok(Value.Check(DecisionList, { decisions }))
  const first = decisions.find(({ decision_id }: Decision) => decision_id === thai.decision_id)
  assert.deepEqual([first.from_node_id, first.to_node_id, first.motive], [null, 'sin', 'first'])
  assert.match(
    first.reason,
    /^the best there is, sin: cost 0\.00\d\d, success 100\.0 %, stalled 0\.0 % of the time/,
  )
})

test('operators pin cells and drain nodes; of two at once the second is told', async (t) => {
  const { app, store } = await build(t, { config, roundMs: 60_000 })
  await measure(store, Date.now())
  const put = (path: string, payload: object) =>
    app.inject({ method: 'PUT', url: `/v1/steering/${path}`, headers: as(tokens.admin), payload })
  const first = async () => {
    const answer = await app.inject({ url: '/v1/steer?ip=198.51.100.7', headers: as(tokens.admin) })
    return answer.json().targets.map(({ node_id }: { node_id: string }) => node_id)[0]
  }
  assert.equal(await first(), 'sin')
  const pin = { node_id: 'fra', by: 'lek', revision: 0 }
  const both = await Promise.all([
    put('overrides/TH%2FAIS', pin),
    put('overrides/TH%2FAIS', { ...pin, node_id: 'sto' }),
  ])
  assert.deepEqual(both.map(({ statusCode }) => statusCode).toSorted(), [200, 409])
  assert.equal(both[1].json().code, 'CONFLICT')
  assert.equal(await first(), 'fra')
  assert.equal((await put('overrides/TH%2FAIS', { ...pin, revision: 1, node_id: null })).statusCode, 200)
  assert.equal(
    (await put('drains/sin', { drained: true, by: 'lek', note: 'disk', revision: 0 })).json().revision,
    1,
  )
  assert.notEqual(await first(), 'sin')
  const past = '2026-01-01T00:00:00.000Z'
  assert.equal(
    (await put('drains/sin', { drained: true, until: past, by: 'lek', revision: 1 })).statusCode,
    200,
  )

  assert.equal((await put('overrides/TH%2FNobody', pin)).statusCode, 404)
  assert.equal((await put('overrides/DE%2FDT', { ...pin, node_id: 'x' })).statusCode, 404)
  assert.equal((await put('drains/x', { drained: true, by: 'lek', revision: 0 })).statusCode, 404)
  assert.equal((await put('drains/sin', { drained: 'perhaps', by: 'lek', revision: 2 })).statusCode, 400)
  const { overrides } = (
    await app.inject({ url: '/v1/steering/overrides', headers: as(tokens.admin) })
  ).json()
  assert.ok(Value.Check(SteeringOverrideList, { overrides }))
  assert.deepEqual(
    overrides.map((one: SteeringOverride) => [one.kind, one.key, one.revision, one.node_id, one.drained]),
    [
      ['cell', 'TH/AIS', 2, null, false],
      ['node', 'sin', 2, null, true],
    ],
  )
  const later = new Overrides(store, Date.now)
  await later.open()
  assert.deepEqual(later.all, overrides)
  assert.deepEqual(later.at(Date.now()), { pins: new Map(), drained: new Set() }, 'that is over')
})

/** Steering on a store, at a time of its own. */
async function begin(
  store: Store,
  options: { now: () => number; mode?: 'on' | 'dry-run'; incidents?: Incident[] },
) {
  const decided: Decision[] = []
  const warnings: unknown[] = []
  const { now, mode = 'on', incidents = [] } = options
  const steering = new Steering({
    ...{ store, now, roundMs: 10_000 },
    config: {
      ...config,
      // Of the nodes here the next one costs 0.047 more: five minutes of that, beyond the margin of 0.01, are 11 s.
      steering: { ...config.steering, mode, policy: { ...config.steering.policy, patience_s: 10 } },
    },
    log: { warn: (details) => warnings.push(details) },
    decided: (decisions) => decided.push(...decisions),
  })
  await steering.open(incidents)
  const sentTo = (country: string, isp: string) => steering.cellOf(country, isp)?.targets[0]?.node_id
  return { steering, decided, warnings, sentTo }
}

test('a node that falls ill is left at once by the cells it is ill for, with the incident, and come back to when it has been well', async (t) => {
  const store = await buildStore(t)
  let skipped_ms = 0
  const now = () => Date.now() + skipped_ms
  const { steering, decided, sentTo } = await begin(store, { now })
  await measure(store, now())
  await steering.round()
  assert.equal(sentTo('DE', 'DT'), 'fra')
  decided.length = 0
  const incident = ill('fra', {
    scope: {
      kind: 'cell',
      key: 'DE/DT',
      where: { country: 'DE', isp: 'DT', node_id: 'fra', transport: 'tcp' },
    },
  })
  steering.changed([incident])
  await steering.round()
  assert.deepEqual(
    decided.map(({ country, isp, from_node_id, to_node_id, motive, incident_id }) => [
      ...[country, isp, from_node_id, to_node_id, motive, incident_id === incident.incident_id],
    ]),
    [['DE', 'DT', 'fra', 'sto', 'ill', true]],
  )
  assert.equal(sentTo('DE', 'DT'), 'sto')
  assert.equal(sentTo('DE', 'Vodafone'), 'fra', 'the country’s rest is not ill')

  decided.length = 0
  steering.changed([{ ...incident, state: 'closed', ended_at: timestamp(now()) }])
  await steering.round()
  assert.deepEqual(decided, [], 'not yet: it has to have been well for two minutes, and five since the move')
  skipped_ms += 301_000
  await measure(store, now())
  await steering.round()
  assert.deepEqual(
    decided.map(({ country, isp, to_node_id, motive }) => [country, isp, to_node_id, motive]),
    [['DE', 'DT', 'fra', 'better']],
  )
})

test('what one agent sees, what is ill towards every node, and what is only worth knowing move nobody', async (t) => {
  const store = await buildStore(t)
  const { steering, decided } = await begin(store, { now: Date.now })
  await measure(store, Date.now())
  await steering.round()
  decided.length = 0
  steering.changed([
    ill('fra', { scope: { kind: 'agent', key: 'de-1', where: { agent_id: 'de-1', node_id: 'fra' } } }),
    ill('fra', { scope: { kind: 'cell', key: 'DE/DT', where: { country: 'DE', isp: 'DT' } } }),
    ill('fra', { severity: 'info' }),
  ])
  await steering.round()
  assert.deepEqual(decided, [])
})

test('another collector goes on with the same table; the log and the answers agree', async (t) => {
  const store = await buildStore(t)
  const first = await begin(store, { now: Date.now })
  await measure(store, Date.now())
  await first.steering.round()
  first.steering.changed([ill('fra')])
  await first.steering.round()
  // As after a kill: nothing was closed.
  const second = await begin(store, { now: Date.now, incidents: [ill('fra')] })
  assert.deepEqual(second.decided, [])
  for (const cell of second.steering.table.cells) {
    const before = first.steering.table.cells.find(
      ({ country, isp }) => country === cell.country && isp === cell.isp,
    )
    assert.equal(cell.decision_id, before?.decision_id)
    assert.equal(cell.targets[0]?.node_id, before?.targets[0]?.node_id)
  }
  const window = { span: { from: 0, to: Date.now() + 1_000 }, country: ['DE'], isp: ['DT'], limit: 10 }
  const [latest] = await listDecisions(store, window)
  assert.equal(latest?.decision_id, second.steering.cellOf('DE', 'DT')?.decision_id)
  assert.equal(latest?.to_node_id, 'sto')
})

test('with the store away, and without runs, the last table answers, says that it is stale, and moves nobody', async (t) => {
  const real = await buildStore(t)
  let isAway = false
  const store = new Proxy(real, {
    get(target, name) {
      if ((name === 'read' || name === 'readLines') && isAway) return () => Promise.reject(new Error('away'))
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  let skipped_ms = 0
  const now = () => Date.now() + skipped_ms
  const { steering, decided, warnings, sentTo } = await begin(store, { now })
  assert.equal(steering.freshness.stale, true, 'nobody measured anything yet')
  await measure(real, now())
  await steering.round()
  assert.equal(steering.freshness.stale, false)
  decided.length = 0
  isAway = true
  skipped_ms = 61_000
  steering.changed([ill('fra')])
  await steering.round()
  assert.equal(steering.freshness.stale, true)
  assert.equal(sentTo('DE', 'DT'), 'fra')
  isAway = false
  await steering.round()
  assert.equal(decided.length, 0, 'the store is back, and has no runs of the last minute')
  assert.equal(steering.freshness.stale, true)
  await measure(real, now())
  await steering.round()
  assert.equal(sentTo('DE', 'DT'), 'sto')
  assert.equal(decided.find(({ isp }) => isp === 'DT')?.to_node_id, 'sto')
  assert.ok(warnings.length > 0)
})

test('a dry run writes down what it would do, and answers with the nearest', async (t) => {
  const store = await buildStore(t)
  await measure(store, Date.now())
  const { steering, decided, sentTo } = await begin(store, {
    now: Date.now,
    mode: 'dry-run',
    incidents: [ill('sin')],
  })
  assert.equal(steering.freshness.dry_run, true)
  assert.equal(sentTo('TH', 'AIS'), 'sin')
  const would = decided.find(({ isp }) => isp === 'AIS')
  assert.deepEqual([would?.to_node_id, would?.dry_run], ['fra', true])
  assert.equal(steering.cellOf('TH', 'AIS')?.decision_id, null)
})

/** An agent on the wire that answers each probe with one run of each target, which stalls for so much of the time. */
function answering(
  t: TestContext,
  url: URL,
  agentId: string,
  stallRatios: Record<string, number>,
  ready: Promise<void>,
) {
  const socket = io(new URL('/agents', url).href, {
    auth: { token: tokens.admin, agent_id: agentId },
    transports: ['websocket'],
  })
  t.after(() => socket.disconnect())
  const asked: string[][] = []
  socket.on('probe', (assignment: Assignment, answer: (result: AdHocAnswer) => void) => {
    asked.push(assignment.targets.map(({ target_id }) => target_id))
    const measurements = assignment.targets.map(({ target_id, node_id, transport }, index) => {
      // A little more each time, so that there is an interval.
      const ratio = (stallRatios[node_id] ?? 0) + asked.length / 1_000
      return sentMeasurement({
        ...{
          agent_id: agentId,
          target_id,
          node_id,
          transport,
          pair_id: uuidV7(),
          pair_position: index as 0 | 1,
        },
        ...{ handshake_ms: 0, startup_ms: 0, played_ms: 8_000 * (1 - ratio), stall_ms: 8_000 * ratio },
      })
    })
    void ready.then(() => answer({ ok: true, measurements }))
  })
  return { socket, asked }
}

/** Steering that is verified by an agent of that cell; the cell has just been sent away from where it is said to be ill. */
async function verifying(
  t: TestContext,
  stallRatios: Record<string, number>,
  options: { readonly closes?: boolean; readonly config?: Config } = {},
) {
  const { closes = false, config = usualConfig } = options
  const store = await buildStore(t)
  const { live, url } = await startLive(t, config)
  const ready = Promise.withResolvers<void>()
  const agent = answering(t, url, 'de-1', stallRatios, ready.promise)
  await until(async () => live.agents.reaches('de-1'), Boolean, 10_000)
  const told: Decision[] = []
  const warnings: unknown[] = []
  const warn = (details: object) => void warnings.push(details)
  const steering: Steering = new Steering({
    ...{ store, config, now: Date.now, roundMs: 10_000, log: { warn } },
    decided: (decisions) => {
      told.push(...decisions)
      verifier.take(decisions.filter(({ verdict }) => verdict === null))
    },
  })
  const judged = (decision: Decision, effect: NonNullable<Decision['effect']>) =>
    steering.judge(decision, effect)
  const verifier = new Verifier({ config, asking: live.agents, warn, judged })
  await measure(store, Date.now())
  await steering.open([])
  const incident = ill('fra', {
    scope: { kind: 'cell', key: 'DE/DT', where: { country: 'DE', isp: 'DT', node_id: 'fra' } },
  })
  steering.changed([incident])
  if (closes) {
    await steering.round()
    steering.changed([{ ...incident, state: 'closed', ended_at: timestamp(Date.now()) }])
  }
  ready.resolve()
  await until(async () => told.some(({ verdict }) => verdict !== null), Boolean, 10_000)
  const own = () => told.filter(({ isp, motive }) => isp === 'DT' && motive !== 'first')
  return { store, agent, own, warnings }
}

test('a move is judged by pairs of runs from where the cell was and where it is', async (t) => {
  const { store, agent, own, warnings } = await verifying(t, { fra: 0.3, sto: 0.02 })
  assert.deepEqual(agent.asked, Array(4).fill(['fra-tcp', 'sto-tcp']))
  const [made, judged] = own()
  assert.deepEqual([made?.motive, made?.verdict, made?.effect], ['ill', null, null])
  assert.equal(judged?.verdict, 'helped')
  // Each pair differs by 0.28, whatever it is.
  assert.equal(judged?.effect?.pairs_count, 4)
  for (const value of [judged?.effect?.gain, judged?.effect?.low, judged?.effect?.high])
    assert.ok(Math.abs((value ?? 0) - 0.28) < 1e-9)
  const window = { span: { from: 0, to: Date.now() + 1_000 }, country: ['DE'], isp: ['DT'], limit: 1 }
  assert.deepEqual(await listDecisions(store, window), [judged])
  assert.deepEqual(warnings, [])
})

const story = (decisions: readonly Decision[]) =>
  decisions.map(({ from_node_id, to_node_id, motive, verdict }) => [
    from_node_id,
    to_node_id,
    motive,
    verdict,
  ])

test('a move that hurts is taken back as soon as that is known, and a restart remembers it', async (t) => {
  const { own, store, warnings } = await verifying(t, { fra: 0.01, sto: 0.4 }, { closes: true })
  await until(async () => own().length > 2, Boolean, 10_000)
  assert.deepEqual(story(own()), [
    ['fra', 'sto', 'ill', null],
    ['fra', 'sto', 'ill', 'hurt'],
    ['sto', 'fra', 'hurt', null],
  ])
  // The same cell is not sent there again by one that begins now, though where it is is ill.
  const again: Decision[] = []
  const next = new Steering({
    ...{
      store,
      config,
      now: Date.now,
      roundMs: 10_000,
      log: { warn: (details) => void warnings.push(details) },
    },
    decided: (decisions) => again.push(...decisions),
  })
  await next.open([ill('fra', { scope: { kind: 'node', key: 'fra', where: { node_id: 'fra' } } })])
  await next.close()
  assert.deepEqual(story(again.filter(({ isp }) => isp === 'DT')), [['fra', 'sin', 'ill', null]])
  assert.deepEqual(warnings, [])
})

const preferring = `${CONFIG.replace('name: Stockholm,', 'name: Stockholm, isps: [DT],')}steering: {weights: {same_isp: 0.044}}\n`
for (const [what, text, told] of [
  ['less than its node is preferred stays', preferring, 2],
  ['by as much, to a node that is not preferred, is taken back', CONFIG, 3],
] as const)
  test(`a move that hurts ${what}`, async (t) => {
    const options = { closes: true, config: parseConfig(text, 'test.yaml') }
    const { own } = await verifying(t, { fra: 0.01, sto: 0.05 }, options)
    await until(async () => own().length >= told, Boolean, 10_000)
    assert.deepEqual(story(own().slice(0, 2)), [
      ['fra', 'sto', 'ill', null],
      ['fra', 'sto', 'ill', 'hurt'],
    ])
    // Long enough for one more decision.
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.equal(own().length, told)
  })

test('a move that hurts, away from what is still ill, goes on to the next', async (t) => {
  const { own } = await verifying(t, { fra: 0.01, sto: 0.4 })
  await until(async () => own().length > 2, Boolean, 10_000)
  assert.deepEqual(story(own()).slice(0, 3), [
    ['fra', 'sto', 'ill', null],
    ['fra', 'sto', 'ill', 'hurt'],
    ['sto', 'sin', 'ill', null],
  ])
  assert.match(own()[2]?.reason ?? '', /^sto is ill: a move there made it worse/)
})
