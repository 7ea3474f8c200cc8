import { Replay } from '@streamgauge/collector/backtest/replay.ts'
import { type BacktestResult, resultOf } from '@streamgauge/collector/backtest/result.ts'
import { Rounds } from '@streamgauge/collector/backtest/rounds.ts'
import { type Run, runOf } from '@streamgauge/collector/backtest/run.ts'
import { type Config, parseConfig } from '@streamgauge/collector/config/config.ts'
import { Generator } from '@streamgauge/collector/simulate/generate.ts'
import { occurrencesOf } from '@streamgauge/collector/simulate/incident/occurrence.ts'
import { firstVisitFrom, makeSchedule } from '@streamgauge/collector/simulate/schedule.ts'
import { configurationOf } from '@streamgauge/collector/simulate/world/configuration.ts'
import type { Policy } from '@streamgauge/collector/steer/policy.ts'
import type { StoredMeasurement } from '@streamgauge/contract'
import { STEP_MS, scriptFor, smallFleet } from './fleet.ts'
import { type Expected, Truth } from './truth.ts'

/** One world to be replayed. */
export interface Task {
  readonly seed: number
  readonly days: number
  readonly incidents: number
  readonly where: 'anywhere' | 'likely'
  readonly nodes: number
  readonly roundMs: number
  /** What differs from the usual policy. */
  readonly policy: Partial<Policy>
}

/** What viewers of one way went through in truth, per run. */
export type True = Expected & { readonly name: string }

/** What came of it. */
export interface Outcome {
  readonly task: Task
  readonly truths: readonly True[]
  readonly backtest: BacktestResult
  readonly cells: number
  readonly candidates: number
  readonly runs: number
  readonly took_s: number
}

/** A Monday. */
const BEGIN_MS = Date.UTC(2026, 8, 7)
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** Nothing is scripted and nothing judged at first. */
const LEAD_MS = 2 * DAY_MS
const RUNS_PER_VISIT = 2
/** The best node at each moment, for nothing, by the truth. */
export const ORACLE = 'oracle'

/** Simulates a world, replays it, and follows every way of sending viewers through what was true. */
export function replayed(task: Task): Outcome {
  const started = performance.now()
  const { seed, days, roundMs } = task
  const world = smallFleet(task.nodes)
  const from = BEGIN_MS + LEAD_MS
  const end = from + days * DAY_MS
  const script = scriptFor(world, task, from, end)
  const occurrences = occurrencesOf(script, BEGIN_MS, end)
  const rate = (RUNS_PER_VISIT * 1_000 * world.agents.length) / roundMs
  const schedule = makeSchedule(seed, rate, world.agents.length)
  const config = configOf(world, task.policy)
  const sentTo = new Map<string, string>()
  const replay = new Replay({ config, inForce: null, roundMs, from_ms: from, sentTo })
  const truth = new Followed(new Truth(world, occurrences))
  const rounds = new Rounds(BEGIN_MS, roundMs)
  let runs = 0
  let begun: Run[] = []
  for (let at = BEGIN_MS; at < end; at += HOUR_MS) {
    const to = at + HOUR_MS
    const near = occurrences.filter(({ start_ms, end_ms }) => start_ms < to + HOUR_MS && end_ms > at)
    const generator = new Generator(world, schedule, near)
    const rows = generator.rows(firstVisitFrom(schedule, at), firstVisitFrom(schedule, to))
    runs += rows.length
    const all = [...begun, ...rows.map(replayedRun)].sort((a, b) => a.started_ms - b.started_ms)
    begun = all.filter(({ started_ms }) => started_ms >= to)
    const past = all.filter(({ started_ms }) => started_ms < to)
    for (const round of rounds.until(to, past)) {
      if (round.at_ms - roundMs >= from) truth.follow(replay, round.at_ms - roundMs, roundMs)
      replay.round(round)
    }
  }
  replay.end()
  const facts = { from_ms: from, to_ms: end, round_s: roundMs / 1_000 }
  const backtest = resultOf(replay, { ...facts, runs_count: runs, late_runs_count: rounds.lateCount })
  const { cells } = truth.truth
  return {
    ...{ task, backtest, runs, truths: truth.figures, cells: cells.length },
    candidates: Math.min(...cells.map(({ candidates }) => candidates.length)),
    took_s: (performance.now() - started) / 1_000,
  }
}

/** Adds up what is true of where each way has its cells. */
class Followed {
  readonly truth: Truth
  readonly #sums = new Map<string, { failed: number; stall_ms: number; watched_ms: number; cost: number }>()
  #step = -1
  #weight = 0

  constructor(truth: Truth) {
    this.truth = truth
  }

  /** A round from `atMs` on: after the decisions before it, before those at its end. */
  follow({ contestants }: Replay, atMs: number, roundMs: number) {
    const step = Math.floor((atMs + roundMs / 2) / STEP_MS)
    if (step !== this.#step) this.truth.time = (step + 0.5) * STEP_MS
    this.#step = step
    for (const cell of this.truth.cells) {
      this.#weight += 1
      this.#add(ORACLE, this.truth.bestOf(cell))
      for (const { name, positions } of contestants) {
        const position = positions.get(cell.cell)
        if (position === undefined) throw new Error(`${name} has sent ${cell.cell} nowhere`)
        this.#add(name, this.truth.of(cell, position.node_id))
      }
    }
  }

  get figures(): True[] {
    return [...this.#sums].map(([name, { failed, stall_ms, watched_ms, cost }]) => ({
      name,
      failed: failed / this.#weight,
      stall_ms: stall_ms / this.#weight,
      watched_ms: watched_ms / this.#weight,
      cost: cost / this.#weight,
    }))
  }

  #add(name: string, { failed, stall_ms, watched_ms, cost }: Expected) {
    const sum = this.#sums.get(name) ?? { failed: 0, stall_ms: 0, watched_ms: 0, cost: 0 }
    this.#sums.set(name, sum)
    sum.failed += failed
    sum.stall_ms += stall_ms
    sum.watched_ms += watched_ms
    sum.cost += cost
  }
}

function configOf(world: Parameters<typeof configurationOf>[0], policy: Partial<Policy>): Config {
  const config = parseConfig(JSON.stringify(configurationOf(world)), 'world.json')
  return { ...config, steering: { ...config.steering, policy: { ...config.steering.policy, ...policy } } }
}

function replayedRun(row: StoredMeasurement): Run {
  const isStolen = row.taints.length === 1 && row.taints[0] === 'cpu_steal'
  return runOf([
    ...[Date.parse(row.received_at), row.measurement_id, row.agent_id, row.country, row.isp, row.asn],
    ...[row.node_id, row.provider, row.route, row.transport, row.kind, row.taints.length > 0 && !isStolen],
    ...[Date.parse(row.started_at), row.failure_code, row.failure_source, row.handshake_ms, row.startup_ms],
    ...[row.stall_ms, row.played_ms, 3 * (row.loop_lag_ms ?? 0), isStolen, row.first_frame_ms],
  ] as unknown as Parameters<typeof runOf>[0])
}
