import assert from 'node:assert/strict'
import { execFile, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { clientFactory } from '@streamgauge/collector/store/client.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { takeMigrationLock } from '@streamgauge/collector/store/migration_lock.ts'
import { openStore, type Store } from '@streamgauge/collector/store/store.ts'
import { type SchemaFile, schemaFiles } from '@streamgauge/queries'
import { clickhouseFront } from '../../support/clickhouse_front.ts'

const MAIN = fileURLToPath(new URL('../../../collector/main.ts', import.meta.url))
const HOLDER = fileURLToPath(new URL('../../support/lock_holder.ts', import.meta.url))
const ROUNDS = 8
const quick = { beatMs: 50, deadMs: 2_000, waitMs: 60_000 }

function aFile(version: number, text: string): SchemaFile {
  const checksum = createHash('sha256').update(text).digest('hex')
  return { version, name: `${String(version).padStart(4, '0')}_t.sql`, checksum, text }
}

/** A table and what fills it, with a comment before the statement as every schema file has. */
function aRound(round: number): SchemaFile[] {
  return [
    aFile(round * 2 - 1, `CREATE TABLE IF NOT EXISTS t${round} (a UInt64) ENGINE = MergeTree ORDER BY a`),
    aFile(round * 2, `-- Fills it.\nINSERT INTO t${round} SELECT number FROM numbers(1000)`),
  ]
}

/** Opens the front twice over: as a store, and as a client to look and meddle with. */
async function open(t: TestContext) {
  const url = await clickhouseFront(t)
  const store = openStore({ url })
  const client = clientFactory({ url })()
  t.after(async () => {
    await store.close()
    await client.close()
  })
  const numbers = async (query: string) => {
    const result = await client.query({ query, format: 'JSONCompactEachRow' })
    return (await result.json<readonly (string | number)[]>()).map((row) => row.map(Number))
  }
  return { url, store, client, numbers }
}

test('collectors that start together apply each file once, every time', async (t) => {
  const { url, store, numbers } = await open(t)
  const others = [openStore({ url }), openStore({ url })]
  t.after(() => Promise.all(others.map((other) => other.close())))
  const files: SchemaFile[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    files.push(...aRound(round))
    const applied = await Promise.all(
      [store, ...others].map((each) => migrate(each, files, wallClock, quick)),
    )
    assert.deepEqual(
      applied.flat(),
      files.slice(-2).map(({ name }) => name),
    )
    assert.deepEqual(await numbers(`SELECT count() FROM t${round}`), [[1_000]])
  }
  assert.deepEqual(
    await numbers('SELECT version, count() FROM migrations GROUP BY version ORDER BY version'),
    files.map(({ version }) => [version, 1]),
  )
})

test('processes that start together all end well, and one of them applied the schema', async (t) => {
  const { url, numbers } = await open(t)
  const runs = await Promise.all(
    [1, 2, 3].map(() =>
      promisify(execFile)(process.execPath, [MAIN, 'migrate'], { env: { CLICKHOUSE_URL: url } }),
    ),
  )
  const all = schemaFiles()
  assert.deepEqual(runs.map(({ stdout }) => stdout).sort(), [
    `applied ${all.map(({ name }) => name).join(', ')}\n`,
    'nothing to apply\n',
    'nothing to apply\n',
  ])
  assert.deepEqual(await numbers('SELECT count(), uniqExact(version) FROM migrations'), [
    [all.length, all.length],
  ])
})

test('a fill that was cut off begins anew, and nothing is in its table twice', async (t) => {
  const { store, numbers } = await open(t)
  const table = aFile(
    1,
    'CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100',
  )
  const fill = (wrong: string) =>
    aFile(
      2,
      `-- Block by block.
INSERT INTO t SELECT number + ${wrong} FROM numbers(10000)
SETTINGS max_block_size = 1000, min_insert_block_size_rows = 1000, max_threads = 1`,
    )
  await assert.rejects(migrate(store, [table, fill("throwIf(number = 7500, 'cut off')")], wallClock, quick))
  const [[left = 0] = []] = await numbers('SELECT count() FROM t')
  assert.ok(left > 0 && left < 10_000, `${left} rows were left behind`)
  assert.deepEqual(await migrate(store, [table, fill('0')], wallClock, quick), ['0002_t.sql'])
  assert.deepEqual(await numbers('SELECT count(), uniqExact(a) FROM t'), [[10_000, 10_000]])
})

test('the lock of a dead collector is taken over', async (t) => {
  const { url, store, numbers } = await open(t)
  const holder = fork(HOLDER, [url], { stdio: 'ignore' })
  await once(holder, 'message')
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  assert.deepEqual(await migrate(store, aRound(1), wallClock, quick), ['0001_t.sql', '0002_t.sql'])
  assert.deepEqual(await numbers('SELECT count() FROM t1'), [[1_000]])
})

test('the lock of a collector that lives is waited for', async (t) => {
  const { store } = await open(t)
  const lock = await takeMigrationLock(store, quick)
  const impatient = { ...quick, deadMs: 1_000, waitMs: 1_500 }
  await assert.rejects(takeMigrationLock(store, impatient), { code: 'MIGRATION_BUSY' })
  await lock.check()
  await lock.release()
  await (await takeMigrationLock(store, impatient)).release()
})

test('a collector that was taken for dead goes no further', async (t) => {
  const { store, client } = await open(t)
  const lock = await takeMigrationLock(store, quick)
  await client.command({
    query: "CREATE TABLE migration_lock_2 (nothing UInt8) ENGINE = Memory COMMENT 'free'",
  })
  await assert.rejects(lock.check(), { code: 'MIGRATION_LOST' })
  await lock.release()
})

test('a server that is too old is refused', async (t) => {
  const { store } = await open(t)
  const old = Object.create(store, {
    read: { value: async () => [{ version: '25.12.4.1' }] },
    embedded: { value: false },
    place: { value: null },
  }) as Store
  await assert.rejects(migrate(old, aRound(1), wallClock), {
    code: 'STORE_TOO_OLD',
    message: 'ClickHouse 25.12.4.1 is too old; 26.1 or later is needed',
  })
})
