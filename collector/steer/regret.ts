import type { Choice, Policy, Position } from './policy.ts'
import { enoughOf } from './policy.ts'

/** A round that follows the one before after longer than this counts as this: what was meanwhile nobody knows. */
const STEP_MAX_S = 300

/**
 * What it has cost cells to stay, in seconds of stalling all the time: for each node that is better by more than the margin, how much
 * better beyond it, added up over time and taken back while it is not. So a difference that is luck goes away by itself, a large one is
 * acted on within minutes, and a small one when it has lasted. (A one-sided CUSUM: Page 1954.) `step` it once a round.
 */
export class Regrets {
  /** By cell: where it was, and the regret of each other node. */
  readonly #cells = new Map<string, { readonly at: string; readonly nodes: Map<string, number> }>()
  #steppedMs: number | null = null

  /** Takes in the costs that hold until the next step. */
  step(choices: readonly Choice[], positions: ReadonlyMap<string, Position>, policy: Policy, nowMs: number) {
    const passed_s = this.#steppedMs === null ? 0 : (nowMs - this.#steppedMs) / 1_000
    const step_s = Math.min(STEP_MAX_S, Math.max(0, passed_s))
    this.#steppedMs = nowMs
    for (const { cell, options } of choices) {
      const at = positions.get(cell)?.node_id
      const current = options.find(({ node_id }) => node_id === at)
      if (at === undefined || current === undefined) {
        this.#cells.delete(cell)
        continue
      }
      const known = this.#cells.get(cell)
      const before = known?.at === at ? known.nodes : new Map<string, number>()
      const nodes = new Map<string, number>()
      for (const { node_id, cost, ill } of options) {
        const more_s = (enoughOf(current.cost, policy) - cost) * step_s
        const regret_s = (before.get(node_id) ?? 0) + more_s
        if (!ill && regret_s > 0) nodes.set(node_id, regret_s)
      }
      this.#cells.set(cell, { at, nodes })
    }
  }

  /** Of a cell that it is not at a node, s. */
  of(cell: string, nodeId: string): number {
    return this.#cells.get(cell)?.nodes.get(nodeId) ?? 0
  }
}
