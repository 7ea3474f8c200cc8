import { Type } from 'typebox'
import { EXPORT_FORMATS, exportMeasurements, MEDIA_TYPES, sweepExports } from '../export/export.ts'
import { ExportGate } from '../export/gate.ts'
import { ALWAYS, filterParameters } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app-type.ts'
import { filterOf, invalid, spanOf, windowParameters } from './parameters.ts'

/** `GET /v1/export`: everything that matches, streamed at the pace of the reader; two at once, more are told to come back. */
export function exportRoutes(app: App, store: Store, tempDir: string) {
  const gate = new ExportGate()
  app.addHook('onReady', () => sweepExports(tempDir))
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
      const leave = gate.enter()
      try {
        const stream = await exportMeasurements(store, format, filterOf(filter), span, tempDir)
        stream.once('close', leave)
        return reply
          .type(MEDIA_TYPES[format])
          .header('content-disposition', `attachment; filename="measurements.${format}"`)
          .send(stream)
      } catch (error) {
        leave()
        throw error
      }
    },
  )
}
