import type { Decision, SteeringCell } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'
import { timestamp } from '../clock.ts'
import type { Move, Position } from './policy.ts'
import { reasonOf } from './reason.ts'
import type { Candidate, CellChoice } from './world.ts'

/** Nodes that viewers are told of. */
const TARGETS_MAX = 8

/** Moves as they are written down, with the numbers they were made from. */
export function decisionsOf(
  moves: readonly Move[],
  choices: readonly CellChoice[],
  at: number,
  dry_run: boolean,
): Decision[] {
  const byCell = new Map(choices.map((choice) => [choice.cell, choice]))
  return moves.flatMap((move) => {
    const choice = byCell.get(move.cell)
    if (choice === undefined) return []
    const find = (node: string | null) => choice.options.find(({ node_id }) => node_id === node)
    const [from, to] = [find(move.from), find(move.to)]
    return {
      decision_id: uuidv7(),
      decided_at: timestamp(at),
      country: choice.country,
      isp: choice.isp,
      from_node_id: move.from,
      to_node_id: move.to,
      motive: move.motive,
      reason: reasonOf(move, from, to).slice(0, 1_024),
      from: move.from === null ? null : basisOf(from),
      to: basisOf(to),
      incident_id: move.motive === 'ill' ? (from?.incident_id ?? null) : null,
      dry_run,
      verdict: null,
      effect: null,
    }
  })
}

/** What viewers of a cell are told: where it is sent first, and then the others. In a dry run: the nearest, as without steering. */
export function shownCell(
  { country, isp, pin, options }: CellChoice,
  position: (Position & { readonly decision_id: string }) | null,
  dryRun: boolean,
): SteeringCell {
  const at = dryRun ? null : position
  const sent = options.filter(({ node_id }) => node_id === at?.node_id)
  const others = options.filter(({ node_id }) => node_id !== at?.node_id)
  const order = dryRun ? options.toSorted(byDistance) : [...sent, ...others]
  return {
    ...{ country, isp },
    decision_id: at?.decision_id ?? null,
    since: at === null ? null : timestamp(at.since_ms),
    pinned: pin !== null,
    targets: order.slice(0, TARGETS_MAX).map(({ node_id, cost, ill, same_isp, distance_km, estimate }) => ({
      ...{ node_id, cost, ill, same_isp, distance_km },
      expected: estimate,
    })),
  }
}

/** The nearer first; those whose distance is not known last, by their names. */
export function byDistance(a: Candidate, b: Candidate): number {
  const [near, far] = [a.distance_km ?? Number.MAX_VALUE, b.distance_km ?? Number.MAX_VALUE]
  return near - far || (a.node_id < b.node_id ? -1 : 1)
}

function basisOf(candidate: Candidate | undefined): Decision['to'] {
  return { cost: candidate?.cost ?? null, expected: candidate?.estimate ?? null }
}
