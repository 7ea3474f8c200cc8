import type { Run } from './run.ts'

/** What became known in a round, and what happened in it. */
export interface Round {
  /** Its end, ms since 1970. */
  readonly at_ms: number
  /** Runs that were begun in it. */
  readonly began: readonly Run[]
  /** Runs that came in by its end and not before. */
  readonly heard: readonly Run[]
}

/** A run that came in so long after it began says nothing of then: what is decided is not decided by it. */
const LATE_MS = 600_000

/** Cuts runs into rounds, in the order of time; holds no more than what is on its way. */
export class Rounds {
  readonly #roundMs: number
  #atMs: number
  #coming: Run[] = []
  #begun: Run[] = []
  /** Runs that came in too late to be decided by. */
  lateCount = 0

  constructor(fromMs: number, roundMs: number) {
    this.#atMs = fromMs
    this.#roundMs = roundMs
  }

  /** The rounds that end by `toMs`, with all runs that began before it, by their start, given once and in order. */
  *until(toMs: number, runs: readonly Run[]): Generator<Round> {
    this.#begun.push(...runs)
    let next = 0
    while (this.#atMs + this.#roundMs <= toMs) {
      const at_ms = this.#atMs + this.#roundMs
      const first = next
      while ((this.#begun[next]?.started_ms ?? Number.POSITIVE_INFINITY) < at_ms) next += 1
      const began = this.#begun.slice(first, next)
      const inTime = began.filter(({ heard_ms, started_ms }) => heard_ms - started_ms <= LATE_MS)
      this.lateCount += began.length - inTime.length
      const known = [...this.#coming, ...inTime]
      this.#coming = known.filter(({ heard_ms }) => heard_ms > at_ms)
      this.#atMs = at_ms
      yield { at_ms, began, heard: known.filter(({ heard_ms }) => heard_ms <= at_ms) }
    }
    this.#begun = this.#begun.slice(next)
  }
}
