import { LONG } from './limits.ts'
import type { Store } from './store.ts'

/** What tells two rows of a table apart, and the time that says where to look for one. */
const IDENTITY: Readonly<Record<string, { readonly id: string; readonly time: string }>> = {
  measurements: { id: 'measurement_id', time: 'started_at' },
  rejections: { id: '(batch_key, agent_id, line)', time: 'received_at' },
}

/** The tables that views fill from measurements, and their times. */
const FED = [
  { table: 'rollup_minute', feed: 'rollup_minute_feed', time: 'at' },
  { table: 'rollup_hour', feed: 'rollup_hour_feed', time: 'at' },
  { table: 'comparison_sample', feed: 'comparison_sample_feed', time: 'started_at' },
] as const

/** Rows in a file of the Native format, and where they belong. */
export interface FileOfRows {
  readonly table: string
  readonly columns: readonly string[]
  readonly file: string
}

/**
 * Inserts what of a file is not in its table, after an insert of it that was cut off. The token is no help then: the engine
 * writes it down before the part has its name, and killed in between it knows the token and has no rows. So each row is
 * looked for. What views made of the hours in question is made anew from raw, because a view's part may be missing too.
 * May be cut off and called again. For the embedded engine, with nobody else inserting.
 */
export async function insertAgain(store: Store, rows: FileOfRows): Promise<void> {
  await store.insertMissing(rows, IDENTITY[rows.table] ?? unknown(rows.table))
  if (rows.table !== 'measurements') return
  for (const { from, to } of await hoursOf(store, rows.file)) {
    const window = `>= toDateTime(${from}, 'UTC') AND`
    for (const { table, feed, time } of FED) {
      await store.run(`DELETE FROM ${table} WHERE ${time} ${window} ${time} < toDateTime(${to}, 'UTC')`)
      await store.run(
        `INSERT INTO ${table} ${await selectOf(store, feed, `started_at ${window} started_at < toDateTime(${to}, 'UTC')`)}`,
        { insert_deduplicate: 0, max_partitions_per_insert_block: '0' },
      )
    }
  }
}

/** The hours that rows of a file are of, joined where they follow one another; s since 1970, half-open. */
async function hoursOf(store: Store, file: string): Promise<{ from: number; to: number }[]> {
  const hours = await store.read<{ hour_s: number }>('rollups/hours_of_file', { file }, LONG)
  const spans: { from: number; to: number }[] = []
  for (const { hour_s } of hours) {
    const last = spans.at(-1)
    if (last?.to === hour_s) last.to += 3_600
    else spans.push({ from: hour_s, to: hour_s + 3_600 })
  }
  return spans
}

/** What a view selects, of the measurements in a window alone. */
async function selectOf(store: Store, feed: string, where: string): Promise<string> {
  const [row] = await store.read<{ as_select: string }>('store/view', { view: feed })
  const source = /\bFROM (?:\w+\.)?measurements\b/
  if (row === undefined || !source.test(row.as_select)) return unknown(feed)
  return row.as_select.replace(source, `FROM (SELECT * FROM measurements WHERE ${where})`)
}

function unknown(table: string): never {
  throw new TypeError(`nothing is known of how to make ${table} again`)
}
