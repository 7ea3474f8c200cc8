import { Decision, DecisionList, DiagnosisList, Incident, IncidentList, UuidV7 } from '@streamgauge/contract'
import { Type } from 'typebox'
import { CollectorError } from '../error.ts'
import { listDiagnoses } from '../store/diagnoses.ts'
import { ALWAYS, filterParameters } from '../store/filter.ts'
import { getDecision, getIncident, listDecisions, listIncidents } from '../store/steering.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app-type.ts'
import { spanOf } from './parameters.ts'

const closed = { additionalProperties: false }
const limit = Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })
const time = (description: string) => Type.Optional(Type.String({ description }))
const NOT_JUDGED = 'none'
const verdicts = ['helped', 'no difference', 'hurt', NOT_JUDGED]
const states = ['open', 'worsening', 'recovering', 'closed']

/** What went wrong, and what was changed for it. */
export function steeringRoutes(app: App, store: Store) {
  app.get(
    '/v1/incidents',
    {
      schema: {
        tags: ['incidents'],
        summary: 'Incidents that lasted into a window, the latest to start first',
        querystring: Type.Object(
          {
            from: time('those that ended at or after this, or have not; ISO 8601'),
            to: time('those that started before this'),
            state: Type.Optional(Type.Array(Type.String({ enum: states }), { maxItems: states.length })),
            limit,
          },
          closed,
        ),
        response: { 200: IncidentList },
      },
    },
    async ({ query }) => {
      const asked = { span: spanOf(query, ALWAYS), state: query.state ?? [], limit: query.limit }
      return { incidents: await listIncidents(store, asked) }
    },
  )

  app.get(
    '/v1/incidents/:incident_id',
    {
      schema: {
        tags: ['incidents'],
        summary: 'One incident as it is now',
        params: Type.Object({ incident_id: UuidV7 }, closed),
        response: { 200: Incident },
      },
    },
    async ({ params: { incident_id } }) => {
      const incident = await getIncident(store, incident_id)
      if (incident !== null) return incident
      throw new CollectorError('NOT_FOUND', `there is no incident ${incident_id}`, { status: 404 })
    },
  )

  app.get(
    '/v1/incidents/:incident_id/diagnoses',
    {
      schema: {
        tags: ['incidents'],
        summary: 'What affected agents found out by themselves when an incident opened, the earliest first',
        params: Type.Object({ incident_id: UuidV7 }, closed),
        querystring: Type.Object({ limit }, closed),
        response: { 200: DiagnosisList },
      },
    },
    async ({ params, query }) => ({
      diagnoses: await listDiagnoses(store, { incident_id: params.incident_id, limit: query.limit }),
    }),
  )

  app.get(
    '/v1/decisions',
    {
      schema: {
        tags: ['steering'],
        summary: 'Steering changes, newest first, and whether they helped',
        querystring: Type.Object(
          {
            from: time('decided at or after this; ISO 8601'),
            to: time('decided before this'),
            country: filterParameters.country,
            isp: filterParameters.isp,
            node_id: filterParameters.node_id,
            verdict: Type.Optional(
              Type.Array(Type.String({ enum: verdicts }), {
                maxItems: verdicts.length,
                description: 'none: not judged, or not yet',
              }),
            ),
            limit,
          },
          closed,
        ),
        response: { 200: DecisionList },
      },
    },
    async ({ query }) => {
      const { country = [], isp = [], node_id = [], verdict = [], limit } = query
      const judged = verdict.map((one) => (one === NOT_JUDGED ? '' : one))
      const asked = { span: spanOf(query, ALWAYS), country, isp, node_id, verdict: judged, limit }
      return { decisions: await listDecisions(store, asked) }
    },
  )

  app.get(
    '/v1/decisions/:decision_id',
    {
      schema: {
        tags: ['steering'],
        summary: 'One steering change with the numbers it was made from',
        params: Type.Object({ decision_id: UuidV7 }, closed),
        response: { 200: Decision },
      },
    },
    async ({ params: { decision_id } }) => {
      const decision = await getDecision(store, decision_id)
      if (decision !== null) return decision
      throw new CollectorError('NOT_FOUND', `there is no decision ${decision_id}`, { status: 404 })
    },
  )
}
