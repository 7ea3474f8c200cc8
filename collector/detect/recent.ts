import { expectedShare, learn } from './baseline.ts'
import { COUNTS, COUNTS_LENGTH, PER_WINDOW, WINDOWS } from './evidence.ts'
import type { Part } from './levels.ts'
import { type Observation, SIGNALS } from './observation.ts'
import type { Thread, Threads } from './thread.ts'

const ROUNDS_MAX = Math.max(...WINDOWS)
/** Runs of one thread in one round that count: no agent says more than others by saying it more often. */
const RUNS_PER_THREAD = 4
/** Rounds before how often runs are bad is learnt from them: what is ill is seldom known at once. */
export const WAIT_ROUNDS = 6
/** Of a time of which its agent may have made more than this share, nothing is learnt. */
const SLACK_SHARE_MAX = 0.5

/** What a thread said in each of the windows. */
export interface Unit extends Part {
  readonly thread: Thread
}

interface Noted {
  readonly thread: Thread
  readonly run: Observation
  readonly bad: readonly (boolean | null)[]
}

interface Round {
  readonly counts: Map<Thread, Float64Array>
  readonly noted: Noted[]
}

/** The last rounds, and what is learnt from them. */
export class Recent {
  readonly #threads: Threads
  /** The newest first. */
  readonly #rounds: Round[] = []
  readonly #units = new Map<Thread, Unit>()
  #round: Round = { counts: new Map(), noted: [] }
  /** Runs of rounds that are over, the newest first, from which it is not learnt yet how often they are bad. */
  #waiting: (readonly Noted[])[] = []

  constructor(threads: Threads) {
    this.#threads = threads
  }

  /** Takes in a run of the round that is going on. Whether it was bad; `null`: there is no room to remember it. */
  add(run: Observation): boolean | null {
    const thread = this.#threads.of(run)
    if (thread === null) return null
    const { handshake_ms, start_ms, slack_ms } = run
    const slow = handshake_ms === null ? null : thread.handshake.isSlow(handshake_ms - slack_ms)
    const slowStart = start_ms === null ? null : thread.start.isSlow(start_ms - slack_ms)
    const bad = [run.failed, slow, slowStart, run.stalled]
    let counts = this.#round.counts.get(thread)
    if (counts === undefined) {
      counts = new Float64Array(PER_WINDOW)
      this.#round.counts.set(thread, counts)
    }
    for (const [signal, said] of bad.entries()) {
      const at = signal * COUNTS
      if (said === null || (counts[at] ?? 0) >= RUNS_PER_THREAD) continue
      counts[at] = (counts[at] ?? 0) + 1
      counts[at + 1] = (counts[at + 1] ?? 0) + (said ? 1 : 0)
      counts[at + 2] = (counts[at + 2] ?? 0) + expectedShare(thread.groups, signal, run.started_ms)
    }
    this.#round.noted.push({ thread, run, bad })
    return bad.includes(true)
  }

  /** Ends the round; what each thread said in the windows that end with it. It holds until the next call. */
  endRound(): Unit[] {
    this.#rounds.unshift(this.#round)
    for (const [window, rounds] of WINDOWS.entries()) {
      this.#count(window, this.#round, 1)
      const gone = this.#rounds[rounds]
      if (gone !== undefined) this.#count(window, gone, -1)
    }
    for (const thread of this.#rounds[ROUNDS_MAX]?.counts.keys() ?? [])
      if (isEmpty(this.#units.get(thread))) this.#units.delete(thread)
    this.#rounds.length = Math.min(this.#rounds.length, ROUNDS_MAX)
    return [...this.#units.values()]
  }

  /** Leaves out what some threads said in the rounds that are over: it has been accounted for. */
  forget(isAccountedFor: (thread: Thread) => boolean) {
    for (const thread of this.#units.keys()) {
      if (!isAccountedFor(thread)) continue
      this.#units.delete(thread)
      for (const { counts } of this.#rounds) counts.delete(thread)
    }
  }

  /**
   * Begins the next round. Learns how long things take from the one that was ended, and how often they are bad from the one before
   * it by `WAIT_ROUNDS` (`atOnce`: from that itself): of threads with which nothing is the matter, nor was in between.
   */
  learn(isIll: (thread: Thread) => boolean, atOnce = false) {
    const noted = this.#round.noted.filter(({ thread }) => !isIll(thread))
    for (const { thread, run } of noted) {
      if (run.handshake_ms !== null && isLearnt(run.handshake_ms, run))
        thread.handshake.learn(run.handshake_ms)
      if (run.start_ms !== null && isLearnt(run.start_ms, run)) thread.start.learn(run.start_ms)
    }
    this.#waiting = [noted, ...this.#waiting.map((round) => round.filter(({ thread }) => !isIll(thread)))]
    for (const { thread, run, bad } of this.#waiting.splice(atOnce ? 0 : WAIT_ROUNDS).flat())
      for (const [signal, said] of bad.entries())
        if (said !== null) learn(thread.groups, signal, said, run.started_ms)
    this.#round = { counts: new Map(), noted: [] }
  }

  /** Adds what was said in a round to a window, or takes it away. */
  #count(window: number, { counts }: Round, times: 1 | -1) {
    const offset = window * PER_WINDOW
    for (const [thread, said] of counts) {
      let unit = this.#units.get(thread)
      if (unit === undefined) {
        const { scopes, slots } = thread
        unit = { thread, scopes, slots, counts: new Float64Array(COUNTS_LENGTH) }
        this.#units.set(thread, unit)
      }
      for (let index = 0; index < PER_WINDOW; index += 1)
        unit.counts[offset + index] = (unit.counts[offset + index] ?? 0) + times * (said[index] ?? 0)
    }
  }
}

/** Whether a time is its network's for the most part. */
function isLearnt(ms: number, { slack_ms }: Observation): boolean {
  return slack_ms <= SLACK_SHARE_MAX * ms
}

/** Whether nothing was said in the longest window. */
function isEmpty(unit: Unit | undefined): boolean {
  if (unit === undefined) return true
  const offset = (WINDOWS.length - 1) * PER_WINDOW
  return SIGNALS.every((_, signal) => (unit.counts[offset + signal * COUNTS] ?? 0) === 0)
}
