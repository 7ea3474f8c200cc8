import type { CellSums, Sums } from '../steer/estimate.ts'
import { FADE_S, WINDOW_MS } from '../steer/pace.ts'
import type { Run } from './run.ts'

interface Weighed {
  readonly run: Run
  /** From when on it fades: when it began, or when it came in where a clock was ahead. */
  readonly from_ms: number
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
interface Pair {
  count: number
  readonly sums: Mutable<CellSums>
}

/** What `steering/recent` would answer at each round, kept up instead of read anew. */
export class Recent {
  readonly #pairs = new Map<string, Pair>()
  /** The oldest first. */
  #rounds: { readonly at_ms: number; readonly runs: readonly Weighed[] }[] = []
  #atMs = 0

  /** Takes in the runs that were heard in a round that ends now. */
  add(heard: readonly Run[], nowMs: number) {
    const fade = Math.exp((this.#atMs - nowMs) / 1_000 / FADE_S)
    for (const { sums } of this.#pairs.values()) scale(sums, fade)
    this.#atMs = nowMs
    const runs = heard
      .filter(({ counts }) => counts)
      .map((run) => ({ run, from_ms: Math.min(run.started_ms, nowMs) }))
    for (const weighed of runs) this.#put(weighed, 1)
    this.#rounds.push({ at_ms: nowMs, runs })
    while ((this.#rounds[0]?.at_ms ?? nowMs) <= nowMs - WINDOW_MS)
      for (const weighed of this.#rounds.shift()?.runs ?? []) this.#put(weighed, -1)
  }

  /** Every pair of cell and node there is a run of. */
  get rows(): CellSums[] {
    return Array.from(this.#pairs.values(), ({ sums }) => sums)
  }

  #put({ run, from_ms }: Weighed, sign: 1 | -1) {
    const key = `${run.country}/${run.isp}\n${run.node_id}`
    const pair = this.#pairs.get(key) ?? emptyPair(run)
    pair.count += sign
    if (pair.count === 0) this.#pairs.delete(key)
    else this.#pairs.set(key, pair)
    addRun(pair.sums, run, sign * Math.exp((from_ms - this.#atMs) / 1_000 / FADE_S))
  }
}

/** Sums of a pair of which there is nothing yet. */
export function emptySums({ country, isp, node_id }: Run): Mutable<CellSums> {
  const none = { runs: 0, failed: 0, watched_ms: 0, stall_ms: 0 }
  return {
    ...{ country, isp, node_id, ...none },
    ...{ connected: 0, handshake_log: 0, started: 0, startup_log: 0 },
  }
}

/** Adds a run that counts, as `steering/recent` does. */
export function addRun(sums: Mutable<Sums>, run: Run, weight: number) {
  const { stolen, handshake_ms, startup_ms, stall_ms, played_ms, failure_code } = run
  sums.runs += weight
  if (failure_code !== null) sums.failed += weight
  sums.watched_ms += weight * ((played_ms ?? 0) + (stall_ms ?? 0))
  sums.stall_ms += weight * (stall_ms ?? 0)
  if (stolen) return
  if (handshake_ms !== null && handshake_ms > 0) {
    sums.connected += weight
    sums.handshake_log += weight * Math.log(handshake_ms)
  }
  if (startup_ms !== null && startup_ms > 0) {
    sums.started += weight
    sums.startup_log += weight * Math.log(startup_ms)
  }
}

function emptyPair(run: Run): Pair {
  return { count: 0, sums: emptySums(run) }
}

function scale(sums: Mutable<Sums>, factor: number) {
  sums.runs *= factor
  sums.failed *= factor
  sums.watched_ms *= factor
  sums.stall_ms *= factor
  sums.connected *= factor
  sums.handshake_log *= factor
  sums.started *= factor
  sums.startup_log *= factor
}
