import type { ClickHouseSettings } from '@clickhouse/client'
import { type SchemaFile, sql } from '@streamgauge/queries'
import { type Now, timestamp } from '../clock.ts'
import { StartError } from '../error.ts'
import { LONG } from './limits.ts'
import { LOCK_TIMING, type LockTiming, takeMigrationLock } from './migration_lock.ts'
import { requireServer } from './server.ts'
import type { Store } from './store.ts'

interface AppliedMigration {
  readonly version: number
  readonly name: string
  readonly checksum: string
}

/** A fill reads everything there is, in as long as it takes. */
const FILL: ClickHouseSettings = {
  max_execution_time: 0,
  max_partitions_per_insert_block: '0',
  max_bytes_before_external_group_by: '1000000000',
  async_insert: 0,
}

/**
 * Applies the schema files that were not applied yet, in order, and returns the names of those that this call applied.
 * One that was cut off is applied again: a statement about tables says IF NOT EXISTS, and a fill (`INSERT INTO table SELECT`)
 * empties its table first. Any number of collectors may call this at the same moment; one applies, the others wait for it.
 * Throws `SCHEMA_CHANGED` when a file that was applied is not the one that is shipped now, `SCHEMA_NEWER` when the store has a
 * version this collector does not know, and what `requireServer` and `takeMigrationLock` throw.
 */
export async function migrate(
  store: Store,
  files: readonly SchemaFile[],
  now: Now,
  timing: LockTiming = LOCK_TIMING,
): Promise<string[]> {
  if (!store.embedded) await requireServer(store)
  // Where nothing is to be changed, a user who may not change anything will do.
  if ((await store.columns('migrations')).length === 0) await apply(store, sql('store/create_migrations'))
  const fresh = await notApplied(store, files)
  // The embedded engine has one process at a time; the data folder's lock sees to that.
  if (store.embedded) return applyAll(store, fresh, now, async () => {})
  if (fresh.length === 0) return []
  const lock = await takeMigrationLock(store, timing)
  try {
    return await applyAll(store, await notApplied(store, files), now, lock.check)
  } finally {
    await lock.release()
  }
}

async function applyAll(
  store: Store,
  files: readonly SchemaFile[],
  now: Now,
  check: () => Promise<void>,
): Promise<string[]> {
  for (const { version, name, checksum, text } of files) {
    await check()
    await apply(store, text)
    const row = { version, name, checksum, applied_at: timestamp(now()) }
    await store.insert('migrations', [row], `migration-${version}`)
  }
  return files.map((file) => file.name)
}

async function apply(store: Store, statement: string) {
  const filled = /^INSERT\s+INTO\s+(\w+)/.exec(statement.replace(/^(\s*--[^\n]*\n)+/, ''))?.[1]
  if (filled === undefined) return store.run(statement)
  await store.run(`TRUNCATE TABLE ${filled}`)
  for (const part of await partsOf(store, statement)) await store.run(part, FILL)
}

/** A fill from measurements goes a day at a time: what the engine holds of it is then no more than a day's. */
async function partsOf(store: Store, fill: string): Promise<string[]> {
  const source = /\bFROM measurements\b/
  if (!source.test(fill)) return [fill]
  const days = await store.read<{ day: string }>('measurements/days', {}, LONG)
  return days.map(({ day }) =>
    fill.replace(source, `FROM (SELECT * FROM measurements WHERE toDate(started_at) = '${day}')`),
  )
}

async function notApplied(store: Store, files: readonly SchemaFile[]): Promise<SchemaFile[]> {
  const applied = await store.read<AppliedMigration>('store/list_migrations', {})
  for (const past of applied) refuseDifference(past, files)
  return files.filter((file) => !applied.some((past) => past.version === file.version))
}

function refuseDifference(past: AppliedMigration, files: readonly SchemaFile[]) {
  const file = files.find((candidate) => candidate.version === past.version)
  if (file === undefined) {
    throw new StartError(
      'SCHEMA_NEWER',
      `the store was migrated to ${past.name} by a newer collector; use that one`,
    )
  }
  if (file.checksum !== past.checksum) {
    throw new StartError(
      'SCHEMA_CHANGED',
      `${file.name} is not the file that was applied; schema files never change, add a new one`,
    )
  }
}
