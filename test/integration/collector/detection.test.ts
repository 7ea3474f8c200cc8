import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { timestamp, wallClock } from '@streamgauge/collector/clock.ts'
import { Detection } from '@streamgauge/collector/detect/detection.ts'
import { observedIn } from '@streamgauge/collector/detect/row.ts'
import { makeMetrics } from '@streamgauge/collector/http/metrics.ts'
import { getMeasurement, insertMeasurements } from '@streamgauge/collector/store/measurements.ts'
import { listIncidents } from '@streamgauge/collector/store/steering.ts'
import type { Store } from '@streamgauge/collector/store/store.ts'
import { type Incident, IncidentList, type StoredMeasurement } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { v7 as uuidV7 } from 'uuid'
import { buildStore } from '../../support/collector.ts'
import { sentMeasurement } from '../../support/measurement.ts'

const ROUND_MS = 300
const AGENTS = ['TH', 'DE', 'BR'].flatMap((country, row) =>
  [1, 2, 3].map((number) => ({
    agent_id: `${country}-${number}`,
    country,
    isp: `${country} one`,
    asn: 64_500 + row,
  })),
)

/** Every agent measures two nodes over both transports; those of `down` fail. */
function visits(down: string | null): StoredMeasurement[] {
  return AGENTS.flatMap((agent) =>
    ['fra', 'sin'].flatMap((node_id) =>
      (['tcp', 'quic'] as const).map((transport) => {
        const failed = node_id === down
        const { agent_id, ...vantage } = agent
        const now = timestamp(wallClock())
        const run = sentMeasurement({
          ...{ agent_id, node_id, transport, started_at: now },
          ...(failed && { failure_code: 'CONNECT_TIMEOUT' as const, failure_source: 'path' as const }),
        })
        return { ...run, ...vantage, node_country: 'ZZ', received_at: now }
      }),
    ),
  )
}

/** Detection over a store, and agents that measure twice a round until told to stop. */
function begin(t: TestContext, store: Store) {
  let down: string | null = null
  const versions: Incident[] = []
  const warnings: unknown[] = []
  const none = () => 0
  const { registry } = makeMetrics({ pendingInserts: none, openBatches: none, liveClients: none })
  const detection = new Detection({
    store,
    now: wallClock,
    roundMs: ROUND_MS,
    objectives: [],
    registry,
    log: { warn: (details) => warnings.push(details), info: () => {} },
    changed: (incidents) => versions.push(...incidents),
  })
  let isOver = false
  const measuring = (async () => {
    while (!isOver) {
      await insertMeasurements(store, visits(down), uuidV7())
      await pause(ROUND_MS / 2)
    }
  })()
  detection.start()
  const end = async () => {
    isOver = true
    await measuring
    await detection.close()
  }
  t.after(end)
  const until = async (is: (version: Incident) => boolean) => {
    for (let tries = 0; tries < 600; tries += 1) {
      const found = versions.find(is)
      if (found !== undefined) return found
      await pause(25)
    }
    throw new Error(`did not come: ${JSON.stringify({ versions, warnings })}`)
  }
  const rounds = async () =>
    (await registry.getMetricsAsJSON()).find((one) => one.name.endsWith('rounds_total'))
  return {
    versions,
    registry,
    until,
    end,
    /** Rounds that are over. */
    rounds: async () => (await rounds())?.values[0]?.value ?? 0,
    setDown(node: string | null) {
      down = node
    },
  }
}

/** A machine that is so busy that nothing is stored for three rounds, a second, makes silence, and rightly. */
function isIllness({ evidence }: Incident): boolean {
  return evidence.every(({ signal }) => signal !== 'silent')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

test('a node that dies is an incident of that node, also across a restart, until it is back', async (t) => {
  const store = await buildStore(t)
  const first = begin(t, store)
  while ((await first.rounds()) < 10) await pause(50)
  assert.deepEqual(first.versions.filter(isIllness), [])
  first.setDown('fra')
  const opened = await first.until(({ scope, state }) => scope.key === 'fra' && state === 'open')
  assert.deepEqual(opened.scope, { kind: 'node', key: 'fra', where: { node_id: 'fra' } })
  const { incident_id: id } = opened
  await first.until(({ incident_id, severity }) => incident_id === id && severity === 'critical')
  assert.match(opened.summary, /^everybody to fra: \d+ of \d+ runs failed, \d\.\d expected$/)
  assert.ok(opened.agents_count > 1 && opened.measurement_ids.length > 1)
  const shown = await getMeasurement(store, opened.measurement_ids[0] ?? '')
  assert.deepEqual([shown?.node_id, shown?.failure_code], ['fra', 'CONNECT_TIMEOUT'])
  await first.end()

  const second = begin(t, store)
  second.setDown('fra')
  while ((await second.rounds()) < 2) await pause(50)
  second.setDown(null)
  const closed = await second.until(({ state }) => state === 'closed')
  assert.equal(closed.incident_id, opened.incident_id)
  assert.equal(closed.started_at, opened.started_at)
  await second.end()
  const span = { from: 0, to: wallClock() + 1_000 }
  const incidents = await listIncidents(store, { span, state: [], limit: 10 })
  assert.ok(Value.Check(IncidentList, { incidents }))
  assert.deepEqual(
    incidents.filter(isIllness).map(({ incident_id, state }) => [incident_id, state]),
    [[opened.incident_id, 'closed']],
  )
})

test('a run tainted by stolen processor time alone is read with what that may have added; one that was late as well is set aside', async (t) => {
  const store = await buildStore(t)
  const [run = assert.fail()] = visits(null)
  const taints = [[], ['cpu_steal'], ['cpu_steal', 'loop_lag'], ['clock_step']]
  const runs = taints.map((those) => ({
    ...run,
    measurement_id: uuidV7(),
    taints: those,
    handshake_ms: 40,
    loop_lag_ms: 12,
  }))
  await insertMeasurements(store, runs, uuidV7())
  const text = await store.readLines('detect/news', { since: '2020-01-01 00:00:00.000', limit: 10 })
  const byId = new Map([...observedIn(text)].map((one) => [one.measurement_id, one]))
  assert.deepEqual(
    runs.map(({ measurement_id }) => {
      const { tainted, run: said } = byId.get(measurement_id) ?? assert.fail()
      return [tainted, said.handshake_ms, said.slack_ms]
    }),
    [
      [false, 40, 36],
      [false, 40, 36],
      [true, 40, 36],
      [true, 40, 36],
    ],
  )
})
