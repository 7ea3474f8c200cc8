import { type Static, Type } from 'typebox'
import type { Diagnosis, TraceAnswer } from './diagnosis.ts'
import type { AgentState, Assignment, AssignmentSet, Heartbeat } from './fleet.ts'
import type { Measurement, StoredMeasurement } from './measurement.ts'
import type { Decision, Incident } from './steering.ts'
import type { Target } from './target.ts'
import { Id, Timestamp, Transport } from './words.ts'

/** A run that has just begun, so that a map can show it while it lasts. */
export const RunStarted = Type.Object(
  {
    target_id: Id,
    node_id: Id,
    stream_id: Id,
    transport: Transport,
    started_at: Timestamp,
    /** How long it will last at most. */
    duration_ms: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
  },
  { additionalProperties: false },
)
export type RunStarted = Static<typeof RunStarted>

/** What a probe asked for by hand comes back with. */
export type AdHocAnswer =
  | { readonly ok: true; readonly measurements: readonly Measurement[] }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** Namespace `/agents`, spoken by agents (`auth: { token, agent_id }`). */
export interface AgentToCollector {
  /** Every 10 s, and once on connecting. */
  heartbeat: (beat: Heartbeat) => void
  run_started: (run: RunStarted) => void
  /** Asks for the collector's wall clock, ms since 1970: every 10 s, and a few times on connecting. */
  clock: (answer: (epoch_ms: number) => void) => void
}

/** Namespace `/agents`, spoken by the collector. */
export interface CollectorToAgent {
  /** The whole set, on connecting and whenever it changes. */
  assignments: (set: AssignmentSet) => void
  /** Run this now, once; the measurements are also sent the ordinary way. */
  probe: (assignment: Assignment, answer: (result: AdHocAnswer) => void) => void
  /** Finds the way to the target's host, where the agent's system has a program for it. */
  trace: (target: Target, answer: (result: TraceAnswer) => void) => void
}

/** Namespace `/live`, spoken by the collector to dashboards. A dashboard says nothing. */
export interface CollectorToDashboard {
  /** Stored a moment ago, in the order they arrived; at most 500 an event, the oldest left out. */
  measurements: (stored: readonly StoredMeasurement[]) => void
  run_started: (run: RunStarted & { readonly agent_id: string }) => void
  /** Those that changed. */
  agents: (changed: readonly AgentState[]) => void
  incident: (incident: Incident) => void
  diagnosis: (diagnosis: Diagnosis) => void
  decision: (decision: Decision) => void
}

/** The socket.io namespaces. */
export const NAMESPACES = { agents: '/agents', live: '/live' } as const
