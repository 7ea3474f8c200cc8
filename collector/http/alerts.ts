import {
  Acknowledgement,
  AlertList,
  AlertRulesShown,
  DeliveryList,
  NewAcknowledgement,
  NewSilence,
  Silence,
  SilenceList,
  UuidV7,
} from '@streamgauge/contract'
import { Type } from 'typebox'
import { v7 as uuidV7 } from 'uuid'
import type { Alerting } from '../alert/alerting.ts'
import { listDeliveries } from '../alert/ledger.ts'
import { type Now, timestamp } from '../clock.ts'
import { CollectorError } from '../error.ts'
import { ALWAYS } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app-type.ts'
import { invalid, parseTime, spanOf } from './parameters.ts'

const closed = { additionalProperties: false }
const tags = ['alerts']
const config = { role: 'operator' } as const
const time = (description: string) => Type.Optional(Type.String({ description }))

/** Who is told of what, what became of it, and how to be told less. */
export function alertRoutes(app: App, alerting: Alerting, store: Store, now: Now) {
  app.post(
    '/v1/incidents/:incident_id/ack',
    {
      config,
      schema: {
        tags,
        summary: 'Acknowledge an incident that is going on: it is not repeated any more',
        params: Type.Object({ incident_id: UuidV7 }, closed),
        body: NewAcknowledgement,
        response: { 200: Acknowledgement },
      },
    },
    async ({ params: { incident_id }, body }) => {
      if (!alerting.list().some(({ incident }) => incident.incident_id === incident_id))
        throw new CollectorError('NOT_FOUND', `no incident ${incident_id} is going on`, { status: 404 })
      const one = { incident_id, at: timestamp(now()), by: body.by, note: body.note ?? '' }
      await alerting.acknowledge(one)
      return one
    },
  )

  app.post(
    '/v1/silences',
    {
      config,
      schema: {
        tags,
        summary: 'Tell nobody of some incidents for a time',
        body: NewSilence,
        response: { 201: Silence },
      },
    },
    async ({ body }, reply) => {
      const { match, starts_at = timestamp(now()), ends_at, by, note = '' } = body
      if (Object.keys(match).length === 0) throw invalid('match must name something')
      const [from, to] = [parseTime('starts_at', starts_at), parseTime('ends_at', ends_at)]
      if (to <= from || to <= now()) throw invalid('ends_at must be after starts_at and after now')
      const silence = { silence_id: uuidV7(), match, starts_at, ends_at, by, note }
      await alerting.silence(silence)
      return reply.code(201).send(silence)
    },
  )

  app.get(
    '/v1/silences',
    {
      schema: {
        tags,
        summary: 'Silences that have not ended, or ended within a week; the one that ends last first',
        response: { 200: SilenceList },
      },
    },
    async () => ({ silences: alerting.silences }),
  )

  app.delete(
    '/v1/silences/:silence_id',
    {
      config,
      schema: {
        tags,
        summary: 'End a silence; it stays in the list',
        params: Type.Object({ silence_id: UuidV7 }, closed),
      },
    },
    async ({ params: { silence_id } }, reply) => {
      const silence = alerting.silences.find((one) => one.silence_id === silence_id)
      if (silence === undefined)
        throw new CollectorError('NOT_FOUND', `there is no silence ${silence_id}`, { status: 404 })
      const ends_at = timestamp(now())
      if (ends_at < silence.ends_at) await alerting.silence({ ...silence, ends_at })
      return reply.code(204).send()
    },
  )

  app.get(
    '/v1/deliveries',
    {
      schema: {
        tags,
        summary: 'Messages to receivers, newest first, with every attempt',
        querystring: Type.Object(
          {
            from: time('decided on at or after this; ISO 8601'),
            to: time('decided on before this'),
            receiver: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 100 })),
            incident_id: Type.Optional(Type.Array(UuidV7, { maxItems: 100 })),
            decision_id: Type.Optional(Type.Array(UuidV7, { maxItems: 100 })),
            limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
          },
          closed,
        ),
        response: { 200: DeliveryList },
      },
    },
    async ({ query }) => {
      const { receiver = [], incident_id = [], decision_id = [], limit } = query
      const asked = { span: spanOf(query, ALWAYS), receiver, incident_id, decision_id, limit }
      return { deliveries: await listDeliveries(store, asked) }
    },
  )

  app.get(
    '/v1/alerts',
    {
      schema: {
        tags,
        summary: 'Incidents that are going on: acknowledged, silenced, and who is told',
        response: { 200: AlertList },
      },
    },
    async () => ({ alerts: alerting.list() }),
  )

  app.get(
    '/v1/alerts/rules',
    { schema: { tags, summary: 'Who is told of what', response: { 200: AlertRulesShown } } },
    async () => ({
      receivers: alerting.rules.receivers.map(({ name, type }) => ({ name, type })),
      routes: alerting.rules.routes.map((route) => ({
        ...route,
        receivers: [...route.receivers],
        group_by: [...route.group_by],
        sends: [...route.sends],
      })),
    }),
  )
}
