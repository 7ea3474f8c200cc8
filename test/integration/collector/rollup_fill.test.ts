import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { makeEnrich } from '@streamgauge/collector/fleet/enrich.ts'
import { overviewOf } from '@streamgauge/collector/report/overview.ts'
import { insertMeasurements } from '@streamgauge/collector/store/measurements.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'
import { schemaFiles } from '@streamgauge/queries'
import { aMeasurement, tempDir } from '../../support/collector.ts'

const HOUR_MS = 3_600_000
const NOON = Date.UTC(2026, 10, 22, 12)
const LAST_WITHOUT_ROLLUPS = 5

test('a store from before the rollups has its measurements in them after the migration', async (t) => {
  const store = openStore({ path: join(await tempDir(t), 'clickhouse') })
  t.after(() => store.close())
  const old = schemaFiles().filter(({ version }) => version <= LAST_WITHOUT_ROLLUPS)
  await migrate(store, old, wallClock)
  const enrich = makeEnrich([], [])
  const rows = [100, 200, 600].map((handshake_ms, index) =>
    enrich(aMeasurement({ handshake_ms, started_at: new Date(NOON + index * HOUR_MS).toISOString() }), {
      receivedAt: new Date(NOON).toISOString(),
      address: null,
    }),
  )
  await insertMeasurements(store, rows, 'before')
  await migrate(store, schemaFiles(), wallClock)

  const span = { from: NOON, to: NOON + 3 * HOUR_MS }
  const {
    rows: [minute],
  } = await overviewOf(store, {}, { source: 'minute', span })
  assert.equal(minute?.runs_count, 3)
  // A bucket's middle.
  assert.ok(Math.abs(Math.log2((minute.handshake_ms.value ?? 0) / 200)) <= 1 / 32)
  const {
    rows: [hour],
  } = await overviewOf(store, {}, { source: 'hour', span })
  assert.equal(hour?.runs_count, 3)
})
