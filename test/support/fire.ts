import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Outbox } from '@streamgauge/agent/outbox/outbox.ts'
import { seededRandom } from '@streamgauge/collector/report/random.ts'
import { clientFactory } from '@streamgauge/collector/store/client.ts'
import { tempDir } from './collector.ts'
import { freePort, runCollector } from './collector_process.ts'
import { sentMeasurement } from './measurement.ts'
import { PROGRAMS, stop, until } from './process.ts'

const TOKEN = 'agent-token-of-the-fire'
const SENDER = fileURLToPath(import.meta.resolve('./fire_sender.ts'))
const AGENTS = ['agent-a', 'agent-b'] as const
const FED_COUNT = 20
/** A victim lives at most this long before it is killed: from not yet listening to well under load. */
const LIFE_MAX_MS = 3_000
const DRAIN_MAX_MS = 120_000

/**
 * Kills collector, sender and real agents, in random order at random moments, `kills_count` times, while all of them work;
 * then lets them finish, and checks that the store has each measurement once and that the rollups equal a recount.
 */
export async function fire(t: TestContext, kills_count: number, seed: number): Promise<void> {
  const folder = await tempDir(t)
  const random = seededRandom(seed)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const dataDir = join(folder, 'data')
  const senderLog = join(folder, 'sender.sqlite')
  const fed = new Set<string>()
  let lives = 0
  let said = () => ''
  const child = (program: string, args: readonly string[]): ChildProcess => {
    const started = fork(program, args, {
      env: { PATH: process.env.PATH ?? '', STREAMGAUGE_TOKEN: TOKEN, LOG_LEVEL: 'error' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    t.after(() => void started.kill('SIGKILL'))
    return started
  }
  const startAgent = (id: string) => {
    const data = join(folder, id)
    feed(data, id, fed)
    return child(PROGRAMS.agent, ['run', '--collector', url, '--agent-id', id, '--data-dir', data])
  }
  const starters: Record<string, () => ChildProcess> = {
    collector: () => {
      const started = runCollector(t, ['serve'], {
        DATA_DIR: dataDir,
        PORT: `${port}`,
        AGENT_TOKEN: TOKEN,
        LOG_LEVEL: 'error',
      })
      said = started.output
      return started.child
    },
    sender: () => child(SENDER, [url, TOKEN, senderLog, `${seed + lives++}`]),
    ...Object.fromEntries(AGENTS.map((id) => [id, () => startAgent(id)])),
  }
  const running: Record<string, ChildProcess> = {}
  for (const [name, start] of Object.entries(starters)) running[name] = start()
  // The collector is killed as often as the others together.
  const victims = ['collector', 'collector', 'collector', 'sender', 'sender', ...AGENTS]
  const killed: Record<string, number> = {}
  for (let kill = 0; kill < kills_count; kill++) {
    await sleep(random() * LIFE_MAX_MS)
    const name = victims[Math.floor(random() * victims.length)] ?? 'collector'
    const [victim, start] = [running[name], starters[name]]
    assert.ok(victim && start)
    assert.equal(victim.exitCode, null, `${name} ended by itself with ${victim.exitCode}: ${said()}`)
    await stop(victim, 'SIGKILL')
    running[name] = start()
    killed[name] = (killed[name] ?? 0) + 1
  }
  const { collector, sender } = running
  assert.ok(collector && sender)
  if (!sender.connected) await once(sender, 'spawn')
  const finished = once(sender, 'exit')
  sender.send('finish')
  const [code] = await Promise.race([
    finished,
    sleep(DRAIN_MAX_MS, ['the sender does not come to an end'], { ref: false }),
  ])
  assert.equal(code, 0)
  await until(
    async () => AGENTS.map((id) => waiting(join(folder, id))),
    (counts) => counts.every((count) => count === 0),
    DRAIN_MAX_MS,
  )
  for (const id of AGENTS) await stop(running[id] ?? collector, 'SIGTERM')
  await stop(collector, 'SIGTERM')

  const log = readLog(senderLog)
  assert.deepEqual(log.wrong, [])
  const store = await readStore({ path: join(dataDir, 'clickhouse') })
  t.diagnostic(
    `seed ${seed}; killed ${JSON.stringify(killed)}; ${log.batches} batches tried ${log.sent} times; ` +
      `${log.ids.size} + ${fed.size} measurements; ${store.count} rows`,
  )
  const wanted = new Set([...log.ids, ...fed])
  assert.ok(log.sent > log.batches, 'something was sent twice')
  assert.deepEqual(
    { twice: store.twice, lost: [...wanted].filter((id) => !store.ids.has(id)).length },
    { twice: 0, lost: 0 },
  )
  assert.equal(store.count, wanted.size)
  assert.deepEqual(store.minutes, store.recounted)
  assert.deepEqual(store.hours, store.recountedHours)
  assert.deepEqual(store.sample, store.recountedSample)
}

/** Gives an agent that is not running something to send, as if it had measured. */
export function feed(data: string, agent_id: string, fed: Set<string>) {
  mkdirSync(data, { recursive: true })
  const outbox = new Outbox(join(data, 'outbox.sqlite'))
  for (let count = 0; count < FED_COUNT; count++) {
    const measurement = sentMeasurement({ agent_id })
    fed.add(measurement.measurement_id)
    outbox.put(measurement)
  }
  outbox.close()
}

/** How many measurements an agent has not brought to the collector. */
export function waiting(data: string): number {
  const db = new DatabaseSync(join(data, 'outbox.sqlite'), { readOnly: true })
  const row = db.prepare('SELECT count(*) AS n FROM waiting').get()
  db.close()
  return Number(row?.n)
}

/** What a sender made and sent, and the answers that should not have been. */
export function readLog(file: string) {
  const db = new DatabaseSync(file, { readOnly: true })
  const ids = new Set<string>()
  for (const { body } of db.prepare('SELECT body FROM batches').iterate())
    for (const line of String(body).split('\n')) ids.add(JSON.parse(line).measurement_id)
  const counts = db.prepare('SELECT count(*) AS batches, sum(sent) AS sent FROM batches').get()
  const wrong = db
    .prepare('SELECT answer FROM wrong LIMIT 5')
    .all()
    .map(({ answer }) => String(answer))
  db.close()
  return { ids, wrong, batches: Number(counts?.batches), sent: Number(counts?.sent) }
}

const MINUTES = `SELECT toString(at) AS at, target_id, sum(runs_count) AS runs, sum(started_count) AS started,
  sum(tainted_count) AS tainted, toInt64(sum(arraySum(stall_by_group.2))) AS stall_ms, toInt64(sum(arraySum(stall_by_group.3))) AS watched_ms
  FROM rollup_minute GROUP BY at, target_id ORDER BY at, target_id`
const HOURS = `SELECT toString(at) AS at, target_id, sum(runs_count) AS runs, sum(started_count) AS started,
  sum(tainted_count) AS tainted, toInt64(sum(arraySum(stall_by_group.2))) AS stall_ms, toInt64(sum(arraySum(stall_by_group.3))) AS watched_ms
  FROM rollup_hour WHERE scope = 'target' GROUP BY at, target_id ORDER BY at, target_id`
const recount = (
  start: string,
) => `SELECT toString(${start}(toDateTime(started_at, 'UTC'))) AS at, target_id, countIf(empty(taints)) AS runs,
  countIf(empty(taints) AND startup_ms IS NOT NULL) AS started, countIf(notEmpty(taints)) AS tainted,
  toInt64(ifNull(sumIf(m.stall_ms, empty(taints)), 0)) AS stall_ms, toInt64(ifNull(sumIf(m.stall_ms + m.played_ms, empty(taints)), 0)) AS watched_ms
  FROM measurements AS m GROUP BY at, target_id ORDER BY at, target_id`

const SAMPLE =
  'SELECT agent_id, count() AS runs, sum(stall_ms) AS stall_ms FROM comparison_sample GROUP BY agent_id ORDER BY agent_id'
/** A quarter of all (agent, hour) blocks, by hash. */
const SAMPLE_RECOUNTED = `SELECT agent_id, count() AS runs, sum(stall_ms) AS stall_ms FROM measurements
  WHERE empty(taints) AND cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))) < exp2(62)
  GROUP BY agent_id ORDER BY agent_id`

/** What the store has, and what its rollups would be if they were counted from raw now. */
export async function readStore(place: Parameters<typeof clientFactory>[0]) {
  const client = clientFactory(place)()
  const rows = async <T>(query: string): Promise<T[]> =>
    (await client.query({ query, format: 'JSONEachRow' })).json<T>()
  try {
    const all = await rows<{ id: string; n: string }>(
      'SELECT toString(measurement_id) AS id, count() AS n FROM measurements GROUP BY id',
    )
    return {
      ids: new Set(all.map(({ id }) => id)),
      count: all.reduce((sum, { n }) => sum + Number(n), 0),
      twice: all.filter(({ n }) => Number(n) > 1).length,
      minutes: await rows<object>(MINUTES),
      recounted: await rows<object>(recount('toStartOfMinute')),
      hours: await rows<object>(HOURS),
      recountedHours: await rows<object>(recount('toStartOfHour')),
      sample: await rows<object>(SAMPLE),
      recountedSample: await rows<object>(SAMPLE_RECOUNTED),
    }
  } finally {
    await client.close()
  }
}
