import { resolve } from 'node:path'
import type { Environment } from '../config/environment.ts'
import type { Location } from '../store/client.ts'

/** Where the store is: a server when `CLICKHOUSE_URL` says so, else the embedded engine in the data folder. */
export function location(env: Environment): Location {
  if (env.CLICKHOUSE_URL !== undefined) return { url: env.CLICKHOUSE_URL }
  return { path: resolve(env.DATA_DIR, 'clickhouse') }
}
