import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Alerting } from '@streamgauge/collector/alert/alerting.ts'
import type { Ledger } from '@streamgauge/collector/alert/ledger.ts'
import type { Receiver } from '@streamgauge/collector/alert/receiver.ts'
import { EMPTY_CONFIG } from '@streamgauge/collector/config/config.ts'
import type { Incident } from '@streamgauge/contract'
import { type Received, rulesTo, startReceiver } from '../../support/alert_receiver.ts'
import { startAlertmanager } from '../../support/alertmanager.ts'
import { anIncident } from '../../support/incident.ts'
import { until } from '../../support/process.ts'
import { needs, tool, whereIs } from '../../support/tool.ts'

/** What an Alertmanager's webhook is sent: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config. */
interface Notice {
  readonly status: 'firing' | 'resolved'
  readonly groupLabels: Readonly<Record<string, string>>
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[]
}

/** A ledger that forgets: what is written down is tested elsewhere. */
const nowhere: Ledger = {
  keep: async () => {},
  waiting: async () => [],
  told: async () => [],
  incidents: async () => [],
  decisions: async () => [],
  silences: async () => [],
  acknowledgements: async () => [],
  keepSilence: async () => {},
  keepAcknowledgement: async () => {},
}

const noticeOf = ({ body }: Received): Notice => JSON.parse(body)

test('a real Alertmanager takes incidents, groups them by labels of the scope, and resolves what is over', async (t) => {
  if (!needs(t, 'prometheus-alertmanager')) return
  const receiver = await startReceiver(t)
  const manager = await startAlertmanager(t, receiver.url)
  const ours: Receiver = { name: 'am', type: 'alertmanager', url: manager.url, secret: null, mail: null }
  const rules = { ...rulesTo(ours, { min_severity: 'info' }), dashboard_url: 'https://gauge.example' }
  const warnings: object[] = []
  const alerting = new Alerting({
    ...{ rules, fleet: EMPTY_CONFIG, ledger: nowhere, now: Date.now },
    warn: (details) => void warnings.push(details),
  })
  await alerting.open()
  const tell = async (...incidents: Incident[]) => {
    alerting.changed(incidents)
    await alerting.tick()
    await alerting.settled()
  }
  const begun = { started_at: new Date(Date.now() - 60_000).toISOString() }
  const cell = (country: string, isp: string) =>
    anIncident({ ...begun, scope: { kind: 'cell', key: `${country}/${isp}`, where: { country, isp } } })
  const [ais, dtac, fpt] = [cell('TH', 'AIS'), cell('TH', 'DTAC'), cell('VN', 'FPT')]

  await tell(ais, dtac, fpt)
  const groups = await until(
    manager.groups,
    (now) => now.length === 2 && now.flatMap(({ alerts }) => alerts).length === 3,
    10_000,
  )
  assert.deepEqual(
    groups.map(({ labels, alerts }) => [labels.country, alerts.map((one) => one.labels.isp).toSorted()]),
    [
      ['TH', ['AIS', 'DTAC']],
      ['VN', ['FPT']],
    ],
  )
  const shown = groups[0]?.alerts.find(({ labels }) => labels.incident_id === ais.incident_id)
  assert.equal(shown?.startsAt, ais.started_at)
  assert.equal(shown?.generatorURL, `https://gauge.example/#/incidents/${ais.incident_id}`)
  assert.equal(shown?.annotations.summary, ais.summary)
  const notices = async () => receiver.taken.map(noticeOf)
  const isFor =
    (status: string, ...isps: string[]) =>
    (seen: readonly Notice[]) =>
      isps.every((isp) =>
        seen.some((one) =>
          one.alerts.some(({ labels, ...alert }) => labels.isp === isp && alert.status === status),
        ),
      )
  const firing = await until(notices, isFor('firing', 'AIS', 'DTAC', 'FPT'), 10_000)
  // A group that grows while it is told of is told of twice.
  assert.deepEqual([...new Set(firing.map(({ groupLabels }) => groupLabels.country))].toSorted(), [
    'TH',
    'VN',
  ])

  // Said again it is the same alert; with another severity it is another, and the former is over.
  await tell({ ...ais, state: 'worsening' }, { ...dtac, severity: 'info' })
  const alerts = await until(
    manager.alerts,
    (now) => now.some(({ labels }) => labels.severity === 'info') && now.length === 3,
    10_000,
  )
  assert.deepEqual(alerts.map(({ labels }) => `${labels.isp} ${labels.severity}`).toSorted(), [
    'AIS critical',
    'DTAC info',
    'FPT critical',
  ])

  const over = { state: 'closed', ended_at: new Date().toISOString() } as const
  await tell({ ...ais, ...over }, { ...fpt, ...over })
  await until(notices, isFor('resolved', 'AIS', 'FPT'), 10_000)
  const left = await until(manager.alerts, (now) => now.length === 1, 10_000)
  assert.deepEqual(
    left.map(({ labels }) => labels.isp),
    ['DTAC'],
  )
  if (whereIs('amtool') !== null) {
    const { stdout } = await tool('amtool', [
      'alert',
      'query',
      '--output=json',
      `--alertmanager.url=${manager.url}`,
    ])
    assert.equal(JSON.parse(stdout)[0].labels.incident_id, dtac.incident_id)
  }
  assert.deepEqual(warnings, [])
  await alerting.close()
})
