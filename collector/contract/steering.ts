import { type Static, Type } from 'typebox'
import { Country, Id, Timestamp, Transport, UuidV7 } from './words.ts'

/** What a scope names: the runs for which all of it holds. */
export const Where = Type.Object(
  {
    country: Type.Optional(Country),
    isp: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    agent_id: Type.Optional(Id),
    provider: Type.Optional(Id),
    node_id: Type.Optional(Id),
    route: Type.Optional(Id),
    transport: Type.Optional(Transport),
  },
  { additionalProperties: false },
)
export type Where = Static<typeof Where>

/** What an incident covers. */
export const Scope = Type.Object(
  {
    /**
     * The first of these that the scope names: agent, cell (a country and an ISP), isp (wherever it is), region (a country), node,
     * provider, route, transport; nothing at all is everything.
     */
    kind: Type.Union([
      Type.Literal('agent'),
      Type.Literal('cell'),
      Type.Literal('isp'),
      Type.Literal('region'),
      Type.Literal('node'),
      Type.Literal('provider'),
      Type.Literal('route'),
      Type.Literal('transport'),
      Type.Literal('everything'),
    ]),
    /** The one named by `kind`: `TH/AIS` for a cell, a `node_id` for a node, `*` for everything. */
    key: Type.String({ minLength: 1, maxLength: 256 }),
    /** All that is named: a cell that is ill towards one node names that node too. */
    where: Where,
  },
  { additionalProperties: false },
)
export type Scope = Static<typeof Scope>

/** What one signal says of a scope: of so many runs so many were bad, and so many were to be expected to be. */
export const IncidentEvidence = Type.Object(
  {
    /** `silent`: what is counted are agents, those that are heard of no more. */
    signal: Type.Union([
      Type.Literal('failed'),
      Type.Literal('slow'),
      /** Long between the handshake and the first picture that plays. */
      Type.Literal('slow_start'),
      Type.Literal('stalled'),
      Type.Literal('silent'),
    ]),
    runs_count: Type.Integer({ minimum: 0 }),
    bad_count: Type.Integer({ minimum: 0 }),
    expected_count: Type.Number({ minimum: 0 }),
  },
  { additionalProperties: false },
)
export type IncidentEvidence = Static<typeof IncidentEvidence>

/** An anomaly with a scope, a start, an end and evidence. */
export const Incident = Type.Object(
  {
    incident_id: UuidV7,
    scope: Scope,
    severity: Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('critical')]),
    state: Type.Union([
      Type.Literal('open'),
      Type.Literal('worsening'),
      Type.Literal('recovering'),
      Type.Literal('closed'),
    ]),
    /** When the first of its bad runs began. */
    started_at: Timestamp,
    /** When it was found. */
    detected_at: Timestamp,
    /** When the last of its bad runs had been seen; `null`: still going on. */
    ended_at: Type.Union([Timestamp, Type.Null()]),
    summary: Type.String({ maxLength: 1_024 }),
    /** The objective that is not kept, by its name; `null`: it is unusual, or silent. */
    objective: Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Null()]),
    /** Agents that agreed when it was found. */
    agents_count: Type.Integer({ minimum: 0 }),
    /** Of the last rounds in which it was bad. */
    evidence: Type.Array(IncidentEvidence, { maxItems: 5 }),
    /** How much likelier it is than chance, less what naming its scope costs, in nats. */
    score: Type.Number(),
    /** Share of runs that are bad beyond the expected: when it was found, and now. */
    opening_excess_ratio: Type.Number({ minimum: 0, maximum: 1 }),
    excess_ratio: Type.Number({ minimum: 0, maximum: 1 }),
    /** The measurements that show it. */
    measurement_ids: Type.Array(UuidV7, { maxItems: 100 }),
  },
  { additionalProperties: false },
)
export type Incident = Static<typeof Incident>

/** One steering change. */
export const Decision = Type.Object(
  {
    decision_id: UuidV7,
    decided_at: Timestamp,
    country: Country,
    isp: Type.String({ minLength: 1, maxLength: 128 }),
    from_node_id: Type.Union([Id, Type.Null()]),
    to_node_id: Id,
    reason: Type.String({ maxLength: 1_024 }),
    incident_id: Type.Union([UuidV7, Type.Null()]),
    /** `null`: not judged yet. */
    verdict: Type.Union([
      Type.Literal('helped'),
      Type.Literal('no difference'),
      Type.Literal('hurt'),
      Type.Null(),
    ]),
  },
  { additionalProperties: false },
)
export type Decision = Static<typeof Decision>

/** `GET /v1/incidents`, the latest to start first. */
export const IncidentList = Type.Object({ incidents: Type.Array(Incident) }, { additionalProperties: false })
export type IncidentList = Static<typeof IncidentList>

/** `GET /v1/decisions`, newest first. */
export const DecisionList = Type.Object({ decisions: Type.Array(Decision) }, { additionalProperties: false })
export type DecisionList = Static<typeof DecisionList>
