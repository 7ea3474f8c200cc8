import { Type } from 'typebox'
import { EXPORT_FORMATS, exportMeasurements, MEDIA_TYPES } from '../export/export.ts'
import { ALWAYS, filterParameters } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app-type.ts'
import { filterOf, invalid, spanOf, windowParameters } from './parameters.ts'

/** `GET /v1/export`: everything that matches, streamed. */
export function exportRoutes(app: App, store: Store, tempDir: string) {
  app.get(
    '/v1/export',
    {
      schema: {
        tags: ['export'],
        summary:
          'Measurements as csv, json, ndjson or parquet; oldest first (parquet: in the order of the table)',
        querystring: Type.Object(
          {
            ...filterParameters,
            ...windowParameters,
            what: Type.String({ enum: ['measurements'], default: 'measurements' }),
            // The filter `format` is the stream's; what is written is said by the same name here.
            format: Type.String({ enum: [...EXPORT_FORMATS], default: 'csv' }),
          },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const format = EXPORT_FORMATS.find((candidate) => candidate === request.query.format)
      if (format === undefined) throw invalid(`format must be one of ${EXPORT_FORMATS.join(', ')}`)
      const { format: _written, ...filter } = request.query
      const span = spanOf(request.query, ALWAYS)
      const stream = await exportMeasurements(store, format, filterOf(filter), span, tempDir)
      return reply
        .type(MEDIA_TYPES[format])
        .header('content-disposition', `attachment; filename="measurements.${format}"`)
        .send(stream)
    },
  )
}
