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
