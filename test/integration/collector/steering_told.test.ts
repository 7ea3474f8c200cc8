import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Alerting } from '@streamgauge/collector/alert/alerting.ts'
import { storeLedger } from '@streamgauge/collector/alert/ledger.ts'
import { timestamp } from '@streamgauge/collector/clock.ts'
import { EMPTY_CONFIG, parseConfig } from '@streamgauge/collector/config/config.ts'
import { Detection } from '@streamgauge/collector/detect/detection.ts'
import { makeMetrics } from '@streamgauge/collector/http/metrics.ts'
import { Audit } from '@streamgauge/collector/steer/audit.ts'
import { listIncidents } from '@streamgauge/collector/store/steering.ts'
import { Incident, type Resilience } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { aWebhook, rulesTo, startReceiver } from '../../support/alert_receiver.ts'
import { as, build, buildStore, tokens } from '../../support/collector.ts'
import { configWith } from '../../support/dns.ts'
import { until } from '../../support/process.ts'

const FINE: Resilience = { as_of: null, stale: false, dry_run: false, thin_cells: [], critical_nodes: [] }
const thin = (healthy_count: number): Partial<Resilience> => ({
  thin_cells: [{ country: 'TH', isp: 'AIS', healthy_count }],
})
const LOADED: Partial<Resilience> = {
  critical_nodes: [
    {
      ...{ node_id: 'sin-1', cells_count: 3, stranded_bps: 2.5e9 },
      stranded_cells: [
        { country: 'TH', isp: 'AIS' },
        { country: 'TH', isp: '*' },
      ],
    },
  ],
}

/** An audit on a store, at a time of its own, that sees what it is told to see. */
async function auditing(t: TestContext) {
  const store = await buildStore(t)
  let at_ms = Date.parse('2026-11-23T10:00:00.000Z')
  let seen: Resilience = FINE
  const told: Incident[] = []
  const now = () => at_ms
  const begin = (isWanted = true) =>
    new Audit({
      ...{ store, now, isWanted, roundMs: 10_000, warn: () => {} },
      resilience: () => seen,
      changed: (incidents) => told.push(...incidents),
    })
  const stored = async () => {
    const span = { from: 0, to: Number.MAX_SAFE_INTEGER / 1_000 }
    return listIncidents(store, { span, state: [], limit: 10 })
  }
  /** Every ten seconds, for so long. */
  const watch = async (audit: Audit, seconds: number, more: Partial<Resilience>) => {
    for (let past = 0; past < seconds; past += 10) {
      at_ms += 10_000
      seen = { ...FINE, as_of: timestamp(at_ms), ...more }
      await audit.look()
    }
  }
  return { store, now, begin, stored, watch, told }
}

test('a cell with too few nodes is told of when that lasts, once, and its end when that lasts', async (t) => {
  const { begin, stored, watch, told } = await auditing(t)
  const audit = begin()
  await watch(audit, 120, thin(2))
  assert.equal(told.length, 0)
  await watch(audit, 10, thin(2))
  assert.equal(told.length, 1)
  const [open] = told
  assert.ok(Value.Check(Incident, open))
  assert.deepEqual(
    [open.objective, open.severity, open.state, open.scope.key, open.started_at, open.summary],
    [
      ...['resilience', 'warning', 'open', 'TH/AIS', '2026-11-23T10:00:10.000Z'],
      '2 nodes are well and measured from there; 3 are wanted',
    ],
  )
  assert.deepEqual(await stored(), [open])
  // Now and then it is fine: that is one thing, not ten.
  for (let count = 0; count < 10; count += 1) {
    await watch(audit, 290, {})
    await watch(audit, 10, thin(1))
  }
  assert.equal(told.length, 1)
  // None left, and that lasts.
  await watch(audit, 130, thin(0))
  assert.deepEqual(
    told.map(({ severity, state }) => [severity, state]),
    [
      ['warning', 'open'],
      ['critical', 'worsening'],
    ],
  )
  await watch(audit, 300, {})
  assert.equal(told.length, 2)
  await watch(audit, 10, {})
  const last = told[2]
  assert.deepEqual([last?.state, last?.incident_id], ['closed', open.incident_id])
  assert.deepEqual(await stored(), [last])
})

test('what only flickers is never told of, nor what is seen while nothing is known of now', async (t) => {
  const { begin, watch, told } = await auditing(t)
  const audit = begin()
  for (let count = 0; count < 10; count += 1) {
    await watch(audit, 120, thin(2))
    await watch(audit, 10, {})
  }
  await watch(audit, 600, { ...thin(0), stale: true })
  assert.deepEqual(told, [])
})

test('a node whose viewers would find no room is named with them; a collector that starts goes on, and one that tells nobody ends it', async (t) => {
  const { store, begin, stored, watch, told } = await auditing(t)
  await watch(begin(), 130, LOADED)
  const [open] = told
  assert.equal(open?.scope.key, 'sin-1')
  assert.equal(
    open?.summary,
    'were it lost, 2 of its 3 cells would find no room on a node that is well: TH/AIS, TH/* (2.50 Gbit/s)',
  )
  // Detection closes what it does not know any more; this is not its own.
  const closed: Incident[] = []
  const none = () => 0
  const { registry } = makeMetrics({ pendingInserts: none, openBatches: none, liveClients: none })
  const detection = new Detection({
    ...{ store, now: Date.now, roundMs: 200, objectives: [], registry },
    log: { warn: () => {}, info: () => {} },
    changed: (incidents) => closed.push(...incidents),
  })
  detection.start()
  t.after(() => detection.close())
  const second = begin()
  second.open(await stored())
  await watch(second, 600, LOADED)
  assert.equal(told.length, 1, 'known')
  const rounds = async () =>
    Number(/^streamgauge_detect_rounds_total (\d+)/m.exec(await registry.metrics())?.[1])
  await until(rounds, (count) => count > 2, 20_000)
  assert.deepEqual(closed, [])
  const third = begin(false)
  third.open(await stored())
  await watch(third, 10, LOADED)
  assert.deepEqual([told.length, told[1]?.state, told[1]?.incident_id], [2, 'closed', open?.incident_id])
})

test('who is told of incidents is told nothing of this, and who wants it is', async (t) => {
  const { store, now, begin, watch, told } = await auditing(t)
  await watch(begin(), 130, thin(1))
  const say = async (sends: 'incidents' | 'resilience') => {
    const receiver = await startReceiver(t)
    const rules = rulesTo(aWebhook(receiver.url, 'secret'), { sends: [sends] })
    const alerting = new Alerting({
      ...{ rules, fleet: EMPTY_CONFIG, ledger: storeLedger(store), now, warn: () => {} },
    })
    await alerting.open()
    alerting.changed(told)
    await alerting.tick()
    await alerting.settled()
    await alerting.close()
    return receiver.taken.map(({ body }) => JSON.parse(body).data.headline)
  }
  assert.deepEqual(await say('incidents'), [])
  assert.deepEqual(await say('resilience'), ['WARNING open: AIS in Thailand (TH)'])
})

test('a word of an operator is at the receiver a moment later', async (t) => {
  const receiver = await startReceiver(t)
  const dns = '{zone: live.example.com, name_servers: [{name: ns.example.net}]}'
  const alerts = `alerts:
  receivers: [{name: cdn, type: webhook, url: "${receiver.url}", secret_env: HOOK_SECRET}]
  routes: [{sends: [decisions], receivers: [cdn]}]`
  process.env.HOOK_SECRET = 'secret'
  const config = parseConfig(configWith(dns, alerts), 'test.yaml')
  const { app } = await build(t, { config, roundMs: 60_000 })
  await app.ready()
  const answer = await app.inject({
    ...{ method: 'PUT', url: '/v1/steering/overrides/TH%2FAIS', headers: as(tokens.admin) },
    payload: { node_id: 'fra', by: 'lek', revision: 0 },
  })
  assert.equal(answer.statusCode, 200)
  await until(
    async () => receiver.taken.length,
    (count) => count > 0,
    20_000,
  )
  const { type, data } = JSON.parse(receiver.taken[0]?.body ?? '')
  assert.deepEqual(
    [type, data.headline, data.decisions[0].motive, data.decisions[0].to_node_id],
    ['decisions.changed', 'MOVED: AIS in Thailand (TH) to fra', 'pinned', 'fra'],
  )
})
