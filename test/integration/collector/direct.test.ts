import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { makeEnrich } from '@streamgauge/collector/fleet/enrich.ts'
import { openIntake } from '@streamgauge/collector/ingest/open_intake.ts'
import { overviewOf } from '@streamgauge/collector/report/overview.ts'
import { countMeasurements } from '@streamgauge/collector/store/measurements.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'
import { schemaFiles } from '@streamgauge/queries'
import { clickhouseFront } from '../../support/clickhouse_front.ts'
import { aMeasurement, tempDir } from '../../support/collector.ts'
import { storeProxy } from '../../support/store_proxy.ts'

const ID = 'c'.repeat(32)
const NOON = Date.UTC(2026, 10, 22, 12)

/** The intake of a collector whose store is a server, and the faults between the two. */
async function build(t: TestContext) {
  const proxy = await storeProxy(t, await clickhouseFront(t))
  const store = openStore({ url: proxy.url })
  t.after(() => store.close())
  await migrate(store, schemaFiles(), wallClock)
  const intake = await openIntake({ store, dataDir: await tempDir(t), now: wallClock, warn: () => {} })
  return { proxy, store, intake }
}

function aBatch() {
  const origin = { receivedAt: new Date(NOON).toISOString(), address: null }
  const rows = [0, 1, 2].map((index) =>
    makeEnrich([], [])(aMeasurement({ started_at: new Date(NOON + index).toISOString() }), origin),
  )
  return { id: ID, rows, letters: [], answer: { accepted: 3, rejected: 0, errors: [] } }
}

async function runsByMinute(store: Parameters<typeof overviewOf>[0]) {
  const span = { from: NOON, to: NOON + 60_000 }
  const { rows } = await overviewOf(store, {}, { source: 'minute', span })
  return rows.map(({ runs_count }) => runs_count)
}

test('to a server a batch is one insert under its own token, which the server may gather', async (t) => {
  const { proxy, store, intake } = await build(t)
  await intake.put(aBatch())
  const settings = proxy.arrived.find(({ text }) => text.includes('INSERT INTO measurements'))?.settings
  assert.equal(settings?.get('insert_deduplication_token'), `${ID}-measurements`)
  for (const name of ['async_insert', 'wait_for_async_insert', 'async_insert_deduplicate'])
    assert.equal(settings?.get(name), '1', name)
  assert.equal(await countMeasurements(store), 3)
})

test('a batch whose answer was lost, and one that comes to another collector, is stored once, in the rollups too', async (t) => {
  const { proxy, store, intake } = await build(t)
  const batch = aBatch()
  proxy.faults.push('lose')
  await intake.put(batch)
  const other = await openIntake({ store, dataDir: await tempDir(t), now: wallClock, warn: () => {} })
  await other.put(batch)
  assert.equal(proxy.arrived.filter(({ text }) => text.includes('INSERT INTO measurements')).length, 3)
  assert.equal(await countMeasurements(store), 3)
  assert.deepEqual(await runsByMinute(store), [3])
})

test('a server that refuses again and again is a 503, and the batch is stored when it comes again', async (t) => {
  const { proxy, store, intake } = await build(t)
  const batch = aBatch()
  proxy.faults.push(...Array(10).fill('reset'))
  await assert.rejects(intake.put(batch), { code: 'STORE_UNAVAILABLE', status: 503 })
  proxy.faults.length = 0
  await intake.put(batch)
  assert.equal(await countMeasurements(store), 3)
})
