import { AlertMatch, AlertSubject, Id, Incident } from '@streamgauge/contract'
import { type Static, Type } from 'typebox'

const closed = { additionalProperties: false }
const seconds = (minimum: number) => Type.Optional(Type.Integer({ minimum, maximum: 604_800 }))
const variable = Type.Optional(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }))
const file = Type.Optional(Type.String({ minLength: 1, maxLength: 4_096 }))
const address = Type.String({ maxLength: 254, pattern: '^[^\\s<>(),;:"\\\\@]+@[^\\s<>(),;:"\\\\@]+$' })

/** A receiver as written down. The URL of a chat robot is a secret too, so it may stand elsewhere like any other. */
const ReceiverEntry = Type.Object(
  {
    name: Id,
    type: Type.Union([
      Type.Literal('webhook'),
      Type.Literal('alertmanager'),
      Type.Literal('email'),
      Type.Literal('slack'),
      Type.Literal('feishu'),
      Type.Literal('dingtalk'),
      Type.Literal('wecom'),
    ]),
    url: Type.Optional(Type.String({ minLength: 8, maxLength: 2_048 })),
    url_env: variable,
    url_file: file,
    secret_env: variable,
    secret_file: file,
    from: Type.Optional(address),
    to: Type.Optional(Type.Array(address, { minItems: 1, maxItems: 50 })),
  },
  closed,
)
export type ReceiverEntry = Static<typeof ReceiverEntry>

const GroupBy = Type.Union(
  Object.keys(AlertMatch.properties).map((name) => Type.Literal(name as keyof AlertMatch)),
)

/** Who is told of what, and how often. */
const RouteEntry = Type.Object(
  {
    sends: Type.Optional(Type.Array(AlertSubject, { minItems: 1, uniqueItems: true })),
    match: Type.Optional(AlertMatch),
    receivers: Type.Array(Id, { minItems: 1, maxItems: 20 }),
    min_severity: Type.Optional(Incident.properties.severity),
    group_by: Type.Optional(Type.Array(GroupBy, { maxItems: 11, uniqueItems: true })),
    group_wait_s: seconds(0),
    group_interval_s: seconds(0),
    repeat_interval_s: seconds(60),
    resolved: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type RouteEntry = Static<typeof RouteEntry>

/** The key `alerts` of the configuration file. */
export const AlertsEntry = Type.Object(
  {
    dashboard_url: Type.Optional(Type.String({ maxLength: 2_048, pattern: '^https?://[^\\s<>"|()]+$' })),
    receivers: Type.Array(ReceiverEntry, { minItems: 1, maxItems: 100 }),
    routes: Type.Array(RouteEntry, { minItems: 1, maxItems: 200 }),
  },
  closed,
)
export type AlertsEntry = Static<typeof AlertsEntry>
