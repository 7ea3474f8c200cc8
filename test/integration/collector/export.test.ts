import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { StoredMeasurement } from '@streamgauge/contract'
import { aFailure, aMeasurement, as, build, ingest, tokens } from '../../support/collector.ts'

const viewer = as(tokens.admin)
const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 12, 0, second)).toISOString()
const runs = [
  aMeasurement({
    started_at: at(1),
    stalls: [{ at_ms: 1, length_ms: 2 }],
    stall_ms: 2,
    agent_version: 'a "b", c',
  }),
  aFailure({ started_at: at(2) }),
]

async function exported(t: Parameters<typeof build>[0]) {
  const { app, store, folder } = await build(t)
  await app.inject(ingest(runs))
  const get = (query: string) => app.inject({ url: `/v1/export?${query}`, headers: viewer })
  return { get, store, folder }
}

test('CSV has a header of every field, empty for null, JSON for lists', async (t) => {
  const { get } = await exported(t)
  const answer = await get('format=csv')
  assert.match(String(answer.headers['content-type']), /^text\/csv/)
  assert.equal(answer.headers['content-disposition'], 'attachment; filename="measurements.csv"')
  const [header, first, second, end] = answer.body.split('\r\n')
  assert.equal(header, Object.keys(StoredMeasurement.properties).join(','))
  assert.ok(first?.includes('"a ""b"", c"'))
  assert.ok(first?.includes('"[{""at_ms"":1,""length_ms"":2}]"'))
  assert.match(second ?? '', /,CONNECT_REFUSED,target,,/)
  assert.equal(end, '')
})

test('JSON and NDJSON hold the records as they are served, oldest first', async (t) => {
  const { get } = await exported(t)
  const list = JSON.parse((await get('format=json')).body)
  const lines = (await get('format=ndjson')).body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(list, lines)
  assert.deepEqual(
    list.map((run: StoredMeasurement) => run.measurement_id),
    runs.map((run) => run.measurement_id),
  )
  const { country, isp, asn, node_country, received_at, ...sent } = list[0]
  assert.deepEqual(sent, runs[0])
})

test('an export of nothing is still a file', async (t) => {
  const { get } = await exported(t)
  assert.equal((await get('format=json&country=XX')).body, '[]\n')
  assert.equal((await get('format=ndjson&country=XX')).body, '')
})

test('filters choose what is exported, and the same file can be ingested again', async (t) => {
  const { get } = await exported(t)
  const { body } = await get('format=ndjson&failure=any')
  assert.equal(body.trim().split('\n').length, 1)
  const { app: _app, ...again } = { app: null, body }
  assert.equal(JSON.parse(again.body).failure_code, 'CONNECT_REFUSED')
})

test('Parquet is read back by the engine, and its temporary file is gone', async (t) => {
  const { get, store, folder } = await exported(t)
  const answer = await get('format=parquet')
  assert.equal(answer.rawPayload.subarray(0, 4).toString(), 'PAR1')
  const path = join(folder, 'back.parquet')
  await writeFile(path, answer.rawPayload)
  const names = Object.keys(StoredMeasurement.properties).length
  await store.run(`CREATE TABLE back ENGINE = Memory AS SELECT * FROM file('${path}', Parquet)`)
  const columns = await store.read<{ name: string }>('store/columns', { table: 'back' })
  assert.equal(columns.length, names)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(await readdir(join(folder, 'tmp')), [])
})

test('an unknown format is refused', async (t) => {
  const { get } = await exported(t)
  assert.equal((await get('format=xls')).json().code, 'INVALID_PARAMETER')
})
