import { type Static, Type } from 'typebox'
import { Country, Id, Timestamp, UuidV7 } from './words.ts'

/** What an incident covers. */
export const Scope = Type.Object(
  {
    kind: Type.Union([
      Type.Literal('cell'),
      Type.Literal('region'),
      Type.Literal('node'),
      Type.Literal('route'),
      Type.Literal('transport'),
      Type.Literal('agent'),
    ]),
    /** The one named by `kind`: `TH/AIS` for a cell, a `node_id` for a node. */
    key: Type.String({ minLength: 1, maxLength: 256 }),
  },
  { additionalProperties: false },
)
export type Scope = Static<typeof Scope>

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
    started_at: Timestamp,
    /** `null`: still going on. */
    ended_at: Type.Union([Timestamp, Type.Null()]),
    summary: Type.String({ maxLength: 1_024 }),
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
