import { tQuantile } from '@streamgauge/collector/stats/student.ts'
import type { Outcome, True } from './world.ts'
import { ORACLE } from './world.ts'

/** What is aimed at. */
const SHARE_GOAL = 0.8
const MOVES_GOAL = 1
const BASES = ['none', 'nearest'] as const

/** Prints what was true, what the backtest itself said, and how both compare; then the figures as one JSON object. */
export function tell(outcomes: readonly Outcome[]) {
  for (const outcome of outcomes) {
    const { task, took_s, runs, cells, candidates, backtest } = outcome
    console.log(
      `seed ${task.seed}: ${task.days} days, ${cells} cells of ${candidates} nodes at least, ${runs} runs, ` +
        `${backtest.incidents_count} incidents found, ${took_s.toFixed(0)} s`,
    )
    console.table(outcome.truths.map((one) => rowOf(one, outcome)))
  }
  const shares = BASES.flatMap((base) =>
    (['cost', 'stall'] as const).map((of) => ({
      of,
      against: base,
      ...spread(outcomes.map((outcome) => shareOf(outcome, base, of))),
    })),
  )
  console.table(shares)
  const medians = outcomes.map((outcome) => movesOf(outcome)?.median ?? Number.NaN)
  const p95s = outcomes.map((outcome) => movesOf(outcome)?.p95 ?? Number.NaN)
  const ratios = (name: string) => spread(outcomes.map((outcome) => stalledOf(trueOf(outcome, name))))
  const share = shares.find(({ of, against }) => of === 'cost' && against === 'none')
  console.log(
    JSON.stringify({
      stall_ratio: Object.fromEntries(
        ['none', 'nearest', 'policy', ORACLE].map((name) => [name, ratios(name)]),
      ),
      shares,
      moves_median: Math.max(...medians),
      moves_p95: Math.max(...p95s),
      goal_reached: (share?.mean ?? 0) >= SHARE_GOAL && Math.max(...medians) <= MOVES_GOAL,
      seeds: outcomes.length,
      days: outcomes[0]?.task.days,
    }),
  )
}

/** How much of what the oracle spares viewers of a base the policy spares them. */
function shareOf(outcome: Outcome, base: string, of: 'cost' | 'stall'): number {
  const value = (name: string) => {
    const one = trueOf(outcome, name)
    return of === 'cost' ? one.cost : stalledOf(one)
  }
  return (value(base) - value('policy')) / (value(base) - value(ORACLE))
}

function rowOf(one: True, { backtest }: Outcome) {
  const said = backtest.policies.find(({ name }) => name === (one.name === ORACLE ? 'hindsight' : one.name))
  const gain = said?.gains.find(({ against }) => against === 'none')?.cost
  return {
    policy: one.name,
    'true stalled %': round(100 * stalledOf(one), 3),
    'said stalled %': round(100 * (said?.stall_ratio ?? Number.NaN), 3),
    'true success %': round(100 * (1 - one.failed), 3),
    'said success %': round(100 * (said?.success_ratio ?? Number.NaN), 3),
    'true cost': round(one.cost, 5),
    'said cost': round(said?.cost ?? Number.NaN, 5),
    'said gain':
      gain === undefined ? '' : `${round(gain.value, 5)} (${round(gain.low, 5)} to ${round(gain.high, 5)})`,
    'measured %': round(100 * (said?.measured_ratio ?? Number.NaN), 1),
    'ill %': round(100 * (said?.ill_ratio ?? Number.NaN), 2),
    moves: said?.moves === null ? '' : JSON.stringify(said?.moves?.by_motive),
    'median, p95, max':
      said?.moves === null ? '' : Object.values(said?.moves?.per_cell_and_day ?? {}).join(', '),
  }
}

function trueOf({ truths }: Outcome, name: string): True {
  const found = truths.find((one) => one.name === name)
  if (found === undefined) throw new Error(`nothing is known of ${name}`)
  return found
}

function stalledOf({ stall_ms, watched_ms }: True): number {
  return stall_ms / watched_ms
}

function movesOf({ backtest }: Outcome) {
  return backtest.policies.find(({ name }) => name === 'policy')?.moves?.per_cell_and_day
}

/** The mean over seeds with Student's 95 % interval; `null`: of one seed there is none. */
function spread(values: readonly number[]) {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  if (n < 2) return { mean: round(mean, 5), low: null, high: null, n }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  const half = tQuantile(n - 1) * Math.sqrt(variance / n)
  return { mean: round(mean, 5), low: round(mean - half, 5), high: round(mean + half, 5), n }
}

function round(value: number | null, digits: number): number {
  return value === null ? Number.NaN : Number(value.toFixed(digits))
}
