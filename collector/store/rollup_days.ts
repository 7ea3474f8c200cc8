import { sql } from '@streamgauge/queries'
import type { Now } from '../clock.ts'
import { LONG } from './limits.ts'
import { sqlSecond } from './sql_second.ts'
import type { Store } from './store.ts'

const DAY_MS = 86_400_000
const EVERY_MS = 300_000
/** How far back late runs are looked for while the collector runs; at its start, everywhere. */
const LATE_MS = 40 * DAY_MS

/**
 * Makes every whole day between `fromMs` and now of rollup_hour where rollup_day does not have its runs, and returns those
 * days. A day takes its place at once, so that it may be cut off and run again anywhere. Throws `STORE_UNAVAILABLE`.
 */
export async function makeDays(store: Store, fromMs: number, nowMs: number): Promise<string[]> {
  const window = { from: sqlSecond(startOfDay(fromMs)), to: sqlSecond(startOfDay(nowMs)) }
  const stale = await store.read<{ day: string }>('rollups/stale_days', window, LONG)
  const days = stale.map(({ day }) => day)
  for (const day of days) {
    await store.run(sql('rollups/empty_next'))
    await store.run(withDay('rollups/fill_next', day))
    await store.run(withDay('rollups/replace_day', day))
  }
  if (days.length > 0) await store.run(sql('rollups/empty_next'))
  return days
}

/** Makes days at once and every five minutes, until stopped; `fail` hears of what went wrong, and it is tried again. */
export function keepDays(store: Store, now: Now, fail: (error: unknown) => void): () => Promise<void> {
  const pass = (fromMs: number) => makeDays(store, fromMs, now()).then(() => {}, fail)
  let running = pass(0)
  const timer = setInterval(() => {
    running = running.then(() => pass(now() - LATE_MS))
  }, EVERY_MS)
  return () => {
    clearInterval(timer)
    return running
  }
}

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS
}

/** Statements that change a table take no parameters everywhere, so the day, which the engine wrote, is put in here. */
function withDay(name: string, day: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new RangeError(`not a day: ${day}`)
  return sql(name).replace('{day:Date}', `'${day}'`)
}
