import { Detector } from '@streamgauge/collector/detect/detector.ts'
import type { Anomaly } from '@streamgauge/collector/detect/life.ts'
import { observationOf } from '@streamgauge/collector/detect/observation.ts'
import { isIn, type Where } from '@streamgauge/collector/detect/scope.ts'
import { type Occurrence, occurrencesOf } from '@streamgauge/collector/simulate/incident/occurrence.ts'
import { firstVisitFrom } from '@streamgauge/collector/simulate/schedule.ts'
import { generatorFor, openSimulation } from '@streamgauge/collector/simulate/simulation.ts'
import type { WorldSize } from '@streamgauge/collector/simulate/world/world.ts'
import { type Found, type Judged, judge } from './judge.ts'
import { placesOf } from './places.ts'
import { drawScript } from './script.ts'

/** One world to be watched. */
export interface Task {
  readonly seed: number
  readonly size: WorldSize
  /** Runs a second. */
  readonly rate: number
  readonly days: number
  /** Days at first in which nothing is scripted and nothing is looked for. */
  readonly learningDays: number
  readonly incidents: number
}

/** What came of it. */
export interface Outcome {
  readonly task: Task
  readonly judged: readonly Judged[]
  readonly false_ones: readonly Found[]
  readonly found_count: number
  readonly rounds_count: number
  readonly runs_count: number
  /** Of the detector alone, ms of CPU time of one core: all rounds, and the longest. */
  readonly detecting_ms: number
  readonly longest_round_ms: number
}

/** A Monday. */
const BEGIN_MS = Date.UTC(2026, 8, 7)
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Runs of one agent in one round: it visits once, and a visit is two runs. */
const RUNS_PER_VISIT = 2

/** How long a round of a task is: each agent visits once. */
export function roundMsOf({ size, rate }: Task): number {
  return (1_000 * size.agents * RUNS_PER_VISIT) / rate
}

/** Simulates a world, run by run in the order in which they are received, and has a detector watch it. */
export function watch(task: Task): Outcome {
  const { seed, size, rate, days, learningDays } = task
  const roundMs = roundMsOf(task)
  const end = BEGIN_MS + days * DAY_MS
  const quiet = openSimulation({ seed, rate, size, script: [] })
  const seen = placesOf(quiet.world, RUNS_PER_VISIT)
  const script = drawScript(seen, seed, task.incidents, BEGIN_MS + learningDays * DAY_MS, end)
  const simulation = openSimulation({ seed, rate, size, script })
  const truths = occurrencesOf(script, BEGIN_MS, end)
  const detector = new Detector()
  const stalls = new Stalls(truths)
  const found = new Map<Anomaly, Found>()
  let [runs, rounds, detecting, longest] = [0, 0, 0, 0]
  // Runs of a round are heard of when they are over: some a round later than they begin.
  let late: { received_ms: number; take: () => void }[] = []
  for (let at = BEGIN_MS; at < end; at += roundMs) {
    const portion = {
      first: firstVisitFrom(simulation.schedule, at),
      last: firstVisitFrom(simulation.schedule, at + roundMs),
    }
    const rows = generatorFor(simulation, portion).generator.rows(portion.first, portion.last)
    runs += rows.length
    for (const row of rows) {
      stalls.add(row)
      const observation = observationOf(row)
      if (observation === null) continue
      late.push({ received_ms: Date.parse(row.received_at), take: () => detector.observe(observation) })
    }
    const now = at + roundMs
    const start = performance.now()
    for (const { take } of late.filter(({ received_ms }) => received_ms <= now)) take()
    late = late.filter(({ received_ms }) => received_ms > now)
    const { opened } = detector.endRound(now, at < BEGIN_MS + learningDays * DAY_MS)
    const took = performance.now() - start
    detecting += took
    longest = Math.max(longest, took)
    rounds += 1
    for (const anomaly of opened)
      found.set(anomaly, { where: anomaly.where, first: anomaly.where, opened_ms: anomaly.opened_ms })
    for (const [anomaly, { first, opened_ms }] of found)
      if (detector.open.includes(anomaly)) found.set(anomaly, { where: anomaly.where, first, opened_ms })
  }
  const all = [...found.values()]
  const { judged, false_ones } = judge(truths, all, seen, roundMs, (truth) => stalls.timesOf(truth))
  const counts = { found_count: all.length, rounds_count: rounds, runs_count: runs }
  return { task, judged, false_ones, ...counts, detecting_ms: detecting, longest_round_ms: longest }
}

type Row = Where & {
  readonly started_at: string
  readonly stall_ms: number | null
  readonly played_ms: number | null
}

/** Stall ratios of incidents' scopes: while they last, and at the same hours of other days. */
class Stalls {
  readonly #truths: readonly Occurrence[]
  readonly #during: Float64Array
  readonly #else: Float64Array

  constructor(truths: readonly Occurrence[]) {
    this.#truths = truths
    this.#during = new Float64Array(2 * truths.length)
    this.#else = new Float64Array(2 * truths.length)
  }

  add(row: Row) {
    const { stall_ms, played_ms } = row
    if (stall_ms === null || played_ms === null) return
    const at = Date.parse(row.started_at)
    for (const [index, { where, start_ms, end_ms }] of this.#truths.entries()) {
      const during = at >= start_ms && at < end_ms
      const sinceStart = (((at - start_ms) % DAY_MS) + DAY_MS) % DAY_MS
      if (!during && sinceStart > Math.max(HOUR_MS, end_ms - start_ms)) continue
      if (!isIn(where as Where, row as never)) continue
      const sums = during ? this.#during : this.#else
      sums[2 * index] = (sums[2 * index] ?? 0) + stall_ms
      sums[2 * index + 1] = (sums[2 * index + 1] ?? 0) + stall_ms + played_ms
    }
  }

  /** How many times as high the stall ratio was; `null` where nothing was played. */
  timesOf(truth: Occurrence): number | null {
    const at = 2 * this.#truths.indexOf(truth)
    const during = (this.#during[at] ?? 0) / (this.#during[at + 1] ?? 0)
    const usual = (this.#else[at] ?? 0) / (this.#else[at + 1] ?? 0)
    if (Number.isNaN(during) || Number.isNaN(usual)) return null
    return usual === 0 ? (during > 0 ? Number.MAX_VALUE : 1) : during / usual
  }
}
