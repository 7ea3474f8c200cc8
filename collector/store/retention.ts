import { sql } from '@streamgauge/queries'
import type { Store } from './store.ts'

/** For how many days rows are kept; rows by the day follow those by the hour. */
export interface Retention {
  readonly raw: number
  readonly minute: number
  readonly hour: number
}

/** What is kept when nobody says otherwise: raw runs 30 days, minutes 90 days, hours and days two years. */
export const DEFAULT_RETENTION: Retention = { raw: 30, minute: 90, hour: 730 }

const TABLES = [
  { table: 'measurements', statement: 'retention/raw', kept: (days: Retention) => days.raw },
  { table: 'comparison_sample', statement: 'retention/sample', kept: (days: Retention) => days.raw },
  { table: 'rollup_minute', statement: 'retention/minute', kept: (days: Retention) => days.minute },
  { table: 'rollup_hour', statement: 'retention/hour', kept: (days: Retention) => days.hour },
  { table: 'rollup_day', statement: 'retention/day', kept: (days: Retention) => days.hour },
] as const

/**
 * Keeps the rows of each table for the days given, where it does not already; returns the tables that were changed. What is
 * too old goes with whole partitions, some time after. Throws `STORE_UNAVAILABLE`.
 */
export async function applyRetention(store: Store, days: Retention): Promise<string[]> {
  const tables = TABLES.map(({ table }) => table)
  const current = await store.read<{ table: string; days: number }>('retention/current', { tables })
  const changed: string[] = []
  for (const { table, statement, kept } of TABLES) {
    const wanted = kept(days)
    if (!Number.isInteger(wanted) || wanted < 1)
      throw new RangeError(`${table}: ${wanted} is not a number of days`)
    if (current.find((one) => one.table === table)?.days === wanted) continue
    await store.run(sql(`${statement}_whole`))
    await store.run(sql(statement).replace('{days:UInt32}', String(wanted)))
    changed.push(table)
  }
  return changed
}
