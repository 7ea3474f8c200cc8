import { CheckList } from '@streamgauge/contract'
import type { Checks } from '../checks/checks.ts'
import type { App } from './app-type.ts'

/** `GET /v1/checks`: what the checks of the stored data found. */
export function checkRoutes(app: App, checks: Checks) {
  app.get(
    '/v1/checks',
    {
      schema: {
        tags: ['checks'],
        summary:
          'Checks of the stored data: what each found when it last ran, what that means and what to do',
        response: { 200: CheckList },
      },
    },
    async () => ({ checks: checks.list() }),
  )
}
