import { StartError } from '../../error.ts'

/** The cluster, by its name in the servers' configuration, and the database on it. */
export interface Place {
  readonly cluster: string
  readonly database: string
}

/** Where the replicas of a table meet in Keeper; the servers fill in the braces. */
export const KEEPER_PATH = '/clickhouse/tables/{shard}/{database}'

/** The error for what cannot be said on a cluster. */
export function refuse(what: string): StartError {
  return new StartError(
    'CLUSTER_STATEMENT',
    `${what} cannot be rewritten for a cluster; write it in the plain form`,
  )
}
