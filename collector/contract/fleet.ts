import { type Static, Type } from 'typebox'
import { Target } from './target.ts'
import { Country, Id, Kind, Timestamp } from './words.ts'

const nullableNumber = (options: { minimum: number; maximum: number }) =>
  Type.Union([Type.Number(options), Type.Null()])
const Latitude = nullableNumber({ minimum: -90, maximum: 90 })
const Longitude = nullableNumber({ minimum: -180, maximum: 180 })

/** A delivery site being measured. */
export const Node = Type.Object(
  {
    node_id: Id,
    name: Type.String({ minLength: 1, maxLength: 128 }),
    /** `center`: a data centre. `edge`: an edge point. */
    kind: Type.Union([Type.Literal('center'), Type.Literal('edge')]),
    country: Country,
    /** Degrees, WGS 84; `null`: not known, and not drawn on the map. */
    latitude: Latitude,
    longitude: Longitude,
    isps: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 256 }),
    provider: Id,
    /** What the node can deliver; `null`: not known. */
    capacity_bps: nullableNumber({ minimum: 0, maximum: 1e15 }),
  },
  { additionalProperties: false },
)
export type Node = Static<typeof Node>

/** What an agent is told to probe, when, and within which budget. One target is a single run; two are a pair. */
export const Assignment = Type.Object(
  {
    assignment_id: Id,
    kind: Kind,
    targets: Type.Array(Target, { minItems: 1, maxItems: 2 }),
    /** node-cron expression with seconds, UTC; each agent adds an offset of its own that never changes. */
    cron: Type.String({ minLength: 1, maxLength: 128 }),
    /** Agents spread their starts over this many ms after the cron tick. */
    spread_ms: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
    /** Deadline of one run, wall time. */
    duration_ms: Type.Integer({ minimum: 1_000, maximum: 600_000 }),
    policy_start_ms: Type.Integer({ minimum: 0, maximum: 60_000 }),
    policy_resume_ms: Type.Integer({ minimum: 0, maximum: 60_000 }),
    /** Received bytes per UTC day, this assignment; `null`: no limit. When spent, runs end as `BUDGET_SPENT`. */
    budget_bytes_per_day: Type.Union([Type.Integer({ minimum: 0, maximum: 1e15 }), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Assignment = Static<typeof Assignment>

/** Everything one agent should do. `revision` is also the ETag. */
export const AssignmentSet = Type.Object(
  {
    agent_id: Id,
    revision: Type.String({ minLength: 1, maxLength: 128 }),
    assignments: Type.Array(Assignment, { maxItems: 10_000 }),
  },
  { additionalProperties: false },
)
export type AssignmentSet = Static<typeof AssignmentSet>

/** What an agent says of itself, every few seconds, over the live connection. */
export const Heartbeat = Type.Object(
  {
    agent_version: Type.String({ minLength: 1, maxLength: 64 }),
    /** Measurements on disk that the collector has not acknowledged. */
    outbox_count: Type.Integer({ minimum: 0, maximum: 1e12 }),
    running_count: Type.Integer({ minimum: 0, maximum: 1e6 }),
    loop_lag_ms: Type.Number({ minimum: 0, maximum: 3_600_000 }),
  },
  { additionalProperties: false },
)
export type Heartbeat = Static<typeof Heartbeat>

/** An agent as the dashboard sees it. `online`: connected, or heard of in the last 90 s. */
export const AgentState = Type.Object(
  {
    agent_id: Id,
    country: Country,
    isp: Type.String({ minLength: 1, maxLength: 128 }),
    asn: Type.Union([Type.Integer({ minimum: 0, maximum: 4_294_967_295 }), Type.Null()]),
    latitude: Latitude,
    longitude: Longitude,
    online: Type.Boolean(),
    last_seen_at: Type.Union([Timestamp, Type.Null()]),
    agent_version: Type.Union([Type.String(), Type.Null()]),
    outbox_count: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    running_count: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  },
  { additionalProperties: false },
)
export type AgentState = Static<typeof AgentState>

/** The nodes, targets and agents known to the collector: what the map and the tables are drawn from. */
export const Fleet = Type.Object(
  {
    nodes: Type.Array(Node),
    /** Without what only an agent needs: authority, headers and signing keys stay with the collector. */
    targets: Type.Array(Type.Omit(Target, ['ca_pem', 'headers', 'sign'])),
    agents: Type.Array(AgentState),
  },
  { additionalProperties: false },
)
export type Fleet = Static<typeof Fleet>
