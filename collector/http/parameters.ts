import { type Static, Type } from 'typebox'
import { CollectorError } from '../error.ts'
import { type Filter, filterParameters, type Span } from '../store/filter.ts'

/** `from` and `to`, as every list and report takes them. */
export const windowParameters = {
  from: Type.Optional(Type.String({ description: 'start of the window over started_at, ISO 8601' })),
  to: Type.Optional(Type.String({ description: 'end of the window, not included' })),
}

const WindowValues = Type.Object(windowParameters)
const HOUR_MS = 3_600_000

/** The window asked for; what is left out comes from `fallback`. Throws `INVALID_PARAMETER`. */
export function spanOf(query: Static<typeof WindowValues>, fallback: Span): Span {
  const from = query.from === undefined ? fallback.from : parseTime('from', query.from)
  const to = query.to === undefined ? fallback.to : parseTime('to', query.to)
  if (from >= to) throw invalid('from must be before to')
  return { from, to }
}

/** The hour before `now`; when `to` is given without `from`, the hour before `to`. */
export function lastHour(query: Static<typeof WindowValues>, now: number): Span {
  const to = query.to === undefined ? now : parseTime('to', query.to)
  return { from: to - HOUR_MS, to }
}

/** The filters among a query's parameters. */
export function filterOf(query: Filter): Filter {
  const entries = Object.keys(filterParameters).flatMap((name) => {
    const values = query[name as keyof Filter]
    return values === undefined ? [] : [[name, values] as const]
  })
  return Object.fromEntries(entries)
}

/** A 400 that names the parameter. */
export function invalid(message: string): CollectorError {
  return new CollectorError('INVALID_PARAMETER', message, { status: 400 })
}

/** An ISO 8601 time in ms since the epoch, between 1970 and 2200. Throws `INVALID_PARAMETER`. */
export function parseTime(name: string, text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms) || ms < 0 || ms > Date.UTC(2200, 0)) {
    throw invalid(`${name} must be a time like 2026-11-22T19:47:10.123Z`)
  }
  return ms
}
