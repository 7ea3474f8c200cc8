import type { ClickHouseSettings } from '@clickhouse/client'

/** What a statement may cost. */
export interface Limits {
  readonly seconds: number
  readonly resultRows: number
}

/** For what a person waits for. */
export const INTERACTIVE: Limits = { seconds: 20, resultRows: 200_000 }

/** For what runs in the background or by hand. */
export const LONG: Limits = { seconds: 600, resultRows: 1_000_000 }

/** What a server is told besides: an answer nobody waits for any more is not worked out to its end. */
export const ON_SERVER: ClickHouseSettings = { cancel_http_readonly_queries_on_client_close: 1 }

/**
 * What a cluster is told besides. A shard that is away is an error, never a smaller answer; a subquery sees all shards; an
 * insert is answered when the shards have it, not when it is on its way to them.
 */
export const ON_CLUSTER: ClickHouseSettings = {
  skip_unavailable_shards: 0,
  distributed_product_mode: 'global',
  distributed_foreground_insert: 1,
}

/**
 * What a statement that takes minutes is told on a server: it says every 20 s that it is at work, so that nobody on the way
 * takes it for dead.
 */
export const LENGTHY: ClickHouseSettings = {
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '20000',
  wait_end_of_query: 1,
}

/** The limits as settings; every statement that reads has them. */
export function guards(limits: Limits): ClickHouseSettings {
  return {
    max_execution_time: limits.seconds,
    max_result_rows: String(limits.resultRows),
    max_rows_to_read: '5000000000',
    max_memory_usage: '4000000000',
    max_bytes_before_external_group_by: '1000000000',
    max_bytes_before_external_sort: '1000000000',
  }
}
