import { createHash } from 'node:crypto'
import { Generator } from './generate.ts'
import { type Occurrence, occurrencesOf } from './incident/occurrence.ts'
import type { ScriptedIncident } from './incident/script.ts'
import { makeSchedule, type Schedule, visitOf } from './schedule.ts'
import { buildWorld, type World, type WorldSize } from './world/world.ts'

/** All that rows depend on: the same settings, the same rows, whoever makes them, and in whatever portions. */
export interface Settings {
  readonly seed: number
  /** Runs a second of simulated time, all agents together. */
  readonly rate: number
  readonly size: WorldSize
  readonly script: readonly ScriptedIncident[]
}

/** A world with its time table and its incidents. */
export interface Simulation {
  readonly settings: Settings
  readonly world: World
  readonly schedule: Schedule
  /** Names the settings: twelve hexadecimal digits. */
  readonly fingerprint: string
}

/** Visits in `[first, last)`. */
export interface Portion {
  readonly first: number
  readonly last: number
}

/** The second run of the last visit of a portion begins within this. */
const VISIT_MS = 30_000

/** Builds the world and its time table. Throws `WORLD_INVALID`. */
export function openSimulation(settings: Settings): Simulation {
  const world = buildWorld(settings.size)
  const { seed, rate } = settings
  const fingerprint = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12)
  return { settings, world, schedule: makeSchedule(seed, rate, world.agents.length), fingerprint }
}

/** A generator for a portion, and the incidents it may meet. */
export function generatorFor(
  { settings, world, schedule }: Simulation,
  { first, last }: Portion,
): { readonly generator: Generator; readonly occurrences: readonly Occurrence[] } {
  const from = visitOf(schedule, first).at_ms
  const to = visitOf(schedule, last).at_ms + VISIT_MS
  const occurrences = occurrencesOf(settings.script, from, to)
  return { generator: new Generator(world, schedule, occurrences), occurrences }
}

/** Cuts visits into portions of at most `size`, at multiples of `size`, so that another run cuts at the same places. */
export function* portionsOf({ first, last }: Portion, size: number): IterableIterator<Portion> {
  for (let start = first; start < last; ) {
    const end = Math.min(last, (Math.floor(start / size) + 1) * size)
    yield { first: start, last: end }
    start = end
  }
}
