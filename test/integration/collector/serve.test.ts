import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { aMeasurement, tempDir } from '../../support/collector.ts'
import { runCollector, takenPort } from '../../support/collector_process.ts'

const tokens = { ADMIN_TOKEN: 'admin-of-the-test', AGENT_TOKEN: 'agent-of-the-test' }

const read = async (port: number, path: string) => {
  const headers = { authorization: `Bearer ${tokens.ADMIN_TOKEN}` }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  return answer.json()
}
const send = async (port: number, key: string, body: string) => {
  const headers = {
    authorization: `Bearer ${tokens.AGENT_TOKEN}`,
    'content-type': 'application/x-ndjson',
    'idempotency-key': key,
  }
  const answer = await fetch(`http://127.0.0.1:${port}/v1/measurements`, { method: 'POST', headers, body })
  return answer.json()
}
/** What a crash left in the journal is stored first; until then batches are turned away. */
const whenReady = async (port: number) => {
  while ((await read(port, '/readyz')).status !== 'ok') await sleep(50)
}

test('bad arguments and surroundings end with 2, a code and one line, before anything is done', async (t) => {
  const folder = await tempDir(t)
  const config = join(folder, 'bad.yaml')
  await writeFile(config, 'nods: []')
  const port = await takenPort(t)
  const data = join(folder, 'never-made')
  const cases = [
    [[], {}, /^BAD_ARGUMENTS: no command given; try --help$/],
    [['fly'], {}, /^BAD_ARGUMENTS: no command 'fly'; try --help$/],
    [['serve', '--fast'], {}, /^BAD_ARGUMENTS: Unknown option '--fast'/],
    [
      ['export', '--format', 'xls'],
      {},
      /^BAD_ARGUMENTS: --format must be one of csv, json, ndjson, parquet$/,
    ],
    [['serve'], { PORT: 'x' }, /^ENVIRONMENT_INVALID: PORT must be integer$/],
    [['serve'], { CONFIG: config }, /^CONFIG_INVALID: .*bad\.yaml: unknown key nods$/],
    [['serve'], { CONFIG: '/gone.yaml' }, /^CONFIG_UNREADABLE: cannot read \/gone\.yaml: ENOENT/],
    [
      ['serve'],
      { PORT: `${port}` },
      /^PORT_TAKEN: port \d+ on 127\.0\.0\.1 is already taken; set PORT to another one$/,
    ],
    [['start'], { PORT: `${port}` }, /^PORT_TAKEN: /],
    [
      ['serve'],
      { PORT: '0', DATA_DIR: '/dev/null/x' },
      /^DATA_DIR_UNWRITABLE: cannot write \/dev\/null\/x: /,
    ],
    [['start'], { PORT: '0', ORIGIN_PORT: '0', DATA_DIR: '/dev/null/x' }, /^DATA_DIR_UNWRITABLE: /],
  ] as const
  await Promise.all(
    cases.map(async ([args, env, message]) => {
      const { ended, output } = runCollector(t, args, { DATA_DIR: data, ...env })
      assert.equal(await ended, 2, output())
      assert.match(output().trimEnd(), message)
      assert.ok(!output().trimEnd().includes('\n'), output())
    }),
  )
  assert.ok(!existsSync(data))
})

test('a collector serves, keeps others out of its folder, and ends at SIGTERM with 0', async (t) => {
  const DATA_DIR = join(await tempDir(t), 'data')
  const { child, ready, ended, output } = runCollector(t, ['serve'], { DATA_DIR, PORT: '0' })
  const port = await ready
  const link = /http:\/\/127\.0\.0\.1:\d+\/signin\?token=(\S+)/.exec(output())
  assert.equal((await readFile(join(DATA_DIR, 'admin-token'), 'utf8')).trim(), link?.[1])
  assert.equal((await stat(join(DATA_DIR, 'admin-token'))).mode & 0o777, 0o600)
  const signedIn = await fetch(link?.[0] ?? '', { redirect: 'manual' })
  assert.equal(signedIn.status, 303)
  assert.ok(!output().includes('signin?token=', output().indexOf('signin') + 1), 'the log shows no token')

  const other = runCollector(t, ['serve'], { DATA_DIR, PORT: '0' })
  assert.equal(await other.ended, 2)
  assert.match(other.output(), /^DATA_DIR_IN_USE: another collector uses /)

  assert.deepEqual(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json(), { status: 'ok' })
  const began = Date.now()
  child.kill('SIGTERM')
  assert.equal(await ended, 0)
  assert.ok(Date.now() - began < 4_000)
})

test('a collector whose parent is gone ends', async (t) => {
  const { child, ready } = runCollector(t, ['serve'], { DATA_DIR: await tempDir(t), PORT: '0' })
  await ready
  // Not 'close': Node never emits that for a child it disconnected from.
  const gone = once(child, 'exit')
  child.disconnect()
  assert.deepEqual(await gone, [0, null])
})

test('kill -9 in the middle of ingest loses nothing that was acknowledged and doubles nothing that is sent again', async (t) => {
  const env = { DATA_DIR: await tempDir(t), PORT: '0', ...tokens }
  const first = runCollector(t, ['serve'], env)
  const port = await first.ready
  const batches = Array.from({ length: 200 }, (_, index) => ({
    key: `batch-${index}`,
    body: Array.from({ length: 30 }, () => JSON.stringify(aMeasurement())).join('\n'),
  }))
  const acknowledged = new Set<string>()
  const sending = batches.map(async ({ key, body }, index) => {
    await sleep(index * 10)
    const answer = await send(port, key, body)
    if (answer.accepted === 30) acknowledged.add(key)
  })
  const settled = Promise.allSettled(sending)
  while (acknowledged.size < 5) await sleep(5)
  first.child.kill('SIGKILL')
  assert.equal(await first.ended, 'SIGKILL')
  await settled
  assert.ok(acknowledged.size < batches.length, 'the kill came too late to mean anything')

  const second = runCollector(t, ['serve'], env)
  const newPort = await second.ready
  const runsOf = async () => (await read(newPort, '/v1/reports/overview')).rows[0]?.runs_count ?? 0
  await whenReady(newPort)
  assert.ok((await runsOf()) >= acknowledged.size * 30)
  const again = await Promise.all(batches.map(({ key, body }) => send(newPort, key, body)))
  for (const answer of again) assert.deepEqual(answer, { accepted: 30, rejected: 0, errors: [] })
  // An overview may be some seconds old.
  const deadline = Date.now() + 60_000
  while ((await runsOf()) < 6_000 && Date.now() < deadline) await sleep(250)
  assert.equal(await runsOf(), 6_000)
  second.child.kill('SIGINT')
  assert.equal(await second.ended, 0)
})

test('the schema can be applied, and measurements exported, without serving', async (t) => {
  const env = { DATA_DIR: await tempDir(t), PORT: '0', ...tokens }
  const migrated = runCollector(t, ['migrate'], env)
  assert.equal(await migrated.ended, 0)
  assert.match(migrated.output(), /^applied 0001_measurements\.sql, /)
  const server = runCollector(t, ['serve'], env)
  await send(await server.ready, 'k', JSON.stringify(aMeasurement({ agent_id: 'exported' })))
  server.child.kill('SIGTERM')
  await server.ended
  const exported = runCollector(t, ['export', '--format', 'ndjson', '--transport', 'tcp'], env)
  assert.equal(await exported.ended, 0, exported.output())
  assert.equal(JSON.parse(exported.output()).agent_id, 'exported')
})
