import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { Alerting } from '@streamgauge/collector/alert/alerting.ts'
import { storeLedger } from '@streamgauge/collector/alert/ledger.ts'
import { counted, showWaiting } from '@streamgauge/collector/alert/metrics.ts'
import type { AlertRules } from '@streamgauge/collector/alert/rules.ts'
import { buildApp } from '@streamgauge/collector/app.ts'
import { timestamp } from '@streamgauge/collector/clock.ts'
import { runCommand } from '@streamgauge/collector/command/command.ts'
import { makeLogger } from '@streamgauge/collector/command/logger.ts'
import { EMPTY_CONFIG } from '@streamgauge/collector/config/config.ts'
import { makeMetrics } from '@streamgauge/collector/http/metrics.ts'
import { Locator } from '@streamgauge/collector/locate/locator.ts'
import { keepIncidents } from '@streamgauge/collector/store/steering.ts'
import type { Store } from '@streamgauge/collector/store/store.ts'
import { AlertList, DeliveryList, SilenceList } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { v7 as uuidV7 } from 'uuid'
import { aWebhook, type Received, rulesTo, startReceiver } from '../../support/alert_receiver.ts'
import { as, build, tempDir, tokens } from '../../support/collector.ts'
import { anIncident } from '../../support/incident.ts'
import { fileOwner } from '../../support/owner.ts'
import { until } from '../../support/process.ts'

const LOCATOR = new Locator([], { asn: null, country: null })
const SECRET = 'secret-of-the-test'
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** The signature by another program. */
function assertSigned({ headers, body }: Received) {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const mac = execFileSync('openssl', ['dgst', '-sha256', '-hmac', SECRET, '-binary'], { input: signed })
  assert.equal(headers['webhook-signature'], `v1,${mac.toString('base64')}`)
}

function statesOf(received: readonly Received[]): string[] {
  return received.flatMap(({ body }) =>
    JSON.parse(body).data.incidents.map((one: { state: string }) => one.state),
  )
}

/** A collector of its own for every test takes most of the time; these share one, and leave nothing behind in it. */
let shared: Awaited<ReturnType<typeof build>>
const owner = fileOwner()
before(async () => {
  shared = await build({ after: owner.after })
})
after(() => owner.end())
beforeEach(async () => {
  for (const table of ['incidents', 'deliveries', 'silences', 'acknowledgements'])
    await shared.store.run(`TRUNCATE TABLE ${table}`)
})

async function open(store: Store, rules: AlertRules, now = Date.now) {
  const warnings: string[] = []
  const none = () => 0
  const { registry } = makeMetrics({ pendingInserts: none, openBatches: none, liveClients: none })
  const alerting = new Alerting({
    rules,
    fleet: EMPTY_CONFIG,
    ledger: counted(storeLedger(store), registry),
    now,
    warn: (details) => void warnings.push(JSON.stringify(details)),
    random: () => 0,
    timeoutMs: 300,
  })
  showWaiting(registry, () => alerting.waiting)
  await alerting.open()
  const turn = async () => {
    await alerting.tick()
    await alerting.settled()
  }
  return { alerting, turn, warnings, registry }
}

test('a receiver that fails in every way, and collectors that end meanwhile, get each alert once and in order', async (t) => {
  const receiver = await startReceiver(t)
  const { store, app } = shared
  let skipped_ms = 0
  const now = () => Date.now() + skipped_ms
  const rules = rulesTo(aWebhook(receiver.url, SECRET))
  const incident = anIncident()
  const first = await open(store, rules, now)
  receiver.behave((response) => response.writeHead(500).end('x'.repeat(10_000)))
  await keepIncidents(store, [incident], now())
  first.alerting.changed([incident])
  await first.turn()
  const closed = { ...incident, state: 'closed' as const, ended_at: new Date().toISOString() }
  first.alerting.changed([closed])
  await keepIncidents(store, [closed], now())
  receiver.behave((response) => response.destroy())
  skipped_ms += MINUTE_MS
  await first.turn()
  await first.alerting.close()
  assert.equal(receiver.received.length, 2)

  const second = await open(store, rules, now)
  receiver.behave(() => {})
  skipped_ms += MINUTE_MS
  await second.turn()
  assert.equal(receiver.received.length, 3)
  receiver.behave(null)
  skipped_ms += MINUTE_MS
  await second.turn()
  await second.turn()
  assert.deepEqual(statesOf(receiver.taken), ['open', 'closed'])
  for (const one of receiver.received) assertSigned(one)
  const ids = new Set(receiver.received.map(({ headers }) => headers['webhook-id']))
  assert.equal(ids.size, 2)
  const metrics = await second.registry.metrics()
  assert.match(metrics, /^streamgauge_alerts_attempts_total\{receiver="ops",status="waiting"\} 1$/m)
  assert.match(metrics, /^streamgauge_alerts_attempts_total\{receiver="ops",status="delivered"\} 2$/m)
  assert.match(metrics, /^streamgauge_alerts_waiting\{receiver="ops"\} 0$/m)
  await second.alerting.close()

  const answer = (await app.inject({ url: '/v1/deliveries', headers: as(tokens.admin) })).json()
  assert.ok(Value.Check(DeliveryList, answer))
  assert.deepEqual(
    answer.deliveries.map(({ status }) => status),
    ['delivered', 'delivered'],
  )
  const attempts = answer.deliveries[1]?.attempts ?? []
  assert.deepEqual(
    attempts.map(({ reply_code }) => reply_code),
    [500, null, null, 200],
  )
  assert.equal(attempts[0]?.reason?.length, 300)
  assert.match(attempts[1]?.reason ?? '', /^fetch failed: /)
  assert.match(attempts[2]?.reason ?? '', /timeout/)
  assert.equal(attempts[3]?.reason, null)
  const third = await open(store, rules, now)
  await third.turn()
  assert.equal(receiver.taken.length, 2)
  await third.alerting.close()
})

test('a receiver that fails for ten minutes gets each alert once after that, and what was over by then as well', async (t) => {
  const receiver = await startReceiver(t)
  const { store, app } = shared
  let now_ms = Date.parse('2026-11-22T10:00:00.000Z')
  const { alerting, turn } = await open(
    store,
    rulesTo(aWebhook(receiver.url, SECRET), { group_by: ['key'], repeat_interval_s: 60 }),
    () => now_ms,
  )
  receiver.behave((response) => response.writeHead(503).end())
  const cell = (isp: string) =>
    anIncident({ scope: { kind: 'cell', key: `TH/${isp}`, where: { country: 'TH', isp } } })
  const incidents = Array.from({ length: 20 }, (_, index) => cell(`ISP ${index}`))
  const recovers_ms = now_ms + 10 * MINUTE_MS
  // One more begins every thirty seconds, and lasts five minutes.
  for (; now_ms < recovers_ms; now_ms += 1_000) {
    const second = 600 - (recovers_ms - now_ms) / 1_000
    const begins = incidents[second / 30]
    const ends = incidents[(second - 300) / 30]
    if (begins !== undefined) alerting.changed([begins])
    if (ends !== undefined)
      alerting.changed([{ ...ends, state: 'closed', ended_at: new Date(now_ms).toISOString() }])
    await turn()
  }
  assert.equal(receiver.taken.length, 0)
  // Back-off: a minute between two attempts in the end, not one for each message.
  assert.ok(receiver.received.length < 40, String(receiver.received.length))
  receiver.behave(null)
  for (const end_ms = now_ms + 2 * MINUTE_MS; now_ms < end_ms; now_ms += 1_000) await turn()
  await alerting.close()

  const firsts = receiver.taken.filter(({ body }) => JSON.parse(body).type === 'incidents.changed')
  const told = firsts.flatMap(({ body }) =>
    JSON.parse(body).data.incidents.map(
      (one: { incident_id: string; state: string }) => `${one.state} ${one.incident_id}`,
    ),
  )
  assert.equal(told.length, new Set(told).size)
  const wanted = incidents.flatMap(({ incident_id }, index) =>
    index < 10 ? [`open ${incident_id}`, `closed ${incident_id}`] : [`open ${incident_id}`],
  )
  assert.deepEqual(told.toSorted(), wanted.toSorted())
  const ids = receiver.taken.map(({ headers }) => headers['webhook-id'])
  assert.equal(ids.length, new Set(ids).size)
  for (const { headers } of receiver.taken)
    assert.ok(Number(headers['webhook-timestamp']) * 1_000 >= recovers_ms - 1_000)
  for (const one of receiver.taken.slice(0, 5)) assertSigned(one)
  const one = `/v1/deliveries?incident_id=${incidents[0]?.incident_id}`
  const { deliveries } = (await app.inject({ url: one, headers: as(tokens.admin) })).json()
  assert.deepEqual(
    deliveries.map(({ status }: { status: string }) => status),
    ['delivered', 'delivered'],
  )
})

test('a receiver that refuses is given up, with what it said but no key of it, and a redirect is not followed', async (t) => {
  const receiver = await startReceiver(t)
  const { store, app } = shared
  const url = `${receiver.url}hooks/key-of-the-hook`
  const { alerting, turn, warnings } = await open(store, rulesTo(aWebhook(url, SECRET)))
  receiver.behave((response) => response.writeHead(410).end('gone: /hooks/key-of-the-hook'))
  alerting.changed([anIncident()])
  await turn()
  receiver.behave((response) => response.writeHead(307, { location: `${receiver.url}elsewhere` }).end())
  alerting.changed([anIncident()])
  await turn()
  await alerting.close()
  assert.equal(receiver.received.length, 2)
  const { deliveries } = (await app.inject({ url: '/v1/deliveries', headers: as(tokens.admin) })).json()
  assert.deepEqual(
    deliveries.map(({ status, attempts }: { status: string; attempts: { reason: string }[] }) => [
      status,
      attempts[0]?.reason,
    ]),
    [
      ['given up', 'HTTP 307: '],
      ['given up', 'HTTP 410: gone: [hidden]'],
    ],
  )
  assert.equal(warnings.length, 2)
  for (const text of [...warnings, JSON.stringify(deliveries)])
    for (const key of ['key-of-the-hook', SECRET]) assert.ok(!text.includes(key))
})

test('a message that waits is held back by a silence, which is no attempt, and is told when the silence ends', async (t) => {
  const receiver = await startReceiver(t)
  const { store, app } = shared
  let now_ms = Date.now()
  const { alerting, turn } = await open(store, rulesTo(aWebhook(receiver.url, SECRET)), () => now_ms)
  receiver.behave((response) => response.writeHead(500).end())
  alerting.changed([anIncident()])
  await turn()
  receiver.behave(null)
  await alerting.silence({
    ...{ silence_id: uuidV7(), match: { isp: ['AIS'] }, by: 'someone', note: '' },
    ...{ starts_at: timestamp(now_ms), ends_at: timestamp(now_ms + 10 * MINUTE_MS) },
  })
  now_ms += MINUTE_MS
  await turn()
  assert.equal(receiver.taken.length, 0)
  const list = async () =>
    (await app.inject({ url: '/v1/deliveries', headers: as(tokens.admin) })).json().deliveries
  const [first] = await list()
  assert.deepEqual([first.status, first.attempts.length], ['silenced', 1])
  now_ms += 10 * MINUTE_MS
  await turn()
  await turn()
  await alerting.close()
  assert.deepEqual(statesOf(receiver.taken), ['open'])
})

test('nothing is sent before it is written down, and what could not be is sent once when it can', async (t) => {
  const receiver = await startReceiver(t)
  const ledger = storeLedger(shared.store)
  let now_ms = Date.now()
  let isDown = true
  const warnings: object[] = []
  const alerting = new Alerting({
    ...{ rules: rulesTo(aWebhook(receiver.url, SECRET)), fleet: EMPTY_CONFIG, now: () => now_ms },
    ledger: {
      ...ledger,
      keep: (versions) => (isDown ? Promise.reject(new Error('the store is away')) : ledger.keep(versions)),
    },
    warn: (details) => void warnings.push(details),
  })
  await alerting.open()
  alerting.changed([anIncident()])
  const turns = async () => {
    for (const end_ms = now_ms + 20_000; now_ms < end_ms; now_ms += 500) {
      await alerting.tick()
      await alerting.settled()
    }
  }
  await turns()
  assert.equal(receiver.received.length, 0)
  assert.equal(warnings.length, 4, 'every five seconds')
  isDown = false
  await turns()
  await alerting.close()
  assert.equal(receiver.taken.length, 1)
})

test('a silence that another collector took counts half a minute later, and so does its end', async (t) => {
  const receiver = await startReceiver(t)
  const { store } = shared
  let now_ms = Date.now()
  const rules = rulesTo(aWebhook(receiver.url, SECRET))
  const tells = await open(store, rules, () => now_ms)
  const other = await open(store, rules, () => now_ms)
  const silence = {
    ...{ silence_id: uuidV7(), match: { isp: ['AIS'] }, by: 'someone', note: '' },
    ...{ starts_at: timestamp(now_ms), ends_at: timestamp(now_ms + HOUR_MS) },
  }
  await other.alerting.silence(silence)
  now_ms += 30_000
  tells.alerting.changed([anIncident()])
  await tells.turn()
  assert.equal(receiver.taken.length, 0)
  await other.alerting.silence({ ...silence, ends_at: timestamp(now_ms) })
  now_ms += 30_000
  await tells.turn()
  await Promise.all([tells.alerting.close(), other.alerting.close()])
  assert.equal(receiver.taken.length, 1)
})

test('alert-test sends one message to a receiver of the configuration and says what came of it', async (t) => {
  const receiver = await startReceiver(t)
  const folder = await tempDir(t)
  await writeFile(join(folder, 'secret'), SECRET)
  const CONFIG = join(folder, 'config.yaml')
  await writeFile(
    CONFIG,
    `alerts: {receivers: [{name: ops, type: webhook, url: "${receiver.url}", secret_file: secret}], routes: [{receivers: [ops]}]}`,
  )
  const said: unknown[] = []
  t.mock.method(console, 'log', (text: unknown) => void said.push(text))
  assert.equal(await runCommand(['alert-test', 'ops'], { CONFIG }), 0)
  receiver.behave((response) => response.writeHead(403).end(`not ${SECRET}`))
  assert.equal(await runCommand(['alert-test', 'ops'], { CONFIG }), 1)
  assert.deepEqual(said, ['delivered (200)', 'given up (403): HTTP 403: not [hidden]'])
  await assert.rejects(runCommand(['alert-test', 'opps'], { CONFIG }), /no receiver 'opps'; there are: ops/)
  for (const one of receiver.received) assertSigned(one)
})

test('a collector that ends waits a second for a receiver that does not answer, and tells it again after that', async (t) => {
  const receiver = await startReceiver(t)
  const { store } = shared
  const rules = rulesTo(aWebhook(receiver.url, SECRET))
  const stopped = new Alerting({
    ...{ rules, fleet: EMPTY_CONFIG, ledger: storeLedger(store), now: Date.now, warn: () => {} },
  })
  await stopped.open()
  receiver.behave(() => {})
  stopped.changed([anIncident()])
  await stopped.tick()
  const from = performance.now()
  await stopped.close()
  assert.ok(performance.now() - from < 3_000)
  receiver.behave(null)
  const next = await open(store, rules, () => Date.now() + MINUTE_MS)
  await next.turn()
  await next.alerting.close()
  assert.deepEqual(statesOf(receiver.taken), ['open'])
})

test('incidents are acknowledged and silenced over the API, which shows no URL and no secret', async (t) => {
  const receiver = await startReceiver(t)
  const alerts = rulesTo(aWebhook(`${receiver.url}hooks/key-of-the-hook`, SECRET))
  const { store, intake, book, folder } = shared
  const [incident, silenced] = [
    anIncident(),
    anIncident({ scope: { kind: 'region', key: 'VN', where: { country: 'VN' } } }),
  ]
  let now_ms = Date.now()
  const now = () => now_ms
  const start = async () => {
    const app = await buildApp({
      ...{ store, intake, rawMaxDays: 30, tokens: book, fixedTokens: tokens, now, roundMs: HOUR_MS },
      ...{ config: { ...EMPTY_CONFIG, alerts }, logger: makeLogger('silent'), version: '0.0.0-test' },
      ...{ dashboardDir: folder, tempDir: folder, locator: LOCATOR, trustedProxies: [] },
    })
    t.after(() => app.close())
    const ask = async (
      method: 'GET' | 'POST' | 'DELETE',
      url: string,
      payload?: object,
      token: string = tokens.admin,
    ) => {
      const answer = await app.inject({ method, url, headers: as(token), ...(payload && { payload }) })
      return { status: answer.statusCode, json: answer.body === '' ? null : answer.json() }
    }
    return { app, ask }
  }
  await keepIncidents(store, [incident], now_ms)
  const first = await start()

  const ends_at = new Date(now_ms + 2 * HOUR_MS).toISOString()
  const silence = { match: { country: ['VN'] }, ends_at, by: 'someone' }
  const made = await first.ask('POST', '/v1/silences', silence)
  assert.equal(made.status, 201)
  // Whatever is ill there when the silence begins is told as soon as a collector hears of it.
  await keepIncidents(store, [silenced], now_ms)
  assert.equal((await first.ask('POST', '/v1/silences', silence, tokens.agent)).status, 403)
  const mistakes = [
    { ...silence, match: {} },
    { ...silence, match: { contry: ['TH'] } },
    { ...silence, ends_at: new Date(now_ms - 1_000).toISOString() },
    { ...silence, ends_at: '2026-02-31T99:00:00.000Z' },
  ]
  for (const mistake of mistakes)
    assert.equal((await first.ask('POST', '/v1/silences', mistake)).json.code, 'INVALID_PARAMETER')

  await until(
    async () => receiver.taken.length,
    (count) => count > 0,
    5_000,
  )
  const ack = `/v1/incidents/${incident.incident_id}/ack`
  assert.equal((await first.ask('POST', ack, { by: 'someone' }, tokens.agent)).status, 403)
  assert.equal((await first.ask('POST', ack, { by: 'someone', note: 'called the ISP' })).status, 200)
  assert.equal((await first.ask('POST', `/v1/incidents/${uuidV7()}/ack`, { by: 'x' })).status, 404)
  await first.app.close()

  // After a restart, when everything would be repeated but for both.
  now_ms += HOUR_MS
  const second = await start()
  await until(
    async () => (await second.ask('GET', '/v1/alerts')).json,
    (json) => Value.Check(AlertList, json) && json.alerts.length === 2,
    5_000,
  )
  const { alerts: seen } = (await second.ask('GET', '/v1/alerts')).json
  const byId = new Map(
    seen.map((one: { incident: { incident_id: string } }) => [one.incident.incident_id, one]),
  )
  assert.deepEqual(byId.get(incident.incident_id), {
    incident,
    acknowledgement: {
      ...{ incident_id: incident.incident_id, by: 'someone', note: 'called the ISP' },
      at: new Date(now_ms - HOUR_MS).toISOString(),
    },
    silence_ids: [],
    receivers: ['ops'],
  })
  assert.deepEqual(byId.get(silenced.incident_id), {
    ...{ incident: silenced, acknowledgement: null, receivers: ['ops'] },
    silence_ids: [made.json.silence_id],
  })
  assert.equal((await second.ask('DELETE', `/v1/silences/${uuidV7()}`)).status, 404)
  assert.equal((await second.ask('DELETE', `/v1/silences/${made.json.silence_id}`)).status, 204)
  const list = (await second.ask('GET', '/v1/silences')).json
  assert.ok(Value.Check(SilenceList, list))
  assert.equal(list.silences[0]?.ends_at, new Date(now_ms).toISOString())
  await until(
    async () => receiver.taken.length,
    (count) => count > 1,
    5_000,
  )
  const told = receiver.taken.map(({ body }) => JSON.parse(body).data.incidents[0].incident_id)
  assert.deepEqual(told, [incident.incident_id, silenced.incident_id])

  const rules = (await second.ask('GET', '/v1/alerts/rules')).json
  const deliveries = (await second.ask('GET', '/v1/deliveries')).json
  assert.deepEqual(rules.receivers, [{ name: 'ops', type: 'webhook' }])
  const shown = JSON.stringify([rules, deliveries, list, seen])
  for (const key of ['key-of-the-hook', SECRET]) assert.ok(!shown.includes(key), key)
})
