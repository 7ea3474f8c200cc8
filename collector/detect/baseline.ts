import { SIGNALS } from './observation.ts'

const HOUR_MS = 3_600_000
const HOURS_OF_DAY = 24
const HOURS_OF_WEEK = 168
/** History counts for less the older it is: half as much after a week. */
const HALF_LIFE_MS = 7 * 24 * HOUR_MS
/** What is known of the larger group counts for as much as so many runs of the smaller one. */
const PRIOR_RUNS = 12
/** A season says nothing against so many events that were to be expected. */
const PRIOR_EVENTS = 8
/** Nothing is so sure never to happen, or always, that once is enough. */
const SHARE_MIN = 0.002
const SHARE_MAX = 0.98
/** What is thought of anything before the first run. */
const SHARE_AT_FIRST = 0.02

/** Runs that said something about a signal, and how many of them were bad, by signal; both fade. */
class Tally {
  readonly runs = new Float64Array(SIGNALS.length)
  readonly bad = new Float64Array(SIGNALS.length)
  #at = 0

  fade(nowMs: number) {
    // Once an hour is often enough for a half-life of a week.
    if (nowMs - this.#at < HOUR_MS) return
    if (this.#at > 0) {
      const left = 2 ** (-(nowMs - this.#at) / HALF_LIFE_MS)
      for (let signal = 0; signal < SIGNALS.length; signal += 1) {
        this.runs[signal] = (this.runs[signal] ?? 0) * left
        this.bad[signal] = (this.bad[signal] ?? 0) * left
      }
    }
    this.#at = nowMs
  }

  /** The share of bad runs, drawn towards what the larger group has. */
  share(signal: number, larger: number): number {
    return ((this.bad[signal] ?? 0) + PRIOR_RUNS * larger) / ((this.runs[signal] ?? 0) + PRIOR_RUNS)
  }

  add(signal: number, bad: number) {
    this.runs[signal] = (this.runs[signal] ?? 0) + 1
    this.bad[signal] = (this.bad[signal] ?? 0) + bad
  }
}

/** How much more often, or less, than on the whole something happens at an hour: events that were expected, and that came. */
class Season {
  readonly #expected: Float64Array
  readonly #came: Float64Array

  constructor(hours: number) {
    this.#expected = new Float64Array(hours * SIGNALS.length)
    this.#came = new Float64Array(hours * SIGNALS.length)
  }

  factor(hour: number, signal: number, larger: number): number {
    const slot = hour * SIGNALS.length + signal
    return ((this.#came[slot] ?? 0) + PRIOR_EVENTS * larger) / ((this.#expected[slot] ?? 0) + PRIOR_EVENTS)
  }

  add(hour: number, signal: number, expected: number, bad: number) {
    const slot = hour * SIGNALS.length + signal
    this.#expected[slot] = (this.#expected[slot] ?? 0) + expected
    this.#came[slot] = (this.#came[slot] ?? 0) + bad
  }
}

/** The groups a thread is part of, the largest first, and the seasons of its country. */
export interface Groups {
  readonly tallies: readonly Tally[]
  readonly day: Season
  readonly week: Season
}

/**
 * How often runs fail, are slow or stall when nothing is the matter. A share is learnt for each thread, drawn towards that of its
 * agent, that towards its country's, that towards all: much where there is little history. Seasons are learnt for each country: an
 * hour of the day against the whole, an hour of the week against the hour of the day.
 */
export class Baseline {
  readonly #tallies = new Map<string, Tally>()
  readonly #days = new Map<string, Season>()
  readonly #weeks = new Map<string, Season>()

  /** `names`: of the groups, the largest first. */
  groups(names: readonly string[], country: string): Groups {
    return {
      tallies: names.map((name) => made(this.#tallies, name, () => new Tally())),
      day: made(this.#days, country, () => new Season(HOURS_OF_DAY)),
      week: made(this.#weeks, country, () => new Season(HOURS_OF_WEEK)),
    }
  }
}

/** The share of runs that is to be expected to be bad. */
export function expectedShare({ tallies, day, week }: Groups, signal: number, atMs: number): number {
  const [hourOfDay, hourOfWeek] = hoursOf(atMs)
  const factor = week.factor(hourOfWeek, signal, day.factor(hourOfDay, signal, 1))
  return Math.min(SHARE_MAX, Math.max(SHARE_MIN, levelOf(tallies, signal) * factor))
}

/** Takes in a run at a time when nothing was the matter. */
export function learn({ tallies, day, week }: Groups, signal: number, bad: boolean, atMs: number) {
  const [hourOfDay, hourOfWeek] = hoursOf(atMs)
  const level = levelOf(tallies, signal)
  const count = bad ? 1 : 0
  week.add(hourOfWeek, signal, level, count)
  day.add(hourOfDay, signal, level, count)
  for (const tally of tallies) {
    tally.fade(atMs)
    tally.add(signal, count)
  }
}

function levelOf(tallies: readonly Tally[], signal: number): number {
  let share = SHARE_AT_FIRST
  for (const tally of tallies) share = tally.share(signal, share)
  return share
}

function hoursOf(atMs: number): [number, number] {
  const hour = Math.floor(atMs / HOUR_MS)
  return [hour % HOURS_OF_DAY, hour % HOURS_OF_WEEK]
}

function made<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const value = make()
  map.set(key, value)
  return value
}
