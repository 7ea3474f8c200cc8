import { movesWhenStale } from '../steer/pace.ts'
import { type Motive, type Move, moved, movesOf, type Policy, type Position } from '../steer/policy.ts'
import { Regrets } from '../steer/regret.ts'
import { byDistance } from '../steer/shown.ts'
import type { CellChoice } from '../steer/world.ts'

/** What a round knows when it decides. */
export interface Known {
  readonly choices: readonly CellChoice[]
  readonly at_ms: number
  /** Nothing is known of now. */
  readonly isStale: boolean
}

/** One way of sending viewers, followed through time. */
export interface Contestant {
  readonly name: string
  /** Where its cells are now. */
  readonly positions: ReadonlyMap<string, Position>
  /** Decides at the end of a round; what it moved, first sendings included. */
  decide(known: Known): Sent[]
}

/** A cell that was sent somewhere. */
export type Sent = Pick<Move, 'cell' | 'from' | 'to'> & { readonly motive: Motive | 'nearest' }

/** A policy, as it is in force in steering. */
export function policyContestant(
  name: string,
  policy: Policy,
  capacities: ReadonlyMap<string, number>,
): Contestant {
  const positions = new Map<string, Position>()
  const regrets = new Regrets()
  return {
    name,
    positions,
    decide({ choices, at_ms, isStale }) {
      regrets.step(choices, positions, policy, at_ms)
      const wanted = movesOf(choices, positions, capacities, policy, at_ms, regrets)
      const moves = isStale ? movesWhenStale(wanted) : wanted
      for (const { cell, to } of moves) positions.set(cell, moved(positions.get(cell), to, at_ms))
      return moves
    },
  }
}

/**
 * No steering: each cell stays for ever where it was when the window began. `start`: where decisions had sent it by then; others
 * are sent once, to what was best then.
 */
export function stayingContestant(fromMs: number, start: ReadonlyMap<string, string>): Contestant {
  const positions = new Map<string, Position>()
  return {
    name: 'none',
    positions,
    decide({ choices, at_ms }) {
      if (at_ms < fromMs) return []
      return choices.flatMap(({ cell, options }): Sent[] => {
        const to = start.get(cell) ?? options[0]?.node_id
        if (positions.has(cell) || to === undefined) return []
        positions.set(cell, moved(undefined, to, at_ms))
        return [{ cell, from: null, to, motive: 'first' }]
      })
    },
  }
}

/** Each cell at the nearest open node, whatever is measured. */
export function nearestContestant(): Contestant {
  const positions = new Map<string, Position>()
  return {
    name: 'nearest',
    positions,
    decide({ choices, at_ms }) {
      return choices.flatMap(({ cell, options }): Sent[] => {
        const before = positions.get(cell)
        const to = options.toSorted(byDistance)[0]?.node_id
        if (to === undefined || to === before?.node_id) return []
        positions.set(cell, moved(before, to, at_ms))
        const motive = before === undefined ? 'first' : 'nearest'
        return [{ cell, from: before?.node_id ?? null, to, motive }]
      })
    },
  }
}
