import {
  COUNTS,
  COUNTS_LENGTH,
  type Evidence,
  evidenceOf,
  excessRatio,
  likelihood,
  likelihoodOf,
  PER_WINDOW,
  WINDOWS,
} from './evidence.ts'
import type { Explanation } from './explain.ts'
import { addTo } from './levels.ts'
import { SIGNALS } from './observation.ts'
import type { Unit } from './recent.ts'
import { isIn, type Where } from './scope.ts'

/** The scope may still change in so many rounds after opening: the first runs seldom show how far it reaches. */
const YOUNG_ROUNDS = 12
/** Evidence below this, in nats, and an excess below this share of that at opening: getting better. Lower than what opens. */
const QUIET_LIKELIHOOD = 2.5
const QUIET_RATIO = 0.35
/** Runs that must have said so. */
const QUIET_RUNS = 8
/** Rounds of quiet after which it is over. */
const QUIET_ROUNDS = 3
/** So much more excess than at opening is worse. */
const WORSE_RATIO = 1.5
/** Below so much more, for as long as anything is remembered, it is as it was again. */
const NO_WORSE_RATIO = 1.1
/** What is so much worse than an anomaly, in a signal that alone says so much in nats, is a matter of its own. */
const STANDS_OUT_RATIO = 2
const STANDS_OUT_LIKELIHOOD = 9
/** Without runs enough to tell, it is over after so long. */
const FORGOTTEN_AFTER_MS = 86_400_000
/** What has more than this of the evidence has most of it. */
const MOST = 0.6

/** Something the matter, from the round in which it was found to the one in which it was over. */
export interface Anomaly {
  readonly id: number
  where: Where
  state: 'open' | 'worsening' | 'recovering' | 'closed'
  readonly opened_ms: number
  /** The end of the last round in which it was bad. */
  bad_ms: number
  evidence: readonly Evidence[]
  score: number
  /** Share of runs that were bad beyond the expected, when it opened (or its scope changed), and now. */
  opening_ratio: number
  ratio: number
  agents_count: number
  /** Over how many rounds it was seen when it opened, or its scope changed. */
  window_rounds: number
  rounds: number
  quiet_rounds: number
}

/** What must be known of an anomaly to go on with it after a pause. */
export type Known = Pick<
  Anomaly,
  | 'where'
  | 'state'
  | 'opened_ms'
  | 'bad_ms'
  | 'evidence'
  | 'score'
  | 'opening_ratio'
  | 'ratio'
  | 'agents_count'
>

/** An anomaly that was found before; it is not young any more. */
export function adopted(id: number, known: Known): Anomaly {
  return { ...known, id, window_rounds: 1, rounds: YOUNG_ROUNDS + 1, quiet_rounds: 0 }
}

/** Whether an anomaly is young enough to take the scope of an explanation that tells it better. */
export function isYoung({ rounds, score }: Anomaly, explanation: Explanation): boolean {
  return rounds <= YOUNG_ROUNDS && explanation.score > score
}

/** Takes the scope of an explanation. */
export function follow(anomaly: Anomaly, explanation: Explanation) {
  anomaly.where = explanation.where
  anomaly.agents_count = explanation.agents_count
  anomaly.score = explanation.score
  anomaly.opening_ratio = ratioOf(explanation)
  anomaly.window_rounds = roundsOf(explanation)
}

/** An anomaly that opens now. */
export function opened(id: number, explanation: Explanation, nowMs: number): Anomaly {
  const { where, score, agents_count, window, counts } = explanation
  const ratio = ratioOf(explanation)
  const evidence = evidenceOf(counts, window * PER_WINDOW)
  const window_rounds = roundsOf(explanation)
  const begun = { opened_ms: nowMs, bad_ms: nowMs, window_rounds, rounds: 0, quiet_rounds: 0 }
  return { id, where, state: 'open', evidence, score, opening_ratio: ratio, ratio, agents_count, ...begun }
}

/** Whether most of the evidence of an explanation lies within an anomaly's scope. */
export function isWithin({ units, window }: Explanation, anomaly: Anomaly): boolean {
  const inside = units.filter(({ thread }) => isIn(anomaly.where, thread))
  return evidenceIn(inside, window) > MOST * evidenceIn(units, window)
}

/** Whether an explanation is so much worse in some signal than all the anomalies it lies within that it is something of its own. */
export function standsOut({ counts }: Explanation, anomalies: readonly Anomaly[]): boolean {
  const known = anomalies.flatMap(({ evidence }) => evidence)
  return WINDOWS.some((_, window) =>
    evidenceOf(counts, window * PER_WINDOW).some((own) => {
      const usual = Math.max(0, ...known.filter(({ signal }) => signal === own.signal).map(shareOf))
      return shareOf(own) > STANDS_OUT_RATIO * usual && likelihoodOf(own) >= STANDS_OUT_LIKELIHOOD
    }),
  )
}

function shareOf({ runs_count, bad_count, expected_count }: Evidence): number {
  return (bad_count - expected_count) / runs_count
}

/** Whether an anomaly is but a part of what is explained: most of what is bad in it is explained by that. */
export function isPartOf(
  anomaly: Anomaly,
  { units: explained, window }: Explanation,
  units: readonly Unit[],
): boolean {
  const own = units.filter(({ thread }) => isIn(anomaly.where, thread))
  const those = new Set(explained)
  const inside = own.filter((unit) => those.has(unit))
  const all = evidenceIn(own, window)
  return all > 0 && evidenceIn(inside, window) > MOST * all
}

function evidenceIn(units: readonly Unit[], window: number): number {
  const counts = new Float64Array(COUNTS_LENGTH)
  for (const unit of units) addTo(counts, 0, unit.counts)
  return likelihood(counts, window * PER_WINDOW)
}

/** One round older: better, worse, over, or as it was. Whether its state changed. */
export function grow(anomaly: Anomaly, units: readonly Unit[], nowMs: number): boolean {
  const before = anomaly.state
  anomaly.rounds += 1
  const counts = new Float64Array(WINDOWS.length * PER_WINDOW)
  for (const { thread, counts: said } of units) if (isIn(anomaly.where, thread)) addTo(counts, 0, said)
  const window = WINDOWS.findIndex((_, index) => runsIn(counts, index) >= QUIET_RUNS)
  if (window < 0) {
    if (nowMs - anomaly.bad_ms < FORGOTTEN_AFTER_MS) return false
    anomaly.state = 'closed'
    return true
  }
  const offset = window * PER_WINDOW
  const ratio = excessRatio(counts, offset)
  anomaly.ratio = ratio
  const quiet = likelihood(counts, offset) < QUIET_LIKELIHOOD || ratio < QUIET_RATIO * anomaly.opening_ratio
  if (quiet) {
    anomaly.quiet_rounds += 1
    anomaly.state = anomaly.quiet_rounds >= QUIET_ROUNDS ? 'closed' : 'recovering'
  } else {
    anomaly.quiet_rounds = 0
    anomaly.bad_ms = nowMs
    anomaly.evidence = evidenceOf(counts, offset)
    const lasting = Math.max(ratio, excessRatio(counts, (WINDOWS.length - 1) * PER_WINDOW))
    const isWorse =
      before === 'worsening'
        ? lasting > NO_WORSE_RATIO * anomaly.opening_ratio
        : ratio > WORSE_RATIO * anomaly.opening_ratio
    anomaly.state = isWorse ? 'worsening' : 'open'
  }
  return anomaly.state !== before
}

function roundsOf({ window }: Explanation): number {
  return WINDOWS[window] ?? 1
}

function ratioOf({ counts, window }: Explanation): number {
  return excessRatio(counts, window * PER_WINDOW)
}

/** Runs that said something, of the signal that most did. */
function runsIn(counts: Float64Array, window: number): number {
  return Math.max(...SIGNALS.map((_, signal) => counts[window * PER_WINDOW + signal * COUNTS] ?? 0))
}
