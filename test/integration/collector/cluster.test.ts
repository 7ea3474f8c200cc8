import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { clientFactory } from '@streamgauge/collector/store/client.ts'
import { forCluster } from '@streamgauge/collector/store/cluster/rewrite.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'
import { schemaFiles, sql } from '@streamgauge/queries'
import { clickhouseFront } from '../../support/clickhouse_front.ts'
import { tempDir } from '../../support/collector.ts'

const place = { cluster: 'main', database: 'sg' }

/** What the schema asks for, by file; each becomes the statements below. */
const files: readonly { readonly name: string; readonly text: string }[] = [
  ...schemaFiles().map(({ name, text }) => ({ name, text })),
  ...['store/create_migrations', 'rollups/empty_next', 'rollups/fill_next', 'rollups/replace_day'].map(
    (name) => ({
      name,
      // What changes a table takes no parameters: the day is put in.
      text: sql(name).replace('{day:Date}', "'2026-11-22'"),
    }),
  ),
]

test('every statement for a cluster is one to the engine, with the cluster in it', async (t) => {
  const client = clientFactory({ path: join(await tempDir(t), 'parser') })()
  t.after(() => client.close())
  for (const { name, text } of files) {
    for (const statement of forCluster(text, place)) {
      const result = await client.query({
        query: 'SELECT formatQuery({statement:String}) AS text',
        query_params: { statement },
        format: 'JSONEachRow',
      })
      const [row] = await result.json<{ text: string }>()
      // What the engine read, in its own words.
      assert.match(row?.text ?? '', / ON CLUSTER main\b|^INSERT INTO/, name)
    }
  }
})

test('what the engine reads in a local table is what it reads in the schema, but for engine and settings', async (t) => {
  const client = clientFactory({ path: join(await tempDir(t), 'parser') })()
  t.after(() => client.close())
  const columnsOf = async (statement: string) => {
    const result = await client.query({
      query: 'SELECT formatQuery({statement:String}) AS text',
      query_params: { statement },
      format: 'JSONEachRow',
    })
    const [row] = await result.json<{ text: string }>()
    const text = row?.text ?? ''
    return text.slice(text.indexOf('('), text.indexOf('\nENGINE'))
  }
  for (const { name, text } of files.filter(({ text }) => text.includes('CREATE TABLE'))) {
    const [local = ''] = forCluster(text, place)
    assert.equal(await columnsOf(local), await columnsOf(text), name)
  }
})

test('the engine takes the local tables and what feeds them, where Keeper is left out', async (t) => {
  const client = clientFactory({ path: join(await tempDir(t), 'engine') })()
  t.after(() => client.close())
  const run = (query: string) => client.command({ query })
  await run('CREATE DATABASE sg')
  for (const { text } of files) {
    for (const statement of forCluster(text, place)) {
      if (/ENGINE = Distributed|^ALTER TABLE sg\.(?!\w+_local)/.test(statement)) continue
      await run(
        alone(statement).replace(
          /\b(INSERT INTO|FROM) (rollup_\w+|comparison_sample|measurements)\b/g,
          '$1 sg.$2_local',
        ),
      )
    }
  }
  await run(`INSERT INTO sg.measurements_local (agent_id, started_at) VALUES ('a', now64(3))`)
  const result = await client.query({
    query: 'SELECT count() AS count FROM sg.rollup_minute_local',
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  assert.deepEqual(await result.json(), [{ count: 1 }])
})

test('a cluster the server does not know is refused before anything is made', async (t) => {
  const store = openStore({ url: await clickhouseFront(t), cluster: 'main' })
  t.after(() => store.close())
  await assert.rejects(migrate(store, schemaFiles(), Date.now), { code: 'CLUSTER_UNKNOWN' })
  assert.deepEqual(await store.columns('migrations'), [])
})

/** The statement as one server without Keeper would be told it. */
function alone(statement: string): string {
  return statement
    .replace(" ON CLUSTER 'main'", '')
    .replace(/Replicated(\w+)\('[^']*', '\{replica\}'\)/, '$1')
    .replace(
      /replicated_deduplication_window = (\d+)(, replicated_\w+ = \d+)+/,
      'non_replicated_deduplication_window = $1',
    )
}

test('the users and grants of docs/deploy are ones to the engine', async (t) => {
  const client = clientFactory({ path: join(await tempDir(t), 'parser') })()
  t.after(() => client.close())
  const text = readFileSync(new URL('../../../docs/deploy/users.sql', import.meta.url), 'utf8')
  const statements = text
    .replaceAll(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean)
  assert.ok(statements.length > 10)
  for (const statement of statements) {
    await client.query({
      query: 'SELECT formatQuery({statement:String})',
      query_params: { statement },
      format: 'JSONEachRow',
    })
  }
})
