import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { Alerting } from '@streamgauge/collector/alert/alerting.ts'
import { storeLedger } from '@streamgauge/collector/alert/ledger.ts'
import { signWebhook } from '@streamgauge/collector/alert/notify/webhook.ts'
import type { AlertRules } from '@streamgauge/collector/alert/rules.ts'
import { timestamp } from '@streamgauge/collector/clock.ts'
import { EMPTY_CONFIG } from '@streamgauge/collector/config/config.ts'
import { keepDecisions } from '@streamgauge/collector/store/steering.ts'
import type { Store } from '@streamgauge/collector/store/store.ts'
import { Decision, type Delivery, DeliveryList } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { aRoute, aWebhook, type Received, rulesTo, startReceiver } from '../../support/alert_receiver.ts'
import { as, build, tokens } from '../../support/collector.ts'
import { aDecision } from '../../support/decision.ts'
import { anIncident } from '../../support/incident.ts'
import { fileOwner } from '../../support/owner.ts'

const SECRET = 'secret-of-the-test'
const MINUTE_MS = 60_000
const DECISIONS = { sends: ['decisions'] } as const

let shared: Awaited<ReturnType<typeof build>>
const owner = fileOwner()
before(async () => {
  shared = await build({ after: owner.after })
})
after(() => owner.end())
beforeEach(async () => {
  for (const table of ['decisions', 'incidents', 'deliveries', 'silences'])
    await shared.store.run(`TRUNCATE TABLE ${table}`)
})

async function open(store: Store, rules: AlertRules, now: () => number) {
  const warnings: object[] = []
  const warn = (details: object) => void warnings.push(details)
  const alerting = new Alerting({
    ...{
      rules,
      fleet: EMPTY_CONFIG,
      ledger: storeLedger(store),
      now,
      warn,
      random: () => 0,
      timeoutMs: 2_000,
    },
  })
  await alerting.open()
  const turn = async () => {
    await alerting.tick()
    await alerting.settled()
  }
  return { alerting, turn, warnings }
}

/** What was told: of which decision what, in the order in which it came. */
function toldIn(received: readonly Received[]): string[] {
  return received.flatMap(({ headers, body }) => {
    const id = String(headers['webhook-id'])
    const at = Number(headers['webhook-timestamp'])
    assert.equal(headers['webhook-signature'], signWebhook(SECRET, id, at, body))
    const { type, data } = JSON.parse(body)
    assert.equal(type, 'decisions.changed')
    return data.decisions.map(({ title, ...decision }: { title: string }) => {
      assert.ok(Value.Check(Decision, decision))
      return `${decision.verdict ?? 'made'} ${decision.decision_id}`
    })
  })
}

test('every decision and its verdict come once and in order, though the receiver fails and the collector is killed meanwhile', async (t) => {
  const receiver = await startReceiver(t)
  const { store, app } = shared
  let skipped_ms = 0
  const now = () => Date.now() + skipped_ms
  const rules = rulesTo(aWebhook(receiver.url, SECRET), DECISIONS)
  const first = await open(store, rules, now)
  const made = aDecision()
  await keepDecisions(store, [made], now())
  first.alerting.decided([made])
  receiver.behave((response) => response.writeHead(503).end())
  await first.turn()
  assert.deepEqual([receiver.received.length, receiver.taken.length], [1, 0])
  const effect = { pairs_count: 4, gain: 0.28, low: 0.2, high: 0.36 }
  const judged = { ...made, verdict: 'helped', effect } as const
  await keepDecisions(store, [judged], now())
  first.alerting.decided([judged])
  await first.turn()

  // Decided and stored; the collector is killed before anything else.
  const lost = aDecision({ isp: 'True', decided_at: timestamp(now()) })
  await keepDecisions(store, [lost], now())
  await first.alerting.close()
  const second = await open(store, rules, now)
  receiver.behave(null)
  for (let count = 0; count < 3; count += 1) {
    skipped_ms += 2 * MINUTE_MS
    await second.turn()
  }
  const told = toldIn(receiver.taken)
  const own = told.filter((one) => one.endsWith(made.decision_id))
  assert.deepEqual(own, [`made ${made.decision_id}`, `helped ${made.decision_id}`])
  assert.deepEqual(told.toSorted(), [...own, `made ${lost.decision_id}`].toSorted())
  const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
  assert.equal(new Set(ids).size, 3, 'the same id each time')
  await second.alerting.close()

  const third = await open(store, rules, now)
  await third.turn()
  assert.equal(receiver.taken.length, 3)
  await third.alerting.close()
  const url = `/v1/deliveries?decision_id=${made.decision_id}`
  const answer = (await app.inject({ url, headers: as(tokens.admin) })).json()
  assert.ok(Value.Check(DeliveryList, answer))
  assert.deepEqual(
    answer.deliveries.map(({ status, incident_ids, decision_ids }: Delivery) => [
      ...[status, incident_ids.length, decision_ids.length],
    ]),
    Array(2).fill(['delivered', 0, 1]),
  )
})

test('a receiver of its own hears of decisions that are for it, and silences hold back none', async (t) => {
  const { store } = shared
  const [thai, node, incidents] = await Promise.all([startReceiver(t), startReceiver(t), startReceiver(t)])
  const named = (name: string, url: string) => ({ ...aWebhook(url, SECRET), name })
  const rules: AlertRules = {
    receivers: [named('thai', thai.url), named('node', node.url), named('incidents', incidents.url)],
    routes: [
      aRoute(['thai'], { ...DECISIONS, match: { country: ['TH'] } }),
      aRoute(['thai'], { sends: ['decisions', 'incidents'], match: { isp: ['AIS'] } }),
      aRoute(['node'], { ...DECISIONS, match: { node_id: ['fra'] } }),
      aRoute(['incidents']),
    ],
    dashboard_url: null,
  }
  const { alerting, turn } = await open(store, rules, Date.now)
  await alerting.silence({
    ...{ silence_id: aDecision().decision_id, match: { country: ['TH'] }, by: 'lek', note: '' },
    ...{ starts_at: timestamp(Date.now() - 1_000), ends_at: timestamp(Date.now() + MINUTE_MS) },
  })
  const [ais, elsewhere, away] = [
    aDecision(),
    aDecision({ country: 'VN', isp: 'Viettel', from_node_id: null, to_node_id: 'fra' }),
    aDecision({ country: 'TH', isp: 'True', from_node_id: 'sto' }),
  ]
  alerting.decided([ais, elsewhere, away])
  alerting.changed([anIncident()])
  await turn()
  assert.deepEqual(toldIn(thai.taken), [`made ${ais.decision_id}`, `made ${away.decision_id}`])
  assert.deepEqual(toldIn(node.taken), [`made ${ais.decision_id}`, `made ${elsewhere.decision_id}`])
  assert.equal(incidents.taken.length, 0)
  await alerting.close()
})

test('a receiver that takes nothing has so many kept for it, and the log says what it will never hear', async (t) => {
  const { store } = shared
  const receiver = await startReceiver(t)
  receiver.behave((response) => response.writeHead(503).end())
  const rules = rulesTo(aWebhook(receiver.url, SECRET), DECISIONS)
  const { alerting, turn, warnings } = await open(store, rules, Date.now)
  const some = Array.from({ length: 5_000 }, (_, index) => aDecision({ isp: `ISP ${index}` }))
  for (let count = 0; count < 3; count += 1) alerting.decided(some)
  assert.deepEqual(warnings, [{ lost: 5_000 }])
  await turn()
  assert.deepEqual([...alerting.waiting], [['ops', 10]], 'ten messages of fifty at a time')
  await alerting.close()
})
