import type { Weights } from '../steer/cost.ts'
import type { CellSums } from '../steer/estimate.ts'
import type { World } from '../steer/world.ts'
import { addRun, emptySums } from './recent.ts'
import type { Run } from './run.ts'
import { ByPlace } from './suffered.ts'
import { Tenure } from './tenure.ts'

interface Half {
  /** What it chooses by, and what the other half's choice is judged by. */
  readonly sums: Map<string, CellSums>
  readonly judging: ByPlace
}

/**
 * The best node of each cell in a block of time, by what was measured in that very block: chosen by one half of the runs and judged
 * by the other, both ways round, so that luck does not look like skill.
 */
export class Hindsight {
  readonly #halves: readonly [Half, Half] = [emptyHalf(), emptyHalf()]
  readonly #weights: Weights

  constructor(weights: Weights) {
    this.#weights = weights
  }

  add(runs: readonly Run[]) {
    for (const run of runs) {
      const { sums, judging } = this.#halves[run.half]
      if (run.judges) judging.add(run, this.#weights)
      if (!run.counts) continue
      const key = `${run.country}/${run.isp}\n${run.node_id}`
      const pair = sums.get(key) ?? emptySums(run)
      sums.set(key, pair)
      addRun(pair, run, 1)
    }
  }

  /** What each cell would have come to in a block of `ms`; begins the next block. `world`: one that remembers nothing. */
  settle(world: World, atMs: number, ms: number): Map<string, Tenure> {
    const tenures = new Map<string, Tenure>()
    for (const [half, other] of [this.#halves, this.#halves.toReversed()]) {
      if (half === undefined || other === undefined) continue
      for (const { cell, country, options } of world.step([...half.sums.values()], [], atMs)) {
        const tenure = tenures.get(cell) ?? new Tenure()
        tenures.set(cell, tenure)
        tenure.add(cell, country, options[0]?.node_id, ms / 2, { ill: false, runs: other.judging })
      }
    }
    for (const { sums, judging } of this.#halves) {
      sums.clear()
      judging.clear()
    }
    return tenures
  }
}

function emptyHalf(): Half {
  return { sums: new Map(), judging: new ByPlace() }
}
