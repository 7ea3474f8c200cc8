import { MeasurementPage, StoredMeasurement, UuidV7 } from '@streamgauge/contract'
import { Type } from 'typebox'
import { CollectorError } from '../error.ts'
import { ALWAYS, filterParameters } from '../store/filter.ts'
import { getMeasurement, listMeasurements, type Position } from '../store/measurements.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app-type.ts'
import { filterOf, invalid, spanOf, windowParameters } from './parameters.ts'

const tags = ['measurements']
const closed = { additionalProperties: false }

/** Reading measurements. */
export function measurementRoutes(app: App, store: Store) {
  app.get(
    '/v1/measurements',
    {
      schema: {
        tags,
        summary: 'Measurements, newest first',
        querystring: Type.Object(
          {
            ...filterParameters,
            ...windowParameters,
            limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
            cursor: Type.Optional(
              Type.String({ maxLength: 200, description: 'next_cursor of the page before' }),
            ),
          },
          closed,
        ),
        response: { 200: MeasurementPage },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const position = cursor === undefined ? null : decodeCursor(cursor)
      const span = spanOf(request.query, ALWAYS)
      const found = await listMeasurements(store, filterOf(request.query), span, limit + 1, position)
      const measurements = found.slice(0, limit)
      const last = measurements.at(-1)
      const next_cursor = found.length > limit && last !== undefined ? encodeCursor(last) : null
      return { measurements, next_cursor }
    },
  )

  app.get(
    '/v1/measurements/:measurement_id',
    {
      schema: {
        tags,
        summary: 'One measurement, with its stall and throughput timeline',
        params: Type.Object({ measurement_id: UuidV7 }, closed),
        response: { 200: StoredMeasurement },
      },
    },
    async (request) => {
      const { measurement_id } = request.params
      const found = await getMeasurement(store, measurement_id)
      if (found !== null) return found
      throw new CollectorError('NOT_FOUND', `there is no measurement ${measurement_id}`, { status: 404 })
    },
  )
}

function encodeCursor(last: StoredMeasurement): string {
  return Buffer.from(`${last.started_at} ${last.measurement_id}`).toString('base64url')
}

function decodeCursor(cursor: string): Position {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split(' ')
  const startedAt = Date.parse(at)
  if (Number.isNaN(startedAt) || !/^[0-9a-f-]{36}$/.test(id)) throw invalid('cursor is not a next_cursor')
  return { startedAt, measurementId: id }
}
