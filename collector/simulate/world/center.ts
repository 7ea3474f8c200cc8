import { kilometresBetween } from '../path/distance.ts'
import { fiberRttMs } from '../path/rtt.ts'
import type { Place } from './country.ts'

/** A data centre of our own. */
export interface Center extends Place {
  readonly code: string
  readonly city: string
  readonly country: string
}

/** Where our nine data centres are. */
export const CENTERS: readonly Center[] = [
  { code: 'hkg', city: 'Hong Kong', country: 'HK', latitude: 22.32, longitude: 114.17 },
  { code: 'bkk', city: 'Bangkok', country: 'TH', latitude: 13.75, longitude: 100.5 },
  { code: 'sin', city: 'Singapore', country: 'SG', latitude: 1.35, longitude: 103.82 },
  { code: 'fra', city: 'Frankfurt', country: 'DE', latitude: 50.11, longitude: 8.68 },
  { code: 'yyz', city: 'Toronto', country: 'CA', latitude: 43.65, longitude: -79.38 },
  { code: 'sjc', city: 'Silicon Valley', country: 'US', latitude: 37.34, longitude: -121.89 },
  { code: 'mow', city: 'Moscow', country: 'RU', latitude: 55.76, longitude: 37.62 },
  { code: 'jnb', city: 'Johannesburg', country: 'ZA', latitude: -26.2, longitude: 28.05 },
  { code: 'sel', city: 'Seoul', country: 'KR', latitude: 37.57, longitude: 126.98 },
]

/** Which of them are joined by a line of their own. */
const LINES: readonly (readonly [string, string])[] = [
  ['hkg', 'sin'],
  ['hkg', 'bkk'],
  ['hkg', 'sel'],
  ['hkg', 'sjc'],
  ['sin', 'bkk'],
  ['sin', 'fra'],
  ['sin', 'jnb'],
  ['fra', 'jnb'],
  ['fra', 'mow'],
  ['fra', 'yyz'],
  ['yyz', 'sjc'],
  ['sjc', 'sel'],
  ['mow', 'sel'],
]

/** How much longer than the great circle a dedicated line is: it follows the cables, and takes the short ones. */
const LINE_INFLATION = 1.25

/** Round-trip times over dedicated lines, `[from][to]` by index in `CENTERS`, in ms; the shortest way over them all. */
export function dedicatedRtts(): number[][] {
  const rtts = CENTERS.map((from) => CENTERS.map((to) => (from === to ? 0 : lineRttMs(from, to))))
  for (const [middle] of CENTERS.entries())
    for (const row of rtts)
      for (const to of row.keys())
        row[to] = Math.min(row[to] ?? Infinity, (row[middle] ?? Infinity) + (rtts[middle]?.[to] ?? Infinity))
  return rtts
}

function lineRttMs(from: Center, to: Center): number {
  const joined = LINES.some(
    ([a, b]) => (a === from.code && b === to.code) || (b === from.code && a === to.code),
  )
  return joined ? fiberRttMs(kilometresBetween(from, to), LINE_INFLATION) : Infinity
}
