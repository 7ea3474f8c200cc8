import { type Static, Type } from 'typebox'
import { Incident, Scope } from './steering.ts'
import { Country, Id, Timestamp, Transport, UuidV7 } from './words.ts'

const closed = { additionalProperties: false }
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])
const oneOf = <T extends Parameters<typeof Type.Array>[0]>(type: T) =>
  Type.Optional(Type.Array(type, { minItems: 1, maxItems: 100 }))
const by = Type.String({ minLength: 1, maxLength: 128 })
const note = Type.String({ maxLength: 1_024 })

/**
 * Which incidents: those whose scope names one of each list; what is left out does not choose. A scope that names an agent names
 * its country and ISP too, and one that names a node its provider.
 */
export const AlertMatch = Type.Object(
  {
    kind: oneOf(Scope.properties.kind),
    key: oneOf(Scope.properties.key),
    severity: oneOf(Incident.properties.severity),
    objective: oneOf(Type.String({ minLength: 1, maxLength: 64 })),
    country: oneOf(Country),
    isp: oneOf(Type.String({ minLength: 1, maxLength: 128 })),
    agent_id: oneOf(Id),
    provider: oneOf(Id),
    node_id: oneOf(Id),
    route: oneOf(Id),
    transport: oneOf(Transport),
  },
  closed,
)
export type AlertMatch = Static<typeof AlertMatch>

/**
 * What a route tells of: incidents, steering decisions, or that cells have too few nodes that are well and nodes too few others to
 * take their place, which are incidents with the objective `resilience`.
 */
export const AlertSubject = Type.Union([
  Type.Literal('incidents'),
  Type.Literal('decisions'),
  Type.Literal('resilience'),
])
export type AlertSubject = Static<typeof AlertSubject>

/** Body of `POST /v1/incidents/:id/ack`. */
export const NewAcknowledgement = Type.Object({ by, note: Type.Optional(note) }, closed)
export type NewAcknowledgement = Static<typeof NewAcknowledgement>

/** That somebody looks after an incident: it is not repeated any more. */
export const Acknowledgement = Type.Object({ incident_id: UuidV7, at: Timestamp, by, note }, closed)
export type Acknowledgement = Static<typeof Acknowledgement>

/** Body of `POST /v1/silences`; a match of nothing at all is refused. */
export const NewSilence = Type.Object(
  {
    match: AlertMatch,
    /** Left out: now. */
    starts_at: Type.Optional(Timestamp),
    ends_at: Timestamp,
    by,
    note: Type.Optional(note),
  },
  closed,
)
export type NewSilence = Static<typeof NewSilence>

/** A time during which nobody is told of some incidents. */
export const Silence = Type.Object(
  { silence_id: UuidV7, match: AlertMatch, starts_at: Timestamp, ends_at: Timestamp, by, note },
  closed,
)
export type Silence = Static<typeof Silence>

/** `GET /v1/silences`: those that have not ended and those that ended within a week, the one that ends last first. */
export const SilenceList = Type.Object({ silences: Type.Array(Silence) }, closed)
export type SilenceList = Static<typeof SilenceList>

/** What became of one message to one receiver. */
export const Delivery = Type.Object(
  {
    /** What the receiver may know a repeat of the same message by. */
    delivery_id: UuidV7,
    created_at: Timestamp,
    receiver: Id,
    incident_ids: Type.Array(UuidV7),
    /** It is about these, or about incidents. */
    decision_ids: Type.Array(UuidV7),
    status: Type.Union([
      Type.Literal('waiting'),
      Type.Literal('delivered'),
      Type.Literal('given up'),
      Type.Literal('silenced'),
    ]),
    /** Those made so far, in order. */
    attempts: Type.Array(
      Type.Object(
        {
          at: Timestamp,
          /** The HTTP status or SMTP reply code; `null`: there was no answer. */
          reply_code: nullable(Type.Integer()),
          /** Why it was not delivered, or not to everybody; `null`: it was. URLs and secrets are taken out. */
          reason: nullable(Type.String()),
        },
        closed,
      ),
    ),
  },
  closed,
)
export type Delivery = Static<typeof Delivery>

/** `GET /v1/deliveries`, newest first. */
export const DeliveryList = Type.Object({ deliveries: Type.Array(Delivery) }, closed)
export type DeliveryList = Static<typeof DeliveryList>

/** `GET /v1/alerts`: incidents that are going on, as alerting sees them. */
export const AlertList = Type.Object(
  {
    alerts: Type.Array(
      Type.Object(
        {
          incident: Incident,
          /** `null`: nobody has acknowledged it. */
          acknowledgement: nullable(Acknowledgement),
          /** Silences it is under now. */
          silence_ids: Type.Array(UuidV7),
          /** Who is told, by the rules. */
          receivers: Type.Array(Id),
        },
        closed,
      ),
    ),
  },
  closed,
)
export type AlertList = Static<typeof AlertList>

/** `GET /v1/alerts/rules`, without URLs, addresses and secrets. */
export const AlertRulesShown = Type.Object(
  {
    receivers: Type.Array(Type.Object({ name: Id, type: Type.String() }, closed)),
    routes: Type.Array(
      Type.Object(
        {
          sends: Type.Array(AlertSubject),
          match: AlertMatch,
          receivers: Type.Array(Id),
          min_severity: Incident.properties.severity,
          group_by: Type.Array(Type.String()),
          group_wait_s: Type.Integer(),
          group_interval_s: Type.Integer(),
          repeat_interval_s: Type.Integer(),
          resolved: Type.Boolean(),
        },
        closed,
      ),
    ),
  },
  closed,
)
export type AlertRulesShown = Static<typeof AlertRulesShown>
