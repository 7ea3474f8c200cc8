import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { type ExportFormat, exportMeasurements } from '@streamgauge/collector/export/export.ts'
import { ALWAYS } from '@streamgauge/collector/store/filter.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'
import { schemaFiles } from '@streamgauge/queries'
import { clickhouseFront } from '../../support/clickhouse_front.ts'
import { aMeasurement, tempDir } from '../../support/collector.ts'
import { storeProxy } from '../../support/store_proxy.ts'

test('from a server an export is streamed in every format, and no file is written', async (t) => {
  const folder = await tempDir(t)
  const { url } = await storeProxy(t, await clickhouseFront(t), {})
  const store = openStore({ url })
  t.after(() => store.close())
  await migrate(store, schemaFiles(), wallClock)
  const run = aMeasurement()
  const where = { country: 'SG', isp: 'Singtel', asn: null, node_country: 'SG', received_at: run.started_at }
  await store.insert('measurements', [{ ...run, ...where }], 'b1')
  const read = async (format: ExportFormat) =>
    Buffer.concat(await (await exportMeasurements(store, format, {}, ALWAYS, folder)).toArray())
  assert.equal(String(await read('csv')).split('\r\n').length, 3)
  assert.deepEqual(JSON.parse(String(await read('ndjson'))), { ...run, ...where })
  assert.deepEqual(JSON.parse(String(await read('json'))), [{ ...run, ...where }])
  assert.equal((await read('parquet')).subarray(-4).toString(), 'PAR1')
  assert.deepEqual(await readdir(folder), [])
})
