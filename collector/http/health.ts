import { Type } from 'typebox'
import { CollectorError } from '../error.ts'
import type { Gate } from '../ingest/gate.ts'
import type { Intake } from '../ingest/intake.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app-type.ts'
import type { Metrics } from './metrics.ts'

const Ok = Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false })
const tags = ['health']

/** What health is told from. */
export interface HealthDeps {
  readonly store: Store
  readonly gate: Gate
  readonly intake: Intake
  readonly metrics: Metrics
}

/** Liveness, readiness and Prometheus. */
export function healthRoutes(app: App, { store, gate, intake, metrics }: HealthDeps) {
  app.get(
    '/healthz',
    {
      config: { role: 'anyone' },
      logLevel: 'warn',
      schema: { tags, summary: 'The process is up', response: { 200: Ok } },
    },
    async () => ({ status: 'ok' as const }),
  )

  app.get(
    '/readyz',
    {
      logLevel: 'warn',
      schema: { tags, summary: 'The store answers and ingest is not behind', response: { 200: Ok } },
    },
    async () => {
      if (gate.full || intake.full) {
        throw new CollectorError('INGEST_BEHIND', 'too many batches wait for the store', { status: 503 })
      }
      await store.ping()
      return { status: 'ok' as const }
    },
  )

  app.get(
    '/metrics',
    { logLevel: 'warn', schema: { tags, summary: 'Prometheus text format', produces: ['text/plain'] } },
    async (_request, reply) => {
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
    },
  )
}
