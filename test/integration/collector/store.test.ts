import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { makeEnrich } from '@streamgauge/collector/fleet/enrich.ts'
import { ALWAYS } from '@streamgauge/collector/store/filter.ts'
import { lockDataDir } from '@streamgauge/collector/store/lock.ts'
import {
  countMeasurements,
  getMeasurement,
  insertMeasurements,
  listMeasurements,
} from '@streamgauge/collector/store/measurements.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { StoredMeasurement } from '@streamgauge/contract'
import { schemaFiles } from '@streamgauge/queries'
import { aFailure, aMeasurement, buildStore, tempDir } from '../../support/collector.ts'

const enrich = makeEnrich([], [])
const stored = (...runs: ReturnType<typeof aMeasurement>[]) =>
  runs.map((run) => enrich(run, { receivedAt: new Date().toISOString(), address: null }))

test('a record comes back exactly as it went in, key order included', async (t) => {
  const store = await buildStore(t)
  const full = aMeasurement({
    stall_ms: 350.5,
    stall_count: 2,
    stall_max_ms: 300.25,
    stalls: [
      { at_ms: 1_000, length_ms: 50.25 },
      { at_ms: 2_000.125, length_ms: 300.25 },
    ],
    bytes: 1_000_000_000_000,
    throughput_bps: 0.1 + 0.2,
    pair_id: '01a2050b-1c05-7340-9498-0a3b874b5c65',
    pair_position: 0,
    clock_offset_ms: -1e12,
    loss_ratio: 1 / 3,
    taints: ['insecure', 'clock'],
    server_asn: 4_294_967_295,
    started_at: '2026-11-22T00:00:00.000Z',
  })
  const batch = stored(full, aFailure({ simulated: true }))
  await insertMeasurements(store, batch, 'b1')
  for (const record of batch) {
    const back = await getMeasurement(store, record.measurement_id)
    assert.deepEqual(back, record)
    assert.deepEqual(Object.keys(back ?? {}), Object.keys(StoredMeasurement.properties))
  }
})

test('null and 0 stay apart', async (t) => {
  const store = await buildStore(t)
  const batch = stored(aMeasurement({ stall_ms: 0, rtt_ms: null, stall_ms_by_policy: null }))
  await insertMeasurements(store, batch, 'b1')
  const back = await getMeasurement(store, batch[0]?.measurement_id ?? '')
  assert.deepEqual([back?.stall_ms, back?.rtt_ms, back?.stall_ms_by_policy], [0, null, null])
})

test('a batch is stored once per token', async (t) => {
  const store = await buildStore(t)
  const batch = stored(aMeasurement(), aMeasurement())
  await insertMeasurements(store, batch, 'b1')
  await insertMeasurements(store, batch, 'b1')
  await insertMeasurements(store, stored(aMeasurement()), 'b2')
  assert.equal(await countMeasurements(store), 3)
})

test('pages go on where the one before ended, also among runs of the same millisecond', async (t) => {
  const store = await buildStore(t)
  const at = '2026-11-22T12:00:00.000Z'
  const runs = Array.from({ length: 7 }, () => aMeasurement({ started_at: at }))
  await insertMeasurements(store, stored(...runs), 'b1')
  const seen: string[] = []
  let position = null
  for (;;) {
    const page: StoredMeasurement[] = await listMeasurements(store, {}, ALWAYS, 3, position)
    const last = page.at(-1)
    if (last === undefined) break
    seen.push(...page.map((run) => run.measurement_id))
    position = { startedAt: Date.parse(last.started_at), measurementId: last.measurement_id }
  }
  assert.equal(seen.length, 7)
  assert.deepEqual(new Set(seen), new Set(runs.map((run) => run.measurement_id)))
})

test('pages reach over any gap, and what is inserted between them moves nothing', async (t) => {
  const store = await buildStore(t)
  const times = ['22T12:00', '22T11:59', '22T11:30', '22T06:00', '20T06:00', '01T00:00']
  const runs = times.map((time) => aMeasurement({ started_at: `2026-11-${time}:00.000Z` }))
  await insertMeasurements(store, stored(...runs), 'b1')
  const seen: string[] = []
  let position = null
  for (let page = 1; page <= 4; page += 1) {
    const found: StoredMeasurement[] = await listMeasurements(store, {}, ALWAYS, 2, position)
    seen.push(...found.map((run) => run.started_at.slice(8, 16)))
    const last = found.at(-1)
    if (last === undefined) break
    position = { startedAt: Date.parse(last.started_at), measurementId: last.measurement_id }
    const newer = aMeasurement({ started_at: `2026-11-23T00:0${page}:00.000Z` })
    await insertMeasurements(store, stored(newer), `newer ${page}`)
  }
  assert.deepEqual(seen, times)
})

test('a batch over many days is one insert', async (t) => {
  const store = await buildStore(t)
  const runs = Array.from({ length: 150 }, (_, day) =>
    aMeasurement({ started_at: new Date(Date.UTC(2026, 0, 1 + day)).toISOString() }),
  )
  await insertMeasurements(store, stored(...runs), 'b1')
  assert.equal(await countMeasurements(store), 150)
})

test('migrating again applies nothing', async (t) => {
  const store = await buildStore(t)
  assert.deepEqual(await migrate(store, schemaFiles(), wallClock), [])
})

test('a schema file that changed after it was applied is refused', async (t) => {
  const store = await buildStore(t)
  const files = schemaFiles().map((file) =>
    file.version === 2 ? { ...file, checksum: '0'.repeat(64) } : file,
  )
  await assert.rejects(migrate(store, files, wallClock), {
    code: 'SCHEMA_CHANGED',
    message: '0002_tokens.sql is not the file that was applied; schema files never change, add a new one',
  })
})

test('a store that a newer collector migrated is refused', async (t) => {
  const store = await buildStore(t)
  await assert.rejects(migrate(store, schemaFiles().slice(0, 2), wallClock), { code: 'SCHEMA_NEWER' })
})

test('every field of the record is a column of the same name', async (t) => {
  const store = await buildStore(t)
  const columns = await store.read<{ name: string }>('store/columns', { table: 'measurements' })
  assert.deepEqual(
    columns.map(({ name }) => name),
    Object.keys(StoredMeasurement.properties),
  )
})

test('a statement that answers too many rows is stopped', async (t) => {
  const store = await buildStore(t)
  const runs = Array.from({ length: 2_000 }, () => aMeasurement())
  await insertMeasurements(store, stored(...runs), 'b1')
  const limits = { seconds: 1, resultRows: 10 }
  await assert.rejects(store.read('measurements/export_all', everything(), limits), {
    code: 'QUERY_TOO_LARGE',
    status: 422,
  })
})

test('a folder has one collector at a time, and is free again when that one is gone', async (t) => {
  const folder = await tempDir(t)
  const lock = lockDataDir(folder)
  assert.throws(() => lockDataDir(folder), { code: 'DATA_DIR_IN_USE' })
  lock.release()
  lockDataDir(folder).release()
})

test('a folder that cannot be made is refused', () => {
  assert.throws(() => lockDataDir('/dev/null/x'), { code: 'DATA_DIR_UNWRITABLE' })
})

function everything() {
  const none: string[] = []
  return {
    from: '1970-01-01T00:00:00.000',
    to: '2200-01-01T00:00:00.000',
    agent_id: none,
    node_id: none,
    target_id: none,
    stream_id: none,
    country: none,
    isp: none,
    transport: none,
    route: none,
    format: none,
    kind: none,
    failure: none,
  }
}
