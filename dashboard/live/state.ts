import type {
  FailureCode,
  FailureSource,
  RunStarted,
  StoredMeasurement,
  Transport,
} from '@streamgauge/contract'
import { createRing, type Ring } from './ring.ts'

/** The few fields of a measurement that a list or the map shows; the long series are left behind. */
export interface Result {
  readonly measurement_id: string
  readonly agent_id: string
  readonly target_id: string
  readonly node_id: string
  readonly transport: Transport
  readonly started_at: string
  readonly failure_code: FailureCode | null
  readonly failure_source: FailureSource | null
  readonly tainted: boolean
  readonly simulated: boolean
  readonly handshake_ms: number | null
  readonly first_frame_ms: number | null
  readonly stall_ms: number | null
  readonly played_ms: number | null
}

/** A run on the map: going on (`result` is `null`), or just ended. */
export interface Run {
  readonly key: string
  readonly agent_id: string
  readonly target_id: string
  readonly node_id: string
  readonly transport: Transport
  readonly started_at: string
  /** On the page's own clock, ms: when the run leaves the map. */
  readonly until_ms: number
  readonly result: Result | null
}

/** What live events have told the page so far. All of it is bounded. */
export interface LiveState {
  readonly recent: Ring<Result>
  /** The newest result of each target, by `target_id`. */
  readonly last: Map<string, Result>
  readonly runs: Map<string, Run>
}

/** Most results, targets and runs that are kept. */
export const LIMITS = { recent: 200, last: 20_000, runs: 2_000 } as const

/** How long an ended run stays on the map, ms. */
export const LINGER_MS = 4_000
/** How long after its deadline a run is given up, ms: its measurement has to be sent and stored first. */
export const GRACE_MS = 10_000
/** A measurement ends the run that began within this many ms of it; both times are the agent's own. */
const SAME_RUN_MS = 2_000

/** Nothing heard yet. */
export function emptyLiveState(): LiveState {
  return { recent: createRing(LIMITS.recent), last: new Map(), runs: new Map() }
}

/** Puts a run that has begun on the map. */
export function foldRunStarted(
  state: LiveState,
  run: RunStarted & { readonly agent_id: string },
  nowMs: number,
): void {
  const key = runKey(run.agent_id, run.target_id)
  const { agent_id, target_id, node_id, transport, started_at } = run
  const until_ms = nowMs + run.duration_ms + GRACE_MS
  state.runs.delete(key)
  state.runs.set(key, { key, agent_id, target_id, node_id, transport, started_at, until_ms, result: null })
  dropOldest(state.runs, LIMITS.runs)
}

/**
 * Takes in stored measurements, oldest first: the list, the last result per target, and the runs they end.
 * One that is in the list already is left out. Returns what was new.
 */
export function foldMeasurements(
  state: LiveState,
  stored: readonly StoredMeasurement[],
  nowMs: number,
): readonly Result[] {
  const known = new Set(state.recent.newest().map((result) => result.measurement_id))
  const results = stored.filter((one) => !known.has(one.measurement_id)).map(resultOf)
  for (const result of results) {
    state.recent.push(result)
    const last = state.last.get(result.target_id)
    if (last === undefined || last.started_at <= result.started_at) state.last.set(result.target_id, result)
    endRun(state, result, nowMs)
  }
  dropOldest(state.last, LIMITS.last)
  return results
}

/** Removes the runs whose time has passed; whether any was. */
export function expireRuns(state: LiveState, nowMs: number): boolean {
  const before = state.runs.size
  for (const [key, run] of state.runs) if (run.until_ms <= nowMs) state.runs.delete(key)
  return state.runs.size !== before
}

/** What a list shows of a measurement. */
export function resultOf(measurement: StoredMeasurement): Result {
  const { measurement_id, agent_id, target_id, node_id, transport, started_at, simulated } = measurement
  const { failure_code, failure_source, handshake_ms, first_frame_ms, stall_ms, played_ms } = measurement
  const tainted = measurement.taints.length > 0
  const identity = { measurement_id, agent_id, target_id, node_id, transport, started_at, simulated, tainted }
  return { ...identity, failure_code, failure_source, handshake_ms, first_frame_ms, stall_ms, played_ms }
}

function endRun(state: LiveState, result: Result, nowMs: number): void {
  const run = state.runs.get(runKey(result.agent_id, result.target_id))
  if (run === undefined || run.result !== null) return
  const apart_ms = Math.abs(Date.parse(run.started_at) - Date.parse(result.started_at))
  if (apart_ms > SAME_RUN_MS) return
  state.runs.set(run.key, { ...run, result, until_ms: nowMs + LINGER_MS })
}

function runKey(agentId: string, targetId: string): string {
  return `${agentId} ${targetId}`
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return
    map.delete(key)
  }
}
