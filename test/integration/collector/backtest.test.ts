import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { BacktestResult, PolicyResult } from '@streamgauge/collector/backtest/result.ts'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { keepDecisions } from '@streamgauge/collector/store/steering.ts'
import { openStore, type Store } from '@streamgauge/collector/store/store.ts'
import { schemaFiles } from '@streamgauge/queries'
import { tempDir } from '../../support/collector.ts'
import { runCollector } from '../../support/collector_process.ts'
import { aDecision } from '../../support/decision.ts'
import { sentMeasurement } from '../../support/measurement.ts'

const MINUTE_MS = 60_000
/** An hour before the window, an hour in which all is well, and one in which the near node stalls half of the time. */
const BEGIN_MS = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 5 * 3_600_000
const FROM = new Date(BEGIN_MS + 60 * MINUTE_MS).toISOString()
const TO = new Date(BEGIN_MS + 180 * MINUTE_MS).toISOString()
const WELL_MINUTES = 120
const ALL_MINUTES = 180
const FLEET = `nodes:
  - {node_id: near, name: Bangkok, kind: center, country: TH, latitude: 13.75, longitude: 100.5}
  - {node_id: far, name: Singapore, kind: center, country: SG, latitude: 1.35, longitude: 103.8}
agents:
  - {agent_id: th-1, country: TH, isp: AIS, latitude: 13.7, longitude: 100.5}
  - {agent_id: th-2, country: TH, isp: AIS, latitude: 13.8, longitude: 100.5}
`

/** Each minute each agent plays ten seconds from each node. */
function runs() {
  return Array.from({ length: ALL_MINUTES }, (_, minute) =>
    ['th-1', 'th-2'].flatMap((agent_id, agent) =>
      ['near', 'far'].map((node_id, node) => {
        const started_ms = BEGIN_MS + minute * MINUTE_MS + 5_000 + 10_000 * (2 * agent + node)
        const isNear = node_id === 'near'
        const stalls = isNear && minute >= WELL_MINUTES
        const number = `${minute * 4 + agent * 2 + node}`.padStart(11, '0')
        return {
          ...sentMeasurement({
            // Both halves of the runs see every agent and every node.
            measurement_id: `01900000-0000-7000-8000-${number}${minute % 2}`,
            ...{ agent_id, node_id, started_at: new Date(started_ms).toISOString() },
            ...{ handshake_ms: isNear ? 40 : 80, first_frame_ms: isNear ? 90 : 180 },
            startup_ms: isNear ? 100 : 200,
            ...(stalls ? { played_ms: 5_000, stall_ms: 5_000, stall_count: 5 } : { played_ms: 10_000 }),
          }),
          ...{ country: 'TH', isp: 'AIS', asn: 133481, node_country: isNear ? 'TH' : 'SG', server_asn: null },
          received_at: new Date(started_ms + 11_000).toISOString(),
        }
      }),
    ),
  ).flat()
}

async function stored(t: TestContext, fill: (store: Store) => Promise<unknown>) {
  const folder = await tempDir(t)
  const store = openStore({ path: join(folder, 'clickhouse') })
  await migrate(store, schemaFiles(), wallClock)
  await fill(store)
  await store.close()
  await writeFile(join(folder, 'fleet.yaml'), FLEET)
  await writeFile(join(folder, 'bad.yaml'), 'nodes: [{node_id: near}]')
  const env = { DATA_DIR: folder, CONFIG: join(folder, 'fleet.yaml') }
  const backtest = async (...args: string[]) => {
    const { ended, output } = runCollector(t, ['backtest', ...args], env)
    return { code: await ended, text: output() }
  }
  return { backtest, folder }
}

function named(result: BacktestResult, name: string): PolicyResult {
  const found = result.policies.find((one) => one.name === name)
  assert.ok(found, name)
  return found
}

function near(value: number | null, expected: number, what: string) {
  assert.ok(value !== null && Math.abs(value - expected) < 1e-9, `${what}: ${value}, not ${expected}`)
}

test('the command says what staying, the nearest node, steering and hindsight would have come to', async (t) => {
  const { backtest } = await stored(t, (store) => store.insert('measurements', runs(), 'runs'))
  const json = await backtest('--from', FROM, '--to', TO, '--round', '60', '--format', 'json')
  assert.equal(json.code, 0, json.text)
  const result: BacktestResult = JSON.parse(json.text)
  assert.equal(result.runs_count, 720)
  assert.equal(result.judged_runs_count, 480)
  assert.equal(result.cells_count, 1)
  assert.equal(result.clustered_by, 'cell')
  for (const name of ['none', 'nearest']) {
    const { stall_ratio, cost, handshake_ms, measured_ratio, runs_count, moves } = named(result, name)
    near(stall_ratio, 0.25, 'half of the time in half of the window')
    near(cost, 0.25 + 0.02 * 0.1 + 0.02 * 0.04, 'cost')
    near(handshake_ms, 40, 'connect')
    assert.equal(measured_ratio, 1)
    assert.equal(runs_count, 240)
    assert.equal(moves?.count, 0)
  }
  const hindsight = named(result, 'hindsight')
  near(hindsight.stall_ratio, 0, 'hindsight')
  near(hindsight.cost, 0.5 * (0.002 + 0.0008) + 0.5 * (0.004 + 0.0016), 'hindsight')
  const policy = named(result, 'policy')
  assert.equal(policy.moves?.count, 1)
  assert.deepEqual(policy.moves?.per_cell_and_day, { median: 1, p95: 1, max: 1 })
  // Detection takes two rounds to be sure; staying has not cost a minute of stalling by then.
  assert.deepEqual(policy.moves?.by_motive, { ill: 1 })
  near(policy.stall_ratio, 1 / 120, 'half of two minutes')
  const [gain] = policy.gains
  assert.equal(gain?.against, 'none')
  near(gain?.stall_ratio.value ?? null, 0.25 - 1 / 120, 'gain')
})

test('another policy is compared with the one in force, and the text says so', async (t) => {
  const { backtest } = await stored(t, async (store) => {
    await store.insert('measurements', runs(), 'runs')
    const decided_at = new Date(BEGIN_MS).toISOString()
    const sent = { country: 'TH', isp: 'AIS', from_node_id: null, to_node_id: 'far', decided_at }
    await keepDecisions(store, [aDecision({ ...sent, motive: 'first', dry_run: false })], BEGIN_MS)
  })
  const window = ['--from', FROM, '--to', TO, '--round', '60'] as const
  const json = await backtest(...window, '--policy', 'dwell_s=86400, margin=1', '--format', 'json')
  assert.equal(json.code, 0, json.text)
  const result: BacktestResult = JSON.parse(json.text)
  assert.deepEqual(
    result.policies.map(({ name }) => name),
    ['none', 'nearest', 'configured', 'policy', 'hindsight'],
  )
  near(named(result, 'none').stall_ratio, 0, 'it stays where a decision had sent it')
  const text = await backtest(...window)
  assert.equal(text.code, 0, text.text)
  assert.match(text.text, /policy against nearest: cost/)
  assert.match(text.text, /^none +0\.000 % /m)
})

test('what cannot be replayed is refused with a code that says why', async (t) => {
  const { backtest, folder } = await stored(t, async () => {})
  const refused = async (code: RegExp, ...args: string[]) => {
    const { code: exit, text } = await backtest(...args)
    assert.match(text, code)
    assert.equal(exit, 2, text)
  }
  await refused(/^NO_MEASUREMENTS: /m, '--from', FROM, '--to', TO)
  await refused(/^BAD_ARGUMENTS: --to is not after --from/m, '--from', TO, '--to', FROM)
  await refused(/^BAD_ARGUMENTS: say of which time/m, '--from', FROM)
  await refused(/^BAD_ARGUMENTS: --from must be a time/m, '--from', 'noon', '--to', TO)
  const window = ['--from', FROM, '--to', TO]
  await refused(
    /^BAD_ARGUMENTS: --policy: no 'marign'; there are margin, /m,
    ...window,
    '--policy',
    'marign=1',
  )
  await refused(/^BAD_ARGUMENTS: --policy dwell_s must be a number/m, ...window, '--policy', 'dwell_s=long')
  const soon = new Date(Date.parse(FROM) + MINUTE_MS).toISOString()
  await refused(/^BAD_ARGUMENTS: the window is shorter/m, '--from', FROM, '--to', soon, '--round', '61')
  await refused(/^CONFIG_INVALID: .*bad\.yaml: nodes\[0\]/m, ...window, '--config', join(folder, 'bad.yaml'))
})
