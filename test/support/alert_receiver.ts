import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { Receiver } from '@streamgauge/collector/alert/receiver.ts'
import type { AlertRules, Route } from '@streamgauge/collector/alert/rules.ts'
import type { Owner } from './owner.ts'

/** A request as it came in. */
export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver of alerts that answers as it is told: 200 when it is told nothing. */
export async function startReceiver(owner: Owner) {
  const received: Received[] = []
  const taken: Received[] = []
  let answer: ((response: ServerResponse) => void) | null = null
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const one = { headers: request.headers, body: Buffer.concat(parts).toString() }
    received.push(one)
    if (answer !== null) return answer(response)
    taken.push(one)
    response.end('ok')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  owner.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    received,
    taken,
    behave(next: typeof answer) {
      answer = next
    },
  }
}

/** A route to some receivers that says everything at once, and again after an hour. */
export function aRoute(receivers: readonly string[], overrides: Partial<Route> = {}): Route {
  return {
    sends: ['incidents'],
    match: {},
    receivers,
    min_severity: 'warning',
    group_by: ['country'],
    group_wait_s: 0,
    group_interval_s: 0,
    repeat_interval_s: 3_600,
    resolved: true,
    ...overrides,
  }
}

/** A webhook called `ops`. */
export function aWebhook(url: string, secret: string): Receiver {
  return { name: 'ops', type: 'webhook', url, secret, mail: null }
}

/** Rules with one receiver, and one route to it. */
export function rulesTo(receiver: Receiver, route: Partial<Route> = {}): AlertRules {
  return { receivers: [receiver], routes: [aRoute([receiver.name], route)], dashboard_url: null }
}
