import type { Judged } from './judge.ts'
import type { Outcome } from './world.ts'

/** What an incident must do to the stall ratio of its scope to count for the recall that is aimed at. */
const DOUBLED = 2
const DAY_MS = 86_400_000

/** Prints what was found, by scope, then the figures as one JSON object. */
export function tell(outcomes: readonly Outcome[], roundMs: number) {
  const judged = outcomes.flatMap((outcome) => outcome.judged)
  const falseOnes = outcomes.flatMap(({ task, false_ones }) =>
    false_ones.map((one) => ({ seed: task.seed, at: new Date(one.opened_ms).toISOString(), ...one.where })),
  )
  const scopes = Map.groupBy(judged, ({ truth }) => truth.scope)
  console.table([...scopes].map(([scope, of]) => ({ scope, ...figuresOf(of, roundMs) })))
  console.table(
    judged
      .filter(({ found, right }) => !found || !right)
      .map(({ truth, named, stall_times }) => ({
        scope: truth.scope,
        where: JSON.stringify(truth.where),
        effect: JSON.stringify(truth.effect),
        stall_times: stall_times === null ? null : Number(stall_times.toFixed(1)),
        named,
      })),
  )
  console.table(falseOnes)
  const found = outcomes.reduce((sum, { found_count }) => sum + found_count, 0)
  const days = outcomes.reduce((sum, { task }) => sum + task.days - task.learningDays, 0)
  const rounds = outcomes.reduce((sum, { rounds_count }) => sum + rounds_count, 0)
  const detecting = outcomes.reduce((sum, { detecting_ms }) => sum + detecting_ms, 0)
  const all = figuresOf(judged, roundMs)
  const doubled = figuresOf(
    judged.filter(({ stall_times }) => (stall_times ?? 0) >= DOUBLED),
    roundMs,
  )
  console.log(
    JSON.stringify({
      recall: doubled.recall,
      recall_all: all.recall,
      precision: round(1 - falseOnes.length / found),
      scope_accuracy: all.scope_accuracy,
      scope_accuracy_at_once: all.scope_accuracy_at_once,
      median_delay_rounds: all.median_delay_rounds,
      false_per_day: round(falseOnes.length / days),
      n: all.n,
      n_doubled: doubled.n,
      anomalies: found,
      days,
      round_s: roundMs / 1_000,
      rounds: Math.round(rounds),
      mean_of_interval_ratio: round(detecting / rounds / roundMs, 6),
      longest_of_interval_ratio: round(
        Math.max(...outcomes.map(({ longest_round_ms }) => longest_round_ms)) / roundMs,
        6,
      ),
      simulated_days: (rounds * roundMs) / DAY_MS,
    }),
  )
}

function figuresOf(judged: readonly Judged[], roundMs: number) {
  const found = judged.filter((one) => one.found)
  const delays = found.map(({ delay_ms }) => (delay_ms ?? 0) / roundMs).sort((a, b) => a - b)
  return {
    n: judged.length,
    recall: round(found.length / judged.length),
    scope_accuracy: round(found.filter(({ right }) => right).length / found.length),
    scope_accuracy_at_once: round(found.filter((one) => one.right_at_once).length / found.length),
    median_delay_rounds: round(delays[Math.floor(delays.length / 2)] ?? Number.NaN, 2),
    p90_delay_rounds: round(delays[Math.floor(delays.length * 0.9)] ?? Number.NaN, 2),
  }
}

function round(value: number, digits = 3): number {
  return Number(value.toFixed(digits))
}
