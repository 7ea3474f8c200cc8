/** Agents are told apart in so many groups of an account; in one slot a group counts for at most so many runs. */
const GROUPS_COUNT = 64
const RUNS_PER_GROUP = 12

/** Of some time: runs, bad ones, and both with no group of agents counting for more than others may. */
export interface Sum {
  readonly runs: number
  readonly bad: number
  readonly fair_runs: number
  readonly fair_bad: number
}

/** Runs and bad ones, by slot of time; the slot that is being filled is `at % slots`. */
export class Ring {
  readonly #runs: Float32Array
  readonly #bad: Float32Array
  readonly #fairRuns: Float32Array
  readonly #fairBad: Float32Array
  /** Of the slot that is being filled, by group. */
  readonly #groupRuns = new Float32Array(GROUPS_COUNT)
  readonly #groupBad = new Float32Array(GROUPS_COUNT)
  #at = 0

  constructor(slots: number) {
    this.#runs = new Float32Array(slots)
    this.#bad = new Float32Array(slots)
    this.#fairRuns = new Float32Array(slots)
    this.#fairBad = new Float32Array(slots)
  }

  add(at: number, agentId: string, bad: boolean) {
    this.#move(at)
    // A slot that is over takes nothing any more.
    if (at < this.#at) return
    const group = groupOf(agentId)
    this.#groupRuns[group] = (this.#groupRuns[group] ?? 0) + 1
    if (bad) this.#groupBad[group] = (this.#groupBad[group] ?? 0) + 1
  }

  /** Of the last slots, the one being filled included. */
  sum(at: number, slots: number): Sum {
    this.#move(at)
    this.#fill()
    let [runs, bad, fair_runs, fair_bad] = [0, 0, 0, 0]
    for (let back = 0; back < slots; back += 1) {
      const slot = (at - back) % this.#runs.length
      runs += this.#runs[slot] ?? 0
      bad += this.#bad[slot] ?? 0
      fair_runs += this.#fairRuns[slot] ?? 0
      fair_bad += this.#fairBad[slot] ?? 0
    }
    return { runs, bad, fair_runs, fair_bad }
  }

  /** Writes down what the groups came to in the slot that is being filled. */
  #fill() {
    let [runs, bad, fairRuns, fairBad] = [0, 0, 0, 0]
    for (let group = 0; group < GROUPS_COUNT; group += 1) {
      const [own, ownBad] = [this.#groupRuns[group] ?? 0, this.#groupBad[group] ?? 0]
      if (own === 0) continue
      const weight = Math.min(1, RUNS_PER_GROUP / own)
      runs += own
      bad += ownBad
      fairRuns += weight * own
      fairBad += weight * ownBad
    }
    const slot = this.#at % this.#runs.length
    this.#runs[slot] = runs
    this.#bad[slot] = bad
    this.#fairRuns[slot] = fairRuns
    this.#fairBad[slot] = fairBad
  }

  #move(at: number) {
    if (at <= this.#at) return
    this.#fill()
    this.#groupRuns.fill(0)
    this.#groupBad.fill(0)
    const steps = Math.min(at - this.#at, this.#runs.length)
    for (let step = 0; step < steps; step += 1)
      for (const counts of [this.#runs, this.#bad, this.#fairRuns, this.#fairBad])
        counts[(at - step) % this.#runs.length] = 0
    this.#at = at
  }
}

function groupOf(agentId: string): number {
  let hash = 0
  for (let index = 0; index < agentId.length; index += 1)
    hash = (Math.imul(hash, 31) + agentId.charCodeAt(index)) | 0
  return (hash ^ (hash >>> 15)) & (GROUPS_COUNT - 1)
}
