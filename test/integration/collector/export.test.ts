import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { exportMeasurements } from '@streamgauge/collector/export/export.ts'
import { ExportGate } from '@streamgauge/collector/export/gate.ts'
import { refuseFailure } from '@streamgauge/collector/export/server_failure.ts'
import { slicesOf } from '@streamgauge/collector/export/slices.ts'
import { ALWAYS } from '@streamgauge/collector/store/filter.ts'
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
  assert.match(second ?? '', /,"CONNECT_REFUSED","target",,/)
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

test('an export is cut at hours, the oldest first, and what it is cut into holds every run once', async (t) => {
  const { app, store, folder } = await build(t)
  const times = ['20T01:10', '20T01:50', '20T03:00', '21T00:00', '21T00:30', '22T23:59']
  const batch = times.map((time) => aMeasurement({ started_at: `2026-11-${time}:00.000Z` }))
  await app.inject(ingest(batch.toReversed()))
  const iso = (ms: number) => new Date(ms).toISOString().slice(8, 16)
  // At most three runs: two and one, then two and one.
  assert.deepEqual(
    (await slicesOf(store, {}, ALWAYS, 3)).map(({ span, rows }) => [iso(span.from), iso(span.to), rows]),
    [
      ['20T01:00', '20T04:00', 3],
      ['21T00:00', '23T00:00', 3],
    ],
  )
  // An hour is not cut, and the window asked for is kept to.
  const window = { from: Date.parse('2026-11-20T01:30:00Z'), to: Date.parse('2026-11-21T00:10:00Z') }
  assert.deepEqual(
    (await slicesOf(store, {}, window, 1)).map(({ span, rows }) => [iso(span.from), iso(span.to), rows]),
    [
      ['20T01:30', '20T02:00', 1],
      ['20T03:00', '20T04:00', 1],
      ['21T00:00', '21T00:10', 1],
    ],
  )
  const stream = await exportMeasurements(store, 'ndjson', {}, ALWAYS, join(folder, 'tmp'))
  const lines = String(Buffer.concat(await stream.toArray()))
    .trim()
    .split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).measurement_id),
    batch.map((run) => run.measurement_id),
  )
})

test('an export that is given up leaves no file behind', async (t) => {
  const { store, folder } = await exported(t)
  const stream = await exportMeasurements(store, 'ndjson', {}, ALWAYS, join(folder, 'tmp'))
  await once(stream, 'readable')
  assert.equal((await readdir(join(folder, 'tmp'))).length, 1)
  stream.destroy()
  await once(stream, 'close')
  assert.deepEqual(await readdir(join(folder, 'tmp')), [])
})

test('a third export at once is told to come back, until one of the two is through', () => {
  const gate = new ExportGate()
  const leave = gate.enter()
  gate.enter()
  const busy = { code: 'EXPORT_BUSY', status: 503, retryAfterS: 30 }
  assert.throws(() => gate.enter(), busy)
  leave()
  leave()
  gate.enter()
  assert.throws(() => gate.enter(), busy)
})

test('an export gives its place back when it has ended', async (t) => {
  const { get } = await exported(t)
  for (const format of ['csv', 'json', 'ndjson', 'parquet'])
    assert.equal((await get(`format=${format}`)).statusCode, 200)
})

test('a server that fails half-way does not pass its message for data, wherever a chunk ends', async () => {
  const mark = '__exception__\r\nabcdefgh'
  const whole = `row 1\r\n${mark}\r\nTimeout exceeded\r\n`
  for (let cut = 1; cut < whole.length; cut += 1) {
    const chunks = [whole.slice(0, cut), whole.slice(cut)].map((part) => Buffer.from(part))
    let seen = ''
    const read = async () => {
      for await (const chunk of refuseFailure(Readable.from(chunks), mark)) seen += String(chunk)
    }
    await assert.rejects(read, { code: 'STORE_UNAVAILABLE', message: /half-way/ })
    assert.ok('row 1\r\n'.startsWith(seen), seen)
  }
  const fine = refuseFailure(Readable.from([Buffer.from('row 1'), Buffer.from(', 2')]), mark)
  assert.equal(String(Buffer.concat(await Readable.from(fine).toArray())), 'row 1, 2')
})

test('an unknown format is refused', async (t) => {
  const { get } = await exported(t)
  assert.equal((await get('format=xls')).json().code, 'INVALID_PARAMETER')
})
