import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type {
  Decision,
  DecisionList,
  SteerAnswer,
  SteeringOverride,
  SteeringTable,
} from '@streamgauge/contract'
import { v7 as uuidV7 } from 'uuid'
import { freePort, runCollector } from '../support/collector_process.ts'
import { sentMeasurement } from '../support/measurement.ts'

/** How often the collector is killed. */
const KILLS = Number(process.env.KILLS ?? 40)
const NODES = ['fra', 'sin', 'sto']
const CELLS = Array.from({ length: 12 }, (_, index) => ({ country: 'TH', isp: `ISP ${index}`, index }))
const TOKEN = 'admin-token'
const READY_MAX_MS = 60_000

const config = {
  nodes: NODES.map((node_id) => ({ node_id, name: node_id, kind: 'center', country: 'DE' })),
  targets: NODES.map((node_id) => ({
    ...{ target_id: node_id, url: `https://${node_id}.example/live/main.flv`, node_id, stream_id: 'main' },
    ...{ transport: 'tcp', format: 'flv' },
  })),
  agents: CELLS.map(({ country, isp, index }) => ({ agent_id: `agent-${index}`, country, isp })),
  locate: CELLS.map(({ country, isp, index }) => ({ cidr: `198.51.100.${index}/32`, country, isp })),
}

interface Collector {
  readonly get: <T>(path: string) => Promise<T>
  readonly send: (path: string, method: string, body: string, type: string) => Promise<Response>
  readonly kill: () => Promise<void>
  readonly location: (path: string) => Promise<string | null>
}

async function start(t: TestContext, folder: string): Promise<Collector> {
  const port = await freePort()
  const env = { CONFIG: join(folder, 'c.yaml'), DATA_DIR: join(folder, 'data'), PORT: String(port) }
  const more = { ADMIN_TOKEN: TOKEN, LOG_LEVEL: 'error', DETECT_ROUND_S: '1' }
  const { child, ready } = runCollector(t, ['serve'], { ...env, ...more })
  await ready
  const url = `http://127.0.0.1:${port}`
  const authorization = `Bearer ${TOKEN}`
  return {
    get: async (path) => {
      const answer = await fetch(`${url}${path}`, { headers: { authorization } })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return answer.json() as never
    },
    send: (path, method, body, type) =>
      fetch(`${url}${path}`, {
        method,
        body,
        headers: { authorization, 'content-type': type, 'idempotency-key': uuidV7() },
      }),
    kill: async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
    location: async (path) =>
      (await fetch(`${url}${path}`, { headers: { authorization }, redirect: 'manual' })).headers.get(
        'location',
      ),
  }
}

/** Three runs of each cell to each node. */
async function measure(collector: Collector) {
  const lines = CELLS.flatMap(({ index }) =>
    NODES.flatMap((node_id, place) =>
      [1, 2, 3].map(() =>
        JSON.stringify(
          sentMeasurement({
            ...{ agent_id: `agent-${index}`, node_id, target_id: node_id, handshake_ms: 30 * (place + 1) },
            started_at: new Date(Date.now() - 1_000).toISOString(),
          }),
        ),
      ),
    ),
  )
  const answer = await collector.send(
    '/v1/measurements',
    'POST',
    `${lines.join('\n')}\n`,
    'application/x-ndjson',
  )
  assert.equal(answer.status, 200, await answer.text())
}

async function table(collector: Collector): Promise<SteeringTable> {
  const until = Date.now() + READY_MAX_MS
  for (;;) {
    const now = await collector.get<SteeringTable>('/v1/steering')
    if (now.cells.filter(({ decision_id }) => decision_id !== null).length >= CELLS.length) return now
    assert.ok(Date.now() < until, `no table: ${JSON.stringify(now).slice(0, 500)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test('the collector is killed in mid-decision again and again: the table, the log and the answers agree, and nothing that was promised is lost', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-steer-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'c.yaml'), JSON.stringify(config))
  /** What the collector has said yes to, by cell. */
  const promised = new Map<string, SteeringOverride>()
  /** Asked for when it was killed: kept or not, both are right. */
  let asked = new Map<string, string>()
  let [promises, unanswered] = [0, 0]
  let collector = await start(t, folder)
  await measure(collector)
  await table(collector)
  for (let kill = 0; kill < KILLS; kill += 1) {
    const running = collector
    let dead = false
    asked = new Map()
    const changing = CELLS.map(async ({ country, isp, index }) => {
      const key = `${country}/${isp}`
      for (let turn = 0; !dead; turn += 1) {
        const node_id = NODES[(index + turn + kill) % NODES.length] ?? ''
        const revision = promised.get(key)?.revision ?? 0
        asked.set(key, node_id)
        try {
          const body = JSON.stringify({ node_id, by: 'test', revision })
          const path = `/v1/steering/overrides/${encodeURIComponent(key)}`
          const answer = await running.send(path, 'PUT', body, 'application/json')
          assert.equal(answer.status, 200, await answer.clone().text())
          promised.set(key, (await answer.json()) as SteeringOverride)
          asked.delete(key)
          promises += 1
        } catch (error) {
          if (!dead) throw error
          unanswered += 1
        }
      }
    })
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 900))
    dead = true
    await running.kill()
    await Promise.all(changing)

    collector = await start(t, folder)
    await measure(collector)
    const [{ overrides }, { cells }] = [
      await collector.get<{ overrides: SteeringOverride[] }>('/v1/steering/overrides'),
      await table(collector),
    ]
    const { decisions } = await collector.get<DecisionList>('/v1/decisions?limit=1000')
    for (const { country, isp, index } of CELLS) {
      const key = `${country}/${isp}`
      const kept = overrides.find((one) => one.key === key)
      const was = promised.get(key)
      const maybe = asked.get(key)
      // A change that was never answered may have been kept: then it is the one after what was promised.
      if (kept?.revision !== was?.revision) {
        assert.deepEqual([kept?.revision, kept?.node_id], [(was?.revision ?? 0) + 1, maybe], key)
        if (kept !== undefined) promised.set(key, kept)
      } else assert.deepEqual(kept, was, key)
      const cell = cells.find((one) => one.country === country && one.isp === isp)
      const log = decisions.filter((one: Decision) => one.country === country && one.isp === isp)
      const [latest] = log
      assert.equal(
        cell?.decision_id,
        latest?.decision_id,
        `${key}: the table goes by the latest decision of the log`,
      )
      assert.equal(cell?.targets[0]?.node_id, latest?.to_node_id, key)
      if (kept !== undefined) assert.equal(latest?.to_node_id, kept.node_id, `${key}: the pin holds`)
      // Each decision begins where the one before it ended: none is lost between two that are there.
      for (const [place, { from_node_id }] of log.slice(0, -1).entries())
        assert.equal(from_node_id, log[place + 1]?.to_node_id, `${key}: decision ${place} from the last`)
      const viewer = `ip=198.51.100.${index}`
      const answer = await collector.get<SteerAnswer>(`/v1/steer?${viewer}&stream=main`)
      assert.deepEqual(
        [answer.decision_id, answer.targets[0]?.node_id],
        [latest?.decision_id, latest?.to_node_id],
        key,
      )
      assert.equal(
        await collector.location(`/v1/play/main?${viewer}`),
        `https://${latest?.to_node_id}.example/live/main.flv`,
        key,
      )
    }
  }
  t.diagnostic(`${KILLS} kills, ${promises} changes promised, ${unanswered} cut off`)
  assert.ok(unanswered > 0, 'no kill came in mid-decision')
})
