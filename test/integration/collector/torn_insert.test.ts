import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { makeEnrich } from '@streamgauge/collector/fleet/enrich.ts'
import { openIntake } from '@streamgauge/collector/ingest/open_intake.ts'
import { clientFactory } from '@streamgauge/collector/store/client.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'
import { schemaFiles } from '@streamgauge/queries'
import { aMeasurement, tempDir } from '../../support/collector.ts'

const HOUR_MS = 3_600_000
const BEFORE = 'a'.repeat(32)
const TORN = 'b'.repeat(32)

/**
 * The engine writes an insert's token down before the part has its name. Killed in between, it knows the token and has no
 * part: of the table or of any view. That is made here by hand: the insert is done, the journal is not told, and the
 * part goes from the disk while the engine is closed.
 */
for (const table of ['measurements', 'rollup_minute', 'rollup_hour', 'comparison_sample'] as const) {
  test(`an insert that a crash tore so that ${table} lost its part is whole after the next start`, async (t) => {
    const folder = await tempDir(t)
    const location = { path: join(folder, 'clickhouse') }
    const first = openStore(location)
    await migrate(first, schemaFiles(), wallClock)
    const intake = await openIntake({ store: first, dataDir: folder, now: wallClock, warn: () => {} })
    await intake.put(aBatch(BEFORE, 20))
    const insertFile = first.insertFile.bind(first)
    const inserted = Promise.withResolvers<void>()
    first.insertFile = async (...args) => {
      await insertFile(...args)
      inserted.resolve()
      await new Promise(() => {})
    }
    void intake.put(aBatch(TORN, 60))
    await inserted.promise
    const parts = await newestParts(location, table)
    assert.ok(parts.length > 0)
    await first.close()
    for (const part of parts) rmSync(part, { recursive: true })

    const second = openStore(location)
    t.after(() => second.close())
    const again = await openIntake({ store: second, dataDir: folder, now: wallClock, warn: () => {} })
    await again.idle()
    assert.deepEqual(again.recall(TORN), { accepted: 60, rejected: 0, errors: [] })
    const { sample, sampled, ...whole } = await sums(location)
    assert.deepEqual(whole, { raw: [80, 80, 8_000], minute: [80, 8_000], hour: [160, 16_000] })
    assert.deepEqual(sample, sampled)
  })
}

/** Runs of as many agents in three hours, each with a stall of 100 ms; of some the sample takes every fourth. */
function aBatch(id: string, count: number) {
  const enrich = makeEnrich([], [])
  const now = Date.now()
  const rows = Array.from({ length: count }, (_, index) => {
    const started_at = new Date(now - (index % 3) * HOUR_MS).toISOString()
    const run = aMeasurement({ agent_id: `agent-${index}`, started_at, stall_ms: 100, stall_count: 1 })
    return enrich(run, { receivedAt: new Date(now).toISOString(), address: null })
  })
  return { id, rows, letters: [], answer: { accepted: count, rejected: 0, errors: [] } }
}

/** Where the parts of the last insert into a table are. */
async function newestParts(location: { path: string }, table: string): Promise<string[]> {
  const rows = await ask<{ path: string }>(
    location,
    `SELECT path FROM system.parts WHERE table = '${table}' AND active
     AND max_block_number = (SELECT max(max_block_number) FROM system.parts WHERE table = '${table}' AND active)`,
  )
  return rows.map(({ path }) => path)
}

/** Runs and stalled ms, by raw, by the rollups and by the sample, which has a quarter by hash; hours have every run twice, by target and by cell. */
async function sums(location: { path: string }) {
  const one = async (query: string) => (await ask<{ v: number[] }>(location, query))[0]?.v
  return {
    raw: await one(
      'SELECT [count(), uniqExact(measurement_id), toUInt64(sum(stall_ms))] AS v FROM measurements',
    ),
    minute: await one(
      'SELECT [sum(runs_count), toUInt64(sum(arraySum(stall_by_group.2)))] AS v FROM rollup_minute',
    ),
    hour: await one(
      'SELECT [sum(runs_count), toUInt64(sum(arraySum(stall_by_group.2)))] AS v FROM rollup_hour',
    ),
    sample: await one('SELECT [count(), toUInt64(sum(stall_ms))] AS v FROM comparison_sample'),
    sampled: await one(
      `SELECT [count(), toUInt64(sum(stall_ms))] AS v FROM measurements
       WHERE cityHash64(agent_id, toStartOfHour(toDateTime(started_at, 'UTC'))) < exp2(62)`,
    ),
  }
}

async function ask<Row>(location: { path: string }, query: string): Promise<Row[]> {
  const client = clientFactory(location)()
  const settings = { output_format_json_quote_64bit_integers: 0 } as const
  const result = await client.query({ query, format: 'JSONEachRow', clickhouse_settings: settings })
  const rows = await result.json<Row>()
  await client.close()
  return rows
}
