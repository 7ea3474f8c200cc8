import { SIGNALS, type Signal } from './observation.ts'

/** How many rounds are looked back on, the last included: what is grave shows at once, what is slight after some. */
export const WINDOWS = [1, 3, 12] as const
/** Of a signal: runs that said something about it, those that were bad, and how many were to be expected to be. */
export const COUNTS = 3
/** Counts of one window: of each signal. */
export const PER_WINDOW = SIGNALS.length * COUNTS
/** Counts of all windows: `[window][signal][runs, bad, expected]`. */
export const COUNTS_LENGTH = WINDOWS.length * PER_WINDOW

/** Runs of one agent are alike: so much more than independent runs do bad ones come in bunches. */
const BUNCHING = 1.5
/** Less than this is not the matter, however sure it is: of runs beyond the expected, and times the expected. */
export const EXCESS_RATIO_MIN = 0.06
const TIMES_MIN = 1.6

/** What counts of one scope in one window say. */
export interface Evidence {
  readonly signal: Signal
  readonly runs_count: number
  readonly bad_count: number
  readonly expected_count: number
}

/**
 * How much likelier the bad runs are with something the matter than without, in nats: Kulldorff's statistic for a scan with
 * Poisson counts, summed over signals and lessened for bunching. 0 where there are no more than expected.
 */
export function likelihood(counts: Float64Array, offset = 0): number {
  let sum = 0
  for (let signal = 0; signal < SIGNALS.length; signal += 1) {
    const at = offset + signal * COUNTS
    sum += ofPoisson(counts[at + 1] ?? 0, counts[at + 2] ?? 0)
  }
  return sum / BUNCHING
}

/** The same of one signal. */
export function likelihoodOf({ bad_count, expected_count }: Evidence): number {
  return ofPoisson(bad_count, expected_count) / BUNCHING
}

function ofPoisson(bad: number, expected: number): number {
  return bad > expected && expected > 0 ? bad * Math.log(bad / expected) - (bad - expected) : 0
}

/**
 * How much likelier two groups of runs are if each has a share of bad ones of its own than if they have one, in nats: the likelihood
 * ratio of two binomial samples, lessened for bunching.
 */
export function contrast(runs: number, bad: number, otherRuns: number, otherBad: number): number {
  const own = logLikelihood(runs, bad) + logLikelihood(otherRuns, otherBad)
  return (own - logLikelihood(runs + otherRuns, bad + otherBad)) / BUNCHING
}

/** Of a binomial sample at its own share. */
function logLikelihood(runs: number, bad: number): number {
  const good = runs - bad
  return (bad > 0 ? bad * Math.log(bad / runs) : 0) + (good > 0 ? good * Math.log(good / runs) : 0)
}

/** Bad runs beyond the expected, of the signal with the most. */
export function excessOf(counts: Float64Array, offset = 0): number {
  let most = 0
  for (let signal = 0; signal < SIGNALS.length; signal += 1) {
    const at = offset + signal * COUNTS
    most = Math.max(most, (counts[at + 1] ?? 0) - (counts[at + 2] ?? 0))
  }
  return most
}

/** The largest share of runs that are bad beyond the expected, over the signals that matter; 0 if none does. */
export function excessRatio(counts: Float64Array, offset = 0): number {
  let most = 0
  for (const { runs_count, bad_count, expected_count } of evidenceOf(counts, offset))
    most = Math.max(most, (bad_count - expected_count) / runs_count)
  return most
}

/** The signals that matter. */
export function evidenceOf(counts: Float64Array, offset = 0): Evidence[] {
  return SIGNALS.flatMap((signal, index) => {
    const at = offset + index * COUNTS
    const [runs_count = 0, bad_count = 0, expected_count = 0] = counts.subarray(at, at + COUNTS)
    const matters =
      bad_count - expected_count >= EXCESS_RATIO_MIN * runs_count && bad_count >= TIMES_MIN * expected_count
    return matters && bad_count > 0 ? [{ signal, runs_count, bad_count, expected_count }] : []
  })
}
