import type { Weights } from '../steer/cost.ts'
import { costOfFairRun } from '../steer/effect.ts'
import type { Run } from './run.ts'

/** What viewers went through: sums over runs, each of which may weigh more or less than one. */
export interface Suffered {
  runs: number
  failed: number
  stall_ms: number
  /** Played and stalled, ms. */
  watched_ms: number
  /** Runs that have the time, and its natural logarithm in ms. */
  connected: number
  handshake_log: number
  pictured: number
  first_frame_log: number
  /** In the unit of `costOf`, operators' preferences left out. */
  cost: number
}

const KEYS = [
  'runs',
  'failed',
  'stall_ms',
  'watched_ms',
  'connected',
  'handshake_log',
  'pictured',
  'first_frame_log',
  'cost',
] as const satisfies readonly (keyof Suffered)[]

/** Nothing yet. */
export function noSuffering(): Suffered {
  return {
    ...{ runs: 0, failed: 0, stall_ms: 0, watched_ms: 0, connected: 0, handshake_log: 0 },
    ...{ pictured: 0, first_frame_log: 0, cost: 0 },
  }
}

/** Adds a run that judges. */
export function addSuffered(sum: Suffered, run: Run, weights: Weights) {
  const { failure_code, stall_ms, played_ms, handshake_ms, first_frame_ms } = run
  sum.runs += 1
  if (failure_code !== null) sum.failed += 1
  sum.stall_ms += stall_ms ?? 0
  sum.watched_ms += (stall_ms ?? 0) + (played_ms ?? 0)
  if (handshake_ms !== null && handshake_ms > 0) {
    sum.connected += 1
    sum.handshake_log += Math.log(handshake_ms)
  }
  if (first_frame_ms !== null && first_frame_ms > 0) {
    sum.pictured += 1
    sum.first_frame_log += Math.log(first_frame_ms)
  }
  sum.cost += costOfFairRun(run, weights)
}

/** Adds other sums, times a factor. */
export function addSums(sum: Suffered, more: Suffered, factor = 1) {
  for (const key of KEYS) sum[key] += factor * more[key]
}

/** The sums of runs by cell (`TH/AIS`) or country (`TH`), and by node. */
export class ByPlace {
  readonly #places = new Map<string, Map<string, Suffered>>()

  /** The sums of a place and a node, made if there are none. */
  at(place: string, node: string): Suffered {
    const nodes = this.#places.get(place) ?? new Map<string, Suffered>()
    this.#places.set(place, nodes)
    const sums = nodes.get(node) ?? noSuffering()
    nodes.set(node, sums)
    return sums
  }

  /** The same; `undefined` where there are none. */
  find(place: string, node: string): Suffered | undefined {
    return this.#places.get(place)?.get(node)
  }

  /** Adds a run to its cell and to its country. */
  add(run: Run, weights: Weights) {
    addSuffered(this.at(`${run.country}/${run.isp}`, run.node_id), run, weights)
    addSuffered(this.at(run.country, run.node_id), run, weights)
  }

  clear() {
    this.#places.clear()
  }
}
