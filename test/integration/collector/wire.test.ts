import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { exportMeasurements } from '@streamgauge/collector/export/export.ts'
import { makeEnrich } from '@streamgauge/collector/fleet/enrich.ts'
import { overview } from '@streamgauge/collector/report/overview.ts'
import { ALWAYS } from '@streamgauge/collector/store/filter.ts'
import {
  getMeasurement,
  insertMeasurements,
  listMeasurements,
} from '@streamgauge/collector/store/measurements.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'
import { schemaFiles } from '@streamgauge/queries'
import { clickhouseFront } from '../../support/clickhouse_front.ts'
import { aFailure, aMeasurement } from '../../support/collector.ts'

test('the same statements work over HTTP, against a server', async (t) => {
  const store = openStore({ url: await clickhouseFront(t) })
  t.after(() => store.close())
  await migrate(store, schemaFiles(), wallClock)
  const batch = [aMeasurement({ agent_version: 'it\'s \\ "quoted"' }), aFailure()].map((run) =>
    makeEnrich([], [])(run, { receivedAt: new Date().toISOString(), address: null }),
  )
  await insertMeasurements(store, batch, 'b1')
  await insertMeasurements(store, batch, 'b1')
  const [first] = batch
  assert.deepEqual(await getMeasurement(store, first?.measurement_id ?? ''), first)
  assert.equal(
    (await listMeasurements(store, { transport: ['tcp'], failure: ['none'] }, ALWAYS, 10, null)).length,
    1,
  )
  const { rows } = await overview(store, {}, ALWAYS)
  assert.deepEqual([rows[0]?.runs_count, rows[0]?.failed_count], [2, 1])
  const chunks: Buffer[] = []
  for await (const chunk of await exportMeasurements(store, 'parquet', {}, ALWAYS, '/nowhere'))
    chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).subarray(0, 4).toString(), 'PAR1')
})

test('a server that is away is STORE_UNAVAILABLE', async (t) => {
  const store = openStore({ url: 'http://127.0.0.1:1' })
  t.after(() => store.close())
  await assert.rejects(store.ping(), { code: 'STORE_UNAVAILABLE', status: 503 })
})
