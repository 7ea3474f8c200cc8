import { type Static, Type } from 'typebox'
import { FailureCode } from './failure.ts'
import { Id, Timestamp, Transport, UuidV7 } from './words.ts'

const Address = Type.String({ minLength: 2, maxLength: 45 })

/** One router on the way, or the end of it; `rtt_ms` of each answer, as far as there was one. */
export const Hop = Type.Object(
  {
    hop: Type.Integer({ minimum: 1, maximum: 64 }),
    /** `null`: nobody answered. */
    address: Type.Union([Address, Type.Null()]),
    rtt_ms: Type.Array(Type.Number({ minimum: 0, maximum: 60_000 }), { maxItems: 10 }),
    /** Packets sent; those without an answer are no proof of loss: many routers seldom answer. */
    sent_count: Type.Integer({ minimum: 1, maximum: 10 }),
  },
  { additionalProperties: false },
)
export type Hop = Static<typeof Hop>

/** The way to an address, as a program of the agent's system found it. */
export const Trace = Type.Object(
  {
    tool: Type.Union([Type.Literal('mtr'), Type.Literal('traceroute'), Type.Literal('tracepath')]),
    address: Address,
    /** Whether the address itself answered. */
    reached: Type.Boolean(),
    hops: Type.Array(Hop, { maxItems: 64 }),
  },
  { additionalProperties: false },
)
export type Trace = Static<typeof Trace>

/** What an agent that is asked for a trace comes back with: the trace, or why there is none. */
export const TraceAnswer = Type.Union([
  Type.Object({ ok: Type.Literal(true), trace: Trace }, { additionalProperties: false }),
  Type.Object(
    {
      ok: Type.Literal(false),
      /** `NO_TOOL`, `NAME_UNRESOLVED`, `REFUSED_BY_POLICY`, `TIMED_OUT`, `FAILED`; the collector adds `NO_ANSWER`. */
      code: Type.String({ minLength: 1, maxLength: 64 }),
      message: Type.String({ maxLength: 300 }),
    },
    { additionalProperties: false },
  ),
])
export type TraceAnswer = Static<typeof TraceAnswer>

/** Connects to one target, one after another, for a diagnosis. */
export const DiagnosisCheck = Type.Object(
  {
    /** `node`: what the incident is about. `control`: another node, to tell a sick agent from a sick node. */
    role: Type.Union([Type.Literal('node'), Type.Literal('control')]),
    target_id: Id,
    node_id: Id,
    transport: Transport,
    runs_count: Type.Integer({ minimum: 0, maximum: 10 }),
    connected_count: Type.Integer({ minimum: 0, maximum: 10 }),
    /** The middle one of those that connected; `null`: none did. */
    handshake_ms: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    /** The commonest; `null`: none failed. */
    failure_code: Type.Union([FailureCode, Type.Null()]),
    measurement_ids: Type.Array(UuidV7, { maxItems: 10 }),
  },
  { additionalProperties: false },
)
export type DiagnosisCheck = Static<typeof DiagnosisCheck>

/** What one affected agent found out by itself when an incident opened. */
export const Diagnosis = Type.Object(
  {
    diagnosis_id: UuidV7,
    incident_id: UuidV7,
    agent_id: Id,
    started_at: Timestamp,
    ended_at: Timestamp,
    /**
     * - `node`: no transport connects to the node, the control does.
     * - `quic`, `tcp`: that transport does not connect to the node, the other does.
     * - `agent`: neither the node nor the control can be connected to: it is this agent's own network.
     * - `intermittent`: some runs connect to the node and some do not.
     * - `connects`: all do; what is wrong shows after the handshake, or is over.
     * - `unknown`: there was nothing to compare with.
     * - `unreachable`: the agent did not answer the collector.
     */
    conclusion: Type.Union([
      Type.Literal('node'),
      Type.Literal('quic'),
      Type.Literal('tcp'),
      Type.Literal('agent'),
      Type.Literal('intermittent'),
      Type.Literal('connects'),
      Type.Literal('unknown'),
      Type.Literal('unreachable'),
    ]),
    checks: Type.Array(DiagnosisCheck, { maxItems: 8 }),
    trace: Type.Union([TraceAnswer, Type.Null()]),
  },
  { additionalProperties: false },
)
export type Diagnosis = Static<typeof Diagnosis>

/** `GET /v1/incidents/:id/diagnoses`, the earliest first. */
export const DiagnosisList = Type.Object(
  { diagnoses: Type.Array(Diagnosis) },
  { additionalProperties: false },
)
export type DiagnosisList = Static<typeof DiagnosisList>
