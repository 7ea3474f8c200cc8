import type { StoredMeasurement } from '@streamgauge/contract'
import { type Occurrence, touches } from './incident/occurrence.ts'
import { Draws } from './random.ts'
import { type Disturbance, UNDISTURBED, withEffect } from './run/conditions.ts'
import { uuidOf } from './run/figures.ts'
import { rowOf } from './run/row.ts'
import { type Schedule, visitOf } from './schedule.ts'
import type { SimulatedAgent } from './world/agent.ts'
import type { Errand, Side } from './world/plan.ts'
import type { World } from './world/world.ts'

/** Two runs of a pair are this far apart. */
const BETWEEN_RUNS_MS = 500

/** Makes the rows of visits; which ones, in which order and in which process does not matter to any row. */
export class Generator {
  readonly #world: World
  readonly #schedule: Schedule
  readonly #occurrences: readonly Occurrence[]
  readonly #draws = new Draws()
  readonly #touched: number[]

  /** `occurrences`: all that overlap the time of the visits that will be asked for. */
  constructor(world: World, schedule: Schedule, occurrences: readonly Occurrence[]) {
    this.#world = world
    this.#schedule = schedule
    this.#occurrences = occurrences
    this.#touched = occurrences.map(() => 0)
  }

  /** Runs each occurrence touched since the last call, by its index. */
  takeTouched(): number[] {
    return this.#touched.splice(0, Infinity, ...this.#occurrences.map(() => 0))
  }

  /** Two rows for each visit in `[first, last)`, in the order in which the visits begin. */
  rows(first: number, last: number): StoredMeasurement[] {
    const rows: StoredMeasurement[] = []
    for (let index = first; index < last; index++) this.#visit(index, rows)
    return rows
  }

  #visit(index: number, rows: StoredMeasurement[]) {
    const { seed } = this.#schedule
    const draws = this.#draws
    const visit = visitOf(this.#schedule, index)
    const agent = this.#world.agents[visit.agent]
    const plan = this.#world.plans[visit.agent]
    if (agent === undefined || plan === undefined) return
    const low = visit.at_ms >>> 0
    const high = Math.floor(visit.at_ms / 0x1_0000_0000)
    draws.begin(seed, agent.key, low, high)
    const chosen = draws.next()
    const errand = plan.errands[plan.until.findIndex((until) => chosen < until)]
    if (errand === undefined) return
    const swapped = draws.next() < 0.5
    const pair_id = errand.paired ? uuidOf(visit.at_ms, draws.word(), draws.word(), draws.word()) : null
    let at_ms = visit.at_ms
    for (const position of [0, 1] as const) {
      const side = errand.sides[swapped ? 1 - position : position] ?? errand.sides[0]
      const row = this.#run(agent, errand, side, at_ms, pair_id, position, draws, [low, high])
      rows.push(row)
      at_ms += Math.ceil(row.wall_ms) + BETWEEN_RUNS_MS
    }
  }

  #run(
    agent: SimulatedAgent,
    errand: Errand,
    side: Side,
    at_ms: number,
    pair_id: string | null,
    position: 0 | 1,
    draws: Draws,
    [low, high]: readonly [number, number],
  ): StoredMeasurement {
    const disturbance = this.#disturbance(agent, side, at_ms)
    draws.begin(this.#schedule.seed ^ (position + 1), agent.key, low, high)
    const pair_position = pair_id === null ? null : position
    return rowOf({ agent, side, kind: errand.kind, at_ms, pair_id, pair_position, disturbance }, draws)
  }

  #disturbance(agent: SimulatedAgent, side: Side, at_ms: number): Disturbance {
    let disturbance = UNDISTURBED
    for (let index = 0; index < this.#occurrences.length; index++) {
      const occurrence = this.#occurrences[index]
      if (occurrence === undefined || at_ms < occurrence.start_ms || at_ms >= occurrence.end_ms) continue
      if (!touches(occurrence, agent, side)) continue
      disturbance = withEffect(disturbance, occurrence.effect, occurrence.scope)
      this.#touched[index] = (this.#touched[index] ?? 0) + 1
    }
    return disturbance
  }
}
