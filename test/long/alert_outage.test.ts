import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Alerting } from '@streamgauge/collector/alert/alerting.ts'
import { storeLedger } from '@streamgauge/collector/alert/ledger.ts'
import { signWebhook } from '@streamgauge/collector/alert/notify/webhook.ts'
import { EMPTY_CONFIG } from '@streamgauge/collector/config/config.ts'
import { aWebhook, rulesTo, startReceiver } from '../support/alert_receiver.ts'
import { buildStore } from '../support/collector.ts'
import { anIncident } from '../support/incident.ts'

const SECRET = 'secret-of-the-test'
const OUTAGE_MS = 600_000
/** The longest back-off, and some. */
const RECOVERY_MS = 70_000

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('ten minutes of a receiver that fails, in real time: each alert comes once after that, with a valid signature', async (t) => {
  const receiver = await startReceiver(t)
  const store = await buildStore(t)
  const alerting = new Alerting({
    rules: rulesTo(aWebhook(receiver.url, SECRET), {
      group_by: ['key'],
      group_wait_s: 1,
      group_interval_s: 5,
    }),
    fleet: EMPTY_CONFIG,
    ledger: storeLedger(store),
    now: Date.now,
    warn: () => {},
    timeoutMs: 2_000,
  })
  await alerting.open()
  alerting.start()
  t.after(() => alerting.close())
  // In turn it answers 503, cuts off, and does not answer at all.
  let turn = 0
  receiver.behave((response) => {
    turn += 1
    if (turn % 3 === 0) response.destroy()
    if (turn % 3 === 1) response.writeHead(503).end('later')
  })
  const incidents = Array.from({ length: 20 }, (_, index) =>
    anIncident({
      scope: { kind: 'cell', key: `TH/${index}`, where: { country: 'TH', isp: `ISP ${index}` } },
    }),
  )
  const from = performance.now()
  for (const incident of incidents) {
    alerting.changed([incident])
    await sleep(OUTAGE_MS / incidents.length)
  }
  assert.ok(performance.now() - from >= OUTAGE_MS)
  assert.equal(receiver.taken.length, 0)
  const over = incidents
    .slice(0, 10)
    .map((one) => ({ ...one, state: 'closed' as const, ended_at: new Date().toISOString() }))
  alerting.changed(over)
  receiver.behave(null)
  await sleep(RECOVERY_MS)

  const told = receiver.taken.flatMap(({ headers, body }) => {
    const id = String(headers['webhook-id'])
    const at = Number(headers['webhook-timestamp'])
    assert.equal(headers['webhook-signature'], signWebhook(SECRET, id, at, body))
    assert.ok(Math.abs(Date.now() / 1_000 - at) <= RECOVERY_MS / 1_000 + 5)
    return JSON.parse(body).data.incidents.map(
      (one: { state: string; incident_id: string }) => `${one.state} ${one.incident_id}`,
    )
  })
  const wanted = [...incidents, ...over].map(({ state, incident_id }) => `${state} ${incident_id}`)
  assert.deepEqual(told.toSorted(), wanted.toSorted())
})
