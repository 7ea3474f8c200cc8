import { join } from 'node:path'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { makeEnrich } from '@streamgauge/collector/fleet/enrich.ts'
import { clientFactory } from '@streamgauge/collector/store/client.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'
import { schemaFiles } from '@streamgauge/queries'
import { makeRows } from './rows.ts'

/** Rows of one insert: more are no faster. */
const INSERT_ROWS = 10_000

// A process of its own: `node peer.ts FOLDER ROWS`. Inserts rows with @clickhouse/client alone, as its documentation shows,
// into the same tables of the same engine, one insert after the other, and prints rows per second of inserting.
const [folder = '', count = '0'] = process.argv.slice(2)
const location = { path: join(folder, 'clickhouse') }
const store = openStore(location)
await migrate(store, schemaFiles(), wallClock)
const client = clientFactory(location)()
const enrich = makeEnrich([], [])
let spent = 0
for (let done = 0; done < Number(count); done += INSERT_ROWS) {
  const values = makeRows(INSERT_ROWS).map((row) =>
    enrich(row, { receivedAt: new Date().toISOString(), address: null }),
  )
  const start = performance.now()
  await client.insert({
    table: 'measurements',
    values,
    format: 'JSONEachRow',
    clickhouse_settings: { date_time_input_format: 'best_effort' },
  })
  spent += performance.now() - start
}
process.stdout.write(`${JSON.stringify({ rows_per_s: (Number(count) / spent) * 1_000 })}\n`)
process.exit()
