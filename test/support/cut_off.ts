import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { clickhouseFront } from './clickhouse_front.ts'
import { tempDir } from './collector.ts'
import { runCollector } from './collector_process.ts'
import { feed, readLog, readStore, waiting } from './fire.ts'
import { sentMeasurement } from './measurement.ts'
import { PROGRAMS, stop, until } from './process.ts'
import { storeLink } from './store_link.ts'

const TOKEN = 'agent-token-of-the-cut'
const SENDER = fileURLToPath(import.meta.resolve('./fire_sender.ts'))
const AGENTS = ['agent-a', 'agent-b'] as const
const LOAD_MS = 3_000
const DRAIN_MAX_MS = 120_000
const SAMPLE_MS = 250

/**
 * Takes the store away from a collector under load for `cut_ms`, a third of it refusing, resetting and hanging each; then
 * checks that all that was sent or measured meanwhile is there once. Memory may grow by `growth_max_mb`, resident.
 */
export async function cutOff(t: TestContext, cut_ms: number, growth_max_mb: number): Promise<void> {
  const folder = await tempDir(t)
  const front = await clickhouseFront(t)
  const link = await storeLink(t, front)
  const collector = runCollector(t, ['serve'], {
    DATA_DIR: join(folder, 'data'),
    CLICKHOUSE_URL: link.url,
    PORT: '0',
    AGENT_TOKEN: TOKEN,
    LOG_LEVEL: 'fatal',
  })
  const url = `http://127.0.0.1:${await collector.ready}`
  const child = (program: string, args: readonly string[]): ChildProcess => {
    const started = fork(program, args, {
      env: { PATH: process.env.PATH ?? '', STREAMGAUGE_TOKEN: TOKEN, LOG_LEVEL: 'fatal' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    t.after(() => void started.kill('SIGKILL'))
    return started
  }
  const fed = new Set<string>()
  const agents: Record<string, ChildProcess> = {}
  /** Agents measure something more. */
  const measure = async () => {
    for (const id of AGENTS) {
      if (agents[id] !== undefined) await stop(agents[id], 'SIGKILL')
      const data = join(folder, id)
      feed(data, id, fed)
      agents[id] = child(PROGRAMS.agent, ['run', '--collector', url, '--agent-id', id, '--data-dir', data])
    }
  }
  const log = join(folder, 'sender.sqlite')
  const sender = child(SENDER, [url, TOKEN, log, '1'])
  await measure()
  await sleep(LOAD_MS)
  const before_mb = residentMb(collector.child)
  let most_mb = before_mb
  const sampling = setInterval(() => {
    most_mb = Math.max(most_mb, residentMb(collector.child))
  }, SAMPLE_MS)
  t.after(() => clearInterval(sampling))
  for (const state of ['refuse', 'reset', 'hang'] as const) {
    const until_ms = performance.now() + cut_ms / 3
    await link.set(state)
    await measure()
    if (state !== 'hang') await assertTurnedAway(url)
    await sleep(Math.max(0, until_ms - performance.now()))
    assert.equal(collector.child.exitCode, null, collector.output())
  }
  const kept = AGENTS.map((id) => waiting(join(folder, id)))
  assert.ok(
    kept.every((count) => count > 0),
    'agents keep what they could not bring',
  )
  await link.set('open')
  // An agent that was just started does not sit out a long pause first.
  await measure()
  clearInterval(sampling)
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
  for (const running of [...Object.values(agents), collector.child]) await stop(running, 'SIGTERM')

  const sent = readLog(log)
  const store = await readStore({ url: front })
  t.diagnostic(
    `cut for ${cut_ms} ms; ${sent.batches} batches tried ${sent.sent} times; ${sent.ids.size} + ${fed.size} measurements; ` +
      `${store.count} rows; agents kept ${kept}; collector ${before_mb.toFixed(0)} MB before, ${most_mb.toFixed(0)} MB at most`,
  )
  assert.deepEqual(sent.wrong, [])
  const wanted = new Set([...sent.ids, ...fed])
  const lost = [...wanted].filter((id) => !store.ids.has(id)).length
  assert.deepEqual({ twice: store.twice, lost, rows: store.count }, { twice: 0, lost: 0, rows: wanted.size })
  assert.deepEqual(store.minutes, store.recounted)
  assert.deepEqual(store.hours, store.recountedHours)
  assert.deepEqual(store.sample, store.recountedSample)
  assert.ok(most_mb - before_mb < growth_max_mb, `grew by ${most_mb - before_mb} MB`)
}

async function assertTurnedAway(url: string) {
  const response = await fetch(`${url}/v1/measurements`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/x-ndjson',
      'idempotency-key': 'never-acknowledged',
    },
    body: JSON.stringify(sentMeasurement()),
  })
  assert.equal(response.status, 503, await response.text())
  assert.ok(Number(response.headers.get('retry-after')) > 0)
}

function residentMb(child: ChildProcess): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
  return (Number(kib) * 1_024) / 1_000_000
}
