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

/** What viewers of a cell have to expect of a node, from runs of the last minutes. */
export const Expectation = Type.Object(
  {
    success_ratio: Type.Number({ minimum: 0, maximum: 1 }),
    stall_ratio: Type.Number({ minimum: 0, maximum: 1 }),
    /** Geometric means; `null`: no run has one. */
    handshake_ms: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    startup_ms: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    /** The weight of the cell's own runs: one just made weighs 1, one five minutes ago 0.37. The rest is its country's. */
    runs: Type.Number({ minimum: 0 }),
  },
  { additionalProperties: false },
)
export type Expectation = Static<typeof Expectation>

/** A node as a cell sees it when it is decided about. */
export const Basis = Type.Object(
  {
    /** Lower is better: the share of time a viewer suffers, with waiting and the rest in that unit. See docs/steering.md. */
    cost: Type.Union([Type.Number(), Type.Null()]),
    /** `null`: nobody of the country has measured it lately. */
    expected: Type.Union([Expectation, Type.Null()]),
  },
  { additionalProperties: false },
)
export type Basis = Static<typeof Basis>

/** One steering change. */
export const Decision = Type.Object(
  {
    decision_id: UuidV7,
    decided_at: Timestamp,
    country: Country,
    /** `*`: viewers of the country whose ISP no agent is in. */
    isp: Type.String({ minLength: 1, maxLength: 128 }),
    from_node_id: Type.Union([Id, Type.Null()]),
    to_node_id: Id,
    /**
     * `first`: the cell was sent nowhere before. `gone`: drained, in maintenance, or not in the configuration any more. `hurt`: the
     * move before made it worse, and is taken back.
     */
    motive: Type.Union([
      Type.Literal('hurt'),
      Type.Literal('first'),
      Type.Literal('pinned'),
      Type.Literal('gone'),
      Type.Literal('ill'),
      Type.Literal('better'),
    ]),
    reason: Type.String({ maxLength: 1_024 }),
    /** The numbers it was made from. */
    from: Type.Union([Basis, Type.Null()]),
    to: Basis,
    incident_id: Type.Union([UuidV7, Type.Null()]),
    /** Nobody was sent anywhere: steering only says what it would do. */
    dry_run: Type.Boolean(),
    /** By the interval of `effect`; `null`: not judged, or not yet. */
    verdict: Type.Union([
      Type.Literal('helped'),
      Type.Literal('no difference'),
      Type.Literal('hurt'),
      Type.Null(),
    ]),
    /** Cost of a run from where the cell was less that from where it is, mean over pairs with its 95 % interval. */
    effect: Type.Union([
      Type.Object(
        {
          pairs_count: Type.Integer({ minimum: 1 }),
          gain: Type.Number(),
          low: Type.Number(),
          high: Type.Number(),
        },
        { additionalProperties: false },
      ),
      Type.Null(),
    ]),
  },
  { additionalProperties: false },
)
export type Decision = Static<typeof Decision>

/** A node in the order in which viewers of a cell should try them. */
export const SteeringTarget = Type.Object(
  {
    node_id: Id,
    cost: Type.Number(),
    /** An incident says that it is ill for this cell. */
    ill: Type.Boolean(),
    same_isp: Type.Boolean(),
    /** From the middle of the cell's agents; `null`: not known. */
    distance_km: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    expected: Type.Union([Expectation, Type.Null()]),
  },
  { additionalProperties: false },
)
export type SteeringTarget = Static<typeof SteeringTarget>

/** Where viewers of one cell are sent. */
export const SteeringCell = Type.Object(
  {
    country: Country,
    isp: Type.String({ minLength: 1, maxLength: 128 }),
    /** The decision that put the first target first; `null`: none yet. */
    decision_id: Type.Union([UuidV7, Type.Null()]),
    since: Type.Union([Timestamp, Type.Null()]),
    pinned: Type.Boolean(),
    targets: Type.Array(SteeringTarget, { maxItems: 8 }),
  },
  { additionalProperties: false },
)
export type SteeringCell = Static<typeof SteeringCell>

const freshness = {
  /** When the figures were read; `null`: never yet. */
  as_of: Type.Union([Timestamp, Type.Null()]),
  /** The figures are older than three rounds, or no agent measured anything lately: nothing is changed by them. */
  stale: Type.Boolean(),
  dry_run: Type.Boolean(),
}

/** `GET /v1/steering`: the whole table, for a CDN to poll. */
export const SteeringTable = Type.Object(
  { ...freshness, cells: Type.Array(SteeringCell) },
  { additionalProperties: false },
)
export type SteeringTable = Static<typeof SteeringTable>

/** `GET /v1/steer`: where one viewer should go. */
export const SteerAnswer = Type.Object(
  {
    ip: Type.String(),
    /** The cell whose targets these are; `isp: '*'` where the viewer's own has none, `ZZ` where the country is not known. */
    cell: Type.Object({ country: Country, isp: Type.String() }, { additionalProperties: false }),
    stream_id: Type.Union([Id, Type.Null()]),
    decision_id: SteeringCell.properties.decision_id,
    ...freshness,
    targets: Type.Array(
      Type.Object(
        {
          ...SteeringTarget.properties,
          /** Where the stream is on that node, one for each transport, format and route there is. */
          urls: Type.Array(
            Type.Object(
              {
                url: Type.String(),
                transport: Transport,
                format: Type.String(),
                route: Id,
              },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type SteerAnswer = Static<typeof SteerAnswer>

const NamedCell = Type.Object(
  { country: Country, isp: Type.String({ minLength: 1, maxLength: 128 }) },
  { additionalProperties: false },
)

/** `GET /v1/steering/resilience`: what would not survive a loss. */
export const Resilience = Type.Object(
  {
    ...freshness,
    /** Cells with fewer than three nodes that are well and measured from their country lately. */
    thin_cells: Type.Array(
      Type.Object(
        { ...NamedCell.properties, healthy_count: Type.Integer({ minimum: 0 }) },
        { additionalProperties: false },
      ),
    ),
    /** Nodes whose cells would not all find room elsewhere, by `capacity_bps` and `steering.demand`; the worst first. */
    critical_nodes: Type.Array(
      Type.Object(
        {
          node_id: Id,
          cells_count: Type.Integer({ minimum: 1 }),
          stranded_cells: Type.Array(NamedCell),
          stranded_bps: Type.Number({ minimum: 0 }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type Resilience = Static<typeof Resilience>

const said = {
  /** Of the override this one takes the place of; 0 where there is none. Another number than the present one is refused. */
  revision: Type.Integer({ minimum: 0, maximum: 4_294_967_295 }),
  /** When it ends by itself; left out: never. */
  until: Type.Optional(Type.Union([Timestamp, Type.Null()])),
  by: Type.String({ minLength: 1, maxLength: 128 }),
  note: Type.Optional(Type.String({ maxLength: 1_024 })),
}

/** Body of `PUT /v1/steering/overrides/:cell`: where its viewers are sent, whatever is measured; `null`: as is measured. */
export const NewPin = Type.Object(
  { node_id: Type.Union([Id, Type.Null()]), ...said },
  { additionalProperties: false },
)

export type NewPin = Static<typeof NewPin>

/** Body of `PUT /v1/steering/drains/:node_id`: whether nobody is sent there. */
export const NewDrain = Type.Object({ drained: Type.Boolean(), ...said }, { additionalProperties: false })
export type NewDrain = Static<typeof NewDrain>

/** What an operator says of a cell or a node. */
export const SteeringOverride = Type.Object(
  {
    kind: Type.Union([Type.Literal('cell'), Type.Literal('node')]),
    /** `TH/AIS`, or a `node_id`. */
    key: Type.String({ minLength: 1, maxLength: 256 }),
    revision: Type.Integer({ minimum: 1 }),
    at: Timestamp,
    /** Where the cell is sent; `null`: of a node, or as is measured. */
    node_id: Type.Union([Id, Type.Null()]),
    drained: Type.Boolean(),
    until: Type.Union([Timestamp, Type.Null()]),
    by: Type.String(),
    note: Type.String(),
  },
  { additionalProperties: false },
)
export type SteeringOverride = Static<typeof SteeringOverride>

/** `GET /v1/steering/overrides`. */
export const SteeringOverrideList = Type.Object(
  { overrides: Type.Array(SteeringOverride) },
  { additionalProperties: false },
)
export type SteeringOverrideList = Static<typeof SteeringOverrideList>

/** `GET /v1/incidents`, the latest to start first. */
export const IncidentList = Type.Object({ incidents: Type.Array(Incident) }, { additionalProperties: false })
export type IncidentList = Static<typeof IncidentList>

/** `GET /v1/decisions`, newest first. */
export const DecisionList = Type.Object({ decisions: Type.Array(Decision) }, { additionalProperties: false })
export type DecisionList = Static<typeof DecisionList>
