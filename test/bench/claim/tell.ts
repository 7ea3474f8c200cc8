import { type BlockRuns, estimateOf } from '@streamgauge/collector/report/arm.ts'
import { changeOf } from '@streamgauge/collector/report/comparison.ts'
import { judge } from '@streamgauge/collector/report/verdict.ts'
import type { Estimate, Measurement, Metric } from '@streamgauge/contract'
import { ARMS, type Arm, type Round } from './servers.ts'

const METRICS = ['handshake_ms', 'first_frame_ms', 'startup_ms', 'stall_ratio', 'success_ratio'] as const
/** What the claim is about, with either congestion control and either QUIC; and the caveat, TCP against itself. */
const PAIRS = [
  ['tcp-cubic', 'quic-quiche'],
  ['tcp-cubic', 'quic-go'],
  ['tcp-bbr', 'quic-quiche'],
  ['tcp-bbr', 'quic-go'],
  ['tcp-cubic', 'tcp-bbr'],
] as const satisfies readonly (readonly [Arm, Arm])[]

/** Whether every comparison rests on `pairs` pairs without a taint. */
export function isEnough(rounds: readonly Round[], pairs: number): boolean {
  return PAIRS.every(([a, b]) => cleanPairs(rounds, a, b).length >= pairs)
}

/** Every arm's figures, and every comparison, as text; of clean runs, unless tainted ones are to be kept. */
export async function table(all: readonly Round[], keepTainted = false): Promise<string> {
  const rounds = keepTainted ? all.map(untainted) : all
  const lines = [`${rounds.length} rounds`, '', row(['', ...ARMS])]
  for (const metric of METRICS)
    lines.push(
      row([metric, ...ARMS.map((arm) => figure(estimateOf(metric, blocks(rounds, arm, metric)), metric))]),
    )
  lines.push(row(['loss seen', ...ARMS.map((arm) => lossSeen(rounds, arm))]))
  lines.push(row(['tainted', ...ARMS.map((arm) => tainted(all, arm))]))
  for (const [a, b] of PAIRS) {
    lines.push('', `${b} against ${a}`)
    for (const metric of METRICS) {
      const { change, verdict, pairs } = await compared(rounds, a, b, metric)
      lines.push(row([metric, relative(change, metric), `${verdict} (${pairs} pairs)`]))
    }
  }
  return `${lines.join('\n')}\n`
}

/** The same for programs. */
export async function summary(rounds: readonly Round[]) {
  const comparisons = []
  for (const [a, b] of PAIRS)
    for (const metric of METRICS) {
      const { change, verdict, pairs } = await compared(rounds, a, b, metric)
      comparisons.push({ a, b, metric, pairs, change, verdict })
    }
  const arms = ARMS.flatMap((arm) =>
    METRICS.map((metric) => ({ arm, metric, ...estimateOf(metric, blocks(rounds, arm, metric)) })),
  )
  return { rounds: rounds.length, arms, comparisons }
}

async function compared(rounds: readonly Round[], a: Arm, b: Arm, metric: Metric) {
  const clean = cleanPairs(rounds, a, b)
  const [aRuns, bRuns] = [blocks(clean, a, metric), blocks(clean, b, metric)]
  const [aEstimate, bEstimate] = [estimateOf(metric, aRuns), estimateOf(metric, bRuns)]
  const change = { ...(await changeOf(metric, aRuns, bRuns)), n: aEstimate.n + bEstimate.n }
  const evidence = { metric, a: aEstimate, b: bEstimate, change }
  const { verdict } = judge({ ...evidence, aBlocks: clean.length, bBlocks: clean.length })
  return { change, verdict, pairs: clean.length }
}

/** A pair with a tainted half says nothing. */
function cleanPairs(rounds: readonly Round[], a: Arm, b: Arm): Round[] {
  return rounds.filter((round) => [a, b].every((arm) => round.get(arm)?.taints.length === 0))
}

/** The same round, as if the machine had been quiet. */
function untainted(round: Round): Round {
  return new Map([...round].map(([arm, m]) => [arm, { ...m, taints: [] }]))
}

/** One block a round: rounds are independent. */
function blocks(rounds: readonly Round[], arm: Arm, metric: Metric): BlockRuns[] {
  return rounds.flatMap((round) => {
    const m = round.get(arm)
    return m === undefined || m.taints.length > 0 ? [] : [blockOf(m, metric)]
  })
}

function blockOf(m: Measurement, metric: Metric): BlockRuns {
  const value = metric === 'stall_ratio' || metric === 'success_ratio' ? null : m[metric]
  const started = m.startup_ms !== null
  return {
    values: value === null ? [] : [value],
    runs: 1,
    successes: m.failure_code === null ? 1 : 0,
    started: started ? 1 : 0,
    stall_ms: started ? (m.stall_ms ?? 0) : 0,
    watched_ms: started ? (m.stall_ms ?? 0) + (m.played_ms ?? 0) : 0,
  }
}

function lossSeen(rounds: readonly Round[], arm: Arm): string {
  const seen = rounds.flatMap((round) => round.get(arm)?.loss_ratio ?? [])
  if (seen.length === 0) return '-'
  return `${((seen.reduce((sum, ratio) => sum + ratio, 0) / seen.length) * 100).toFixed(2)} %`
}

function tainted(rounds: readonly Round[], arm: Arm): string {
  const taints = rounds.flatMap((round) => round.get(arm)?.taints ?? [])
  const count = rounds.filter((round) => (round.get(arm)?.taints.length ?? 0) > 0).length
  return [count, ...new Set(taints)].join(' ')
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(index === 0 ? 16 : 27))
    .join('')
    .trimEnd()
}

function figure({ value, low, high }: Estimate, metric: Metric): string {
  const share = metric.endsWith('_ratio')
  const say = (x: number | null) => (x === null ? '?' : share ? x.toFixed(3) : x.toFixed(0))
  return `${say(value)}${share ? '' : ' ms'} (${say(low)} to ${say(high)})`
}

function relative({ value, low, high }: Estimate, metric: Metric): string {
  const unit = metric === 'success_ratio' ? ' pp' : ' %'
  const say = (x: number | null) => (x === null ? '?' : `${x > 0 ? '+' : ''}${(x * 100).toFixed(1)}`)
  return `${say(value)}${unit} (${say(low)} to ${say(high)})`
}
