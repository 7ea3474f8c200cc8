import type { Node } from '@streamgauge/contract'
import type { Move } from './policy.ts'

/** What is measured counts for a third after this long, and not at all when it came in before the window. */
export const FADE_S = 300
export const WINDOW_MS = 1_200_000
/** Without a run, or without the store, for this many rounds nothing is known of now. */
const STALE_ROUNDS = 3
const STALE_MIN_MS = 60_000

/** How long after the latest run nothing is known of now, ms. */
export function staleMsOf(roundMs: number): number {
  return Math.max(STALE_MIN_MS, STALE_ROUNDS * roundMs)
}

/** What is not known of now moves nobody, but for what an operator says. */
export function movesWhenStale(moves: readonly Move[]): Move[] {
  return moves.filter(({ motive }) => motive === 'pinned' || motive === 'gone')
}

/** Bit/s by node; one that is not there has room for everybody. */
export function capacitiesOf(nodes: readonly Node[]): Map<string, number> {
  return new Map(
    nodes.flatMap(({ node_id, capacity_bps }) => (capacity_bps === null ? [] : [[node_id, capacity_bps]])),
  )
}
