import { mkdirSync } from 'node:fs'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { createChdbConnection } from 'chdb/connection'
import { messageOf, StartError } from '../error.ts'
import type { Place } from './cluster/place.ts'

/** A ClickHouse server, or one of a cluster's. What is left out is as the server has it by default. */
export interface Server {
  /** Without user, password, database or parameters. */
  readonly url: string
  readonly user?: string
  readonly password?: string
  readonly database?: string
  /** The name of the cluster, in the servers' configuration, that all tables are on. */
  readonly cluster?: string
  readonly tls?: Certificates
}

/** PEM files, read. With a certificate of its own, the collector is known to the server by that instead of a password. */
export type Certificates =
  | { readonly ca_cert: Buffer }
  | { readonly ca_cert: Buffer; readonly cert: Buffer; readonly key: Buffer }

/** Where the store is: a ClickHouse server, or the embedded engine in a folder. */
export type Location = Server | { readonly path: string }

/** Statements that may be under way at a server at once. */
export const SERVER_STATEMENTS_COUNT = { reads: 16, inserts: 256 } as const

/** Nothing came for this long: the connection is given up. A server under way says so more often than that. */
const SILENCE_MS = 60_000

/** Errors are thrown, and logged by whoever handles them. */
const QUIET = { level: ClickHouseLogLevel.OFF } as const

/** The cluster and the database a location names, or `null` when it names no cluster. */
export function placeOf(location: Location): Place | null {
  if (!('url' in location) || location.cluster === undefined) return null
  return { cluster: location.cluster, database: location.database ?? 'default' }
}

/**
 * Makes connections to one store. Throws `STORE_UNUSABLE` when the folder cannot be opened:
 * it cannot be written, or another process has it.
 */
export function clientFactory(location: Location): () => ClickHouseClient {
  if ('url' in location) return () => serverClient(location)
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

function serverClient({ url, user, password, database, tls }: Server): ClickHouseClient {
  return createClient({
    url,
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    ...(tls !== undefined && { tls }),
    application: 'streamgauge',
    compression: { request: true, response: true },
    request_timeout: SILENCE_MS,
    max_open_connections: Math.max(...Object.values(SERVER_STATEMENTS_COUNT)),
    // A socket that the server has closed meanwhile would cost the next statement an attempt.
    keep_alive: { idle_socket_ttl: 2_500, eagerly_destroy_stale_sockets: true },
    // A long statement tells its progress in the head of the answer.
    max_response_headers_size: 1024 * 1024,
    log: QUIET,
  })
}

type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>

/** chdb declares the same interface through `@clickhouse/client-common`, which the client has a private copy of. */
function asConnection(connection: unknown): ClientConnection {
  return connection as ClientConnection
}
