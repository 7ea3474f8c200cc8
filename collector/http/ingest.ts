import { IngestAnswer } from '@streamgauge/contract'
import { Type } from 'typebox'
import { CollectorError } from '../error.ts'
import { readBody } from '../ingest/body.ts'
import type { Gate } from '../ingest/gate.ts'
import type { TakeBatch } from '../ingest/ingest.ts'
import type { App } from './app-type.ts'
import type { Metrics } from './metrics.ts'

const MEDIA_TYPES = [
  'application/json',
  'application/x-ndjson',
  'application/ndjson',
  'application/octet-stream',
]
const KEY = /^[!-~]{1,200}$/

/** `POST /v1/measurements`: the body is read here, as a stream, so that its size is bounded while it arrives. */
export function ingestRoutes(app: App, take: TakeBatch, gate: Gate, metrics: Metrics) {
  app.register((plugin, _options, ready) => {
    plugin.removeAllContentTypeParsers()
    plugin.addContentTypeParser(MEDIA_TYPES, (_request, _payload, done) => done(null, undefined))
    plugin.post(
      '/v1/measurements',
      {
        config: { role: 'agent' },
        schema: {
          tags: ['measurements'],
          summary: 'Store a batch',
          description:
            'NDJSON or a JSON array of measurements, at most 10,000 and 64 MiB, identity, gzip or zstd. Answered when stored. ' +
            'A repeated Idempotency-Key changes nothing and answers the same.',
          consumes: MEDIA_TYPES,
          headers: Type.Object({
            'idempotency-key': Type.Optional(Type.String({ description: 'names the batch; required' })),
          }),
          response: { 200: IngestAnswer },
        },
      },
      async (request) => {
        const stop = metrics.ingestSeconds.startTimer()
        try {
          const key = request.headers['idempotency-key']
          if (typeof key !== 'string' || !KEY.test(key)) {
            const message =
              'send the header Idempotency-Key: 1 to 200 visible characters, the same for every repeat'
            throw new CollectorError('IDEMPOTENCY_KEY_MISSING', message, { status: 400 })
          }
          const agentId = request.principal?.agentId ?? null
          const answer = await gate.pass(async (grow) =>
            take({ key, body: await readBody(request.raw, grow), agentId, address: request.ip }),
          )
          metrics.ingested(answer)
          return answer
        } catch (error) {
          metrics.ingestFailed(error)
          throw error
        } finally {
          stop()
        }
      },
    )
    ready()
  })
}
