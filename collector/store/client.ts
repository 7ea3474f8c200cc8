import { mkdirSync } from 'node:fs'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { createChdbConnection } from 'chdb/connection'
import { messageOf, StartError } from '../error.ts'

/** Where the store is: a ClickHouse server, or the embedded engine in a folder. */
export type Location = { readonly url: string } | { readonly path: string }

/** Errors are thrown, and logged by whoever handles them. */
const QUIET = { level: ClickHouseLogLevel.OFF } as const

/**
 * Makes connections to one store. Throws `STORE_UNUSABLE` when the folder cannot be opened:
 * it cannot be written, or another process has it.
 */
export function clientFactory(location: Location): () => ClickHouseClient {
  if ('url' in location) return () => createClient({ url: location.url, request_timeout: 60_000, log: QUIET })
  try {
    mkdirSync(location.path, { recursive: true })
  } catch (error) {
    throw new StartError('DATA_DIR_UNWRITABLE', `cannot write ${location.path}: ${messageOf(error)}`, error)
  }
  return () => {
    try {
      return createClient({
        connection: asConnection(createChdbConnection({ path: location.path })),
        log: QUIET,
      })
    } catch (error) {
      throw new StartError('STORE_UNUSABLE', `cannot open ${location.path}: ${messageOf(error)}`, error)
    }
  }
}

type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>

/** chdb declares the same interface through `@clickhouse/client-common`, which the client has a private copy of. */
function asConnection(connection: unknown): ClientConnection {
  return connection as ClientConnection
}
