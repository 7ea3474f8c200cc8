import { Located } from '@streamgauge/contract'
import { Type } from 'typebox'
import type { Locator } from '../locate/locator.ts'
import type { App } from './app-type.ts'
import { invalid } from './parameters.ts'

/** Whose address it is. */
export function locateRoutes(app: App, locator: Locator) {
  app.get(
    '/v1/locate',
    {
      schema: {
        tags: ['fleet'],
        summary: 'Country, network and ISP of an address, with source and confidence',
        querystring: Type.Object(
          {
            ip: Type.Optional(
              Type.String({ minLength: 1, maxLength: 64, description: 'left out: the address you ask from' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: Located },
      },
    },
    async (request) => {
      const { ip = request.ip } = request.query
      const located = locator.locate(ip)
      if (located === null) throw invalid(`ip: '${ip}' is not an IP address`)
      return located
    },
  )
}
