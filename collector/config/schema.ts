import { Country, Format, HttpVersion, Id, Kind, Node, Transport, targetOptions } from '@streamgauge/contract'
import { type Static, Type } from 'typebox'
import { OverrideEntry } from '../locate/overrides.ts'
import { AlertsEntry } from './alerts.ts'
import { ObjectiveEntry } from './objectives.ts'
import { SteeringEntry } from './steering.ts'

const closed = { additionalProperties: false }
const nullable = (min: number, max: number) =>
  Type.Union([Type.Number({ minimum: min, maximum: max }), Type.Null()])

/** A node as written down: only its id, name, kind and country must be there. */
const NodeEntry = Type.Object(
  {
    node_id: Node.properties.node_id,
    name: Node.properties.name,
    kind: Node.properties.kind,
    country: Node.properties.country,
    latitude: Type.Optional(Node.properties.latitude),
    longitude: Type.Optional(Node.properties.longitude),
    isps: Type.Optional(Node.properties.isps),
    provider: Type.Optional(Node.properties.provider),
    capacity_bps: Type.Optional(Node.properties.capacity_bps),
  },
  closed,
)

/** A target as written down. `ca_file` is read, relative to the configuration file, into `ca_pem`. */
const TargetEntry = Type.Object(
  {
    target_id: Id,
    url: Type.String({ minLength: 8, maxLength: 4_096, pattern: '^https?://' }),
    node_id: Id,
    stream_id: Id,
    route: Type.Optional(Id),
    provider: Type.Optional(Id),
    transport: Transport,
    http_version: Type.Optional(Type.Union([HttpVersion, Type.Null()])),
    format: Format,
    ca_file: Type.Optional(Type.String({ minLength: 1 })),
    ca_pem: Type.Optional(Type.String({ minLength: 1, maxLength: 65_536 })),
    insecure: Type.Optional(Type.Boolean()),
    control: Type.Optional(Type.Boolean()),
    ...targetOptions,
  },
  closed,
)

/** Where an agent measures from. */
const AgentEntry = Type.Object(
  {
    agent_id: Id,
    country: Country,
    isp: Type.String({ minLength: 1, maxLength: 128 }),
    asn: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 4_294_967_295 }), Type.Null()])),
    latitude: Type.Optional(nullable(-90, 90)),
    longitude: Type.Optional(nullable(-180, 180)),
  },
  closed,
)

/** Which agents probe which target, or pair of targets, and when. */
const AssignmentEntry = Type.Object(
  {
    assignment_id: Id,
    agents: Type.Array(Type.Union([Type.Literal('*'), Id]), { minItems: 1, maxItems: 10_000 }),
    targets: Type.Array(Id, { minItems: 1, maxItems: 2 }),
    kind: Type.Optional(Kind),
    cron: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    spread_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
    duration_ms: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 600_000 })),
    policy_start_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
    policy_resume_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
    budget_bytes_per_day: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: 1e15 }), Type.Null()]),
    ),
  },
  closed,
)

/** The configuration file: `docs/streamgauge.example.yaml` shows every key. */
export const ConfigFile = Type.Object(
  {
    nodes: Type.Optional(Type.Array(NodeEntry, { maxItems: 10_000 })),
    targets: Type.Optional(Type.Array(TargetEntry, { maxItems: 100_000 })),
    agents: Type.Optional(Type.Array(AgentEntry, { maxItems: 10_000 })),
    assignments: Type.Optional(Type.Array(AssignmentEntry, { maxItems: 10_000 })),
    alerts: Type.Optional(AlertsEntry),
    locate: Type.Optional(Type.Array(OverrideEntry, { maxItems: 10_000 })),
    objectives: Type.Optional(Type.Array(ObjectiveEntry, { maxItems: 50 })),
    steering: Type.Optional(SteeringEntry),
  },
  closed,
)
export type ConfigFile = Static<typeof ConfigFile>
