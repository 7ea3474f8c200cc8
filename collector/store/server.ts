import { StartError } from '../error.ts'
import type { Store } from './store.ts'

/** The first that deduplicates gathered inserts in materialized views too. */
const OLDEST = [26, 1] as const

/**
 * Looks whether a server can be relied on. Throws `STORE_TOO_OLD`, where a batch sent again would be counted twice in the rollups;
 * on a cluster `CLUSTER_UNKNOWN`, `CLUSTER_REPLICATION` or `CLUSTER_MACROS`, where its configuration lacks something.
 */
export async function requireServer(store: Store): Promise<void> {
  const [row] = await store.read<{ version: string }>('store/version', {})
  const version = row?.version ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new StartError(
      'STORE_TOO_OLD',
      `ClickHouse ${version} is too old; ${OLDEST.join('.')} or later is needed`,
    )
  }
  if (store.place !== null) await requireCluster(store, store.place.cluster)
}

interface ClusterRow {
  readonly replicas_count: number
  readonly unreplicated_count: number
  readonly macros_count: number
}

async function requireCluster(store: Store, cluster: string) {
  const [row] = await store.read<ClusterRow>('store/cluster', { cluster })
  if (row === undefined || row.replicas_count === 0) {
    throw new StartError('CLUSTER_UNKNOWN', `the server knows no cluster "${cluster}"; see docs/deploy.md`)
  }
  if (row.unreplicated_count > 0) {
    const message = `every shard of "${cluster}" needs internal_replication, or each replica would be sent every insert`
    throw new StartError('CLUSTER_REPLICATION', message)
  }
  if (row.macros_count < 2) {
    throw new StartError('CLUSTER_MACROS', 'every server of a cluster needs the macros shard and replica')
  }
}
