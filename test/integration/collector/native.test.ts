import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { clientFactory } from '@streamgauge/collector/store/client.ts'
import { Block } from '@streamgauge/collector/store/native/block.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'
import { tempDir } from '../../support/collector.ts'

/** A store, and a way to ask the engine anything. */
async function build(t: TestContext) {
  const location = { path: join(await tempDir(t), 'clickhouse') }
  const store = openStore(location)
  const client = clientFactory(location)()
  t.after(() => Promise.all([store.close(), client.close()]))
  const ask = async (query: string) => {
    const result = await client.query({ query, format: 'JSONCompactEachRow' })
    return (await result.json<unknown[]>()).flat()
  }
  return { store, ask }
}

const SCHEMA = `
  id UUID, maybe_id Nullable(UUID), name LowCardinality(String), maybe LowCardinality(Nullable(String)), at DateTime64(3, 'UTC'),
  flag Bool, maybe_flag Nullable(Bool), x Float64, maybe_x Nullable(Float64), n8 Nullable(UInt8), n16 Nullable(UInt16),
  n32 Nullable(UInt32), n64 Nullable(UInt64), list Array(Float64), words Array(LowCardinality(String)),
  pairs Array(Tuple(at_ms Float64, length_ms Float64)), by_name Map(LowCardinality(String), Nullable(Float64))`

const full = {
  id: '0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b',
  maybe_id: 'ffffffff-ffff-7fff-bfff-ffffffffffff',
  name: 'Ærø \u{1f30a} '.repeat(20),
  maybe: 'x'.repeat(200),
  at: '2026-11-22T23:59:59.999Z',
  flag: true,
  maybe_flag: false,
  x: 0.1 + 0.2,
  maybe_x: -1.7976931348623157e308,
  n8: 255,
  n16: 65_535,
  n32: 4_294_967_295,
  n64: 1_000_000_000_000,
  list: [5e-324, 0, 3],
  words: ['', 'a'],
  pairs: [
    { at_ms: 1.5, length_ms: 2 },
    { at_ms: 3, length_ms: 4.25 },
  ],
  by_name: { '500': null, '1000': 7 },
}
const empty = {
  id: '00000000-0000-4000-8000-000000000000',
  maybe_id: null,
  name: '',
  maybe: null,
  at: '1970-01-01T00:00:00.000Z',
  flag: false,
  maybe_flag: null,
  x: 0,
  maybe_x: null,
  n8: null,
  n16: null,
  n32: null,
  n64: null,
  list: [],
  words: [],
  pairs: [],
  by_name: {},
}

test('rows written in the Native format come back as the engine reads them from JSON', async (t) => {
  const { store, ask } = await build(t)
  for (const table of ['native', 'json'])
    await store.run(`CREATE TABLE ${table} (${SCHEMA}) ENGINE = MergeTree ORDER BY id`)
  const rows = [
    full,
    empty,
    { ...full, id: '0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5c', list: Array(300).fill(2 ** 53) },
  ]
  await store.insert('json', rows, 'j1')

  const layout = { table: 'native', columns: await store.columns('native') }
  const block = new Block(layout)
  block.add(rows.slice(0, 1))
  block.add(rows.slice(1))
  const file = join(await tempDir(t), "it's a file.native")
  await writeFile(file, Buffer.concat(block.bytes()))
  await store.insertFile(
    'native',
    layout.columns.map(({ name }) => name),
    file,
    'n1',
  )

  assert.deepEqual(await ask('SELECT (SELECT count() FROM native), (SELECT count() FROM json)'), [3, 3])
  assert.deepEqual(await ask('SELECT id FROM (SELECT * FROM native EXCEPT SELECT * FROM json)'), [])
  assert.deepEqual(await ask('SELECT id FROM (SELECT * FROM json EXCEPT SELECT * FROM native)'), [])
})

test('an emptied block begins anew, and the same file under the same token is stored once', async (t) => {
  const { store, ask } = await build(t)
  await store.run(
    'CREATE TABLE numbered (n UInt32) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 10',
  )
  const block = new Block({ table: 'numbered', columns: await store.columns('numbered') })
  const rows = Array.from({ length: 5_001 }, (_, n) => ({ n }))
  block.add([{ n: 9 }])
  block.empty()
  block.add(rows)
  assert.equal(block.rows, 5_001)
  const file = join(await tempDir(t), 'numbered.native')
  await writeFile(file, Buffer.concat(block.bytes()))
  await store.insertFile('numbered', ['n'], file, 'n1')
  await store.insertFile('numbered', ['n'], file, 'n1')
  assert.deepEqual(await ask('SELECT count(), uniqExact(n) FROM numbered'), [5_001, 5_001])
  assert.deepEqual(await ask("SELECT count() FROM system.parts WHERE table = 'numbered' AND active"), [1])
})

test('a column type that nothing here can write is refused by name', () => {
  assert.throws(() => new Block({ table: 't', columns: [{ name: 'p', type: 'Point' }] }), {
    code: 'COLUMN_TYPE_UNKNOWN',
  })
})
