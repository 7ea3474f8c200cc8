import { schemaFiles } from '@streamgauge/queries'
import { wallClock } from '../clock.ts'
import type { Environment } from '../config/environment.ts'
import { lockDataDir } from '../store/lock.ts'
import { migrate } from '../store/migrate.ts'
import { openStore } from '../store/store.ts'
import { location } from './location.ts'

/** Applies the schema and says what it did. */
export async function migrateCommand(env: Environment): Promise<number> {
  const lock = env.CLICKHOUSE_URL === undefined ? lockDataDir(env.DATA_DIR) : null
  const store = openStore(location(env))
  try {
    const applied = await migrate(store, schemaFiles(), wallClock)
    console.log(applied.length === 0 ? 'nothing to apply' : `applied ${applied.join(', ')}`)
  } finally {
    await store.close()
    lock?.release()
  }
  return 0
}
