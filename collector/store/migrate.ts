import { type SchemaFile, sql } from '@streamgauge/queries'
import { type Now, timestamp } from '../clock.ts'
import { StartError } from '../error.ts'
import type { Store } from './store.ts'

interface AppliedMigration {
  readonly version: number
  readonly name: string
  readonly checksum: string
}

/**
 * Applies the schema files that were not applied yet, in order, and returns their names.
 * Throws `SCHEMA_CHANGED` when a file that was applied is not the one that is shipped now, and
 * `SCHEMA_NEWER` when the store has a version this collector does not know.
 */
export async function migrate(store: Store, files: readonly SchemaFile[], now: Now): Promise<string[]> {
  await store.run(sql('store/create_migrations'))
  const applied = await store.read<AppliedMigration>('store/list_migrations', {})
  for (const past of applied) refuseDifference(past, files)
  const fresh = files.filter((file) => !applied.some((past) => past.version === file.version))
  for (const { version, name, checksum, text } of fresh) {
    await store.run(text)
    const row = { version, name, checksum, applied_at: timestamp(now()) }
    await store.insert('migrations', [row], `migration-${version}`)
  }
  return fresh.map((file) => file.name)
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
