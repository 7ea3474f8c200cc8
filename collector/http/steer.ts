import {
  NewDrain,
  NewPin,
  Resilience,
  SteerAnswer,
  type SteeringCell,
  SteeringOverride,
  SteeringOverrideList,
  SteeringTable,
  type Target,
} from '@streamgauge/contract'
import { Type } from 'typebox'
import type { Config } from '../config/config.ts'
import { CollectorError } from '../error.ts'
import type { Locator } from '../locate/locator.ts'
import type { Steering } from '../steer/steering.ts'
import type { App } from './app-type.ts'
import { invalid } from './parameters.ts'

const closed = { additionalProperties: false }
const tags = ['steering']
const operator = { role: 'operator' } as const
const ip = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, description: 'left out: the address you ask from' }),
)
const StreamId = Type.String({ minLength: 1, maxLength: 128 })

/** Where viewers should go. */
export function steerRoutes(app: App, steering: Steering | null, locator: Locator, config: Config) {
  const streams = streamsOf(config.targets)
  const encoded = new EncodedTargets()

  /** A viewer's cell. Throws `INVALID_PARAMETER`, `STEERING_OFF`, `NO_TABLE`. */
  function find(asked: string): { readonly steering: Steering; readonly cell: SteeringCell } {
    const by = mustSteer(steering)
    const located = locator.locate(asked)
    if (located === null) throw invalid(`ip: '${asked}' is not an IP address`)
    const cell = by.cellOf(located.country, located.isp)
    if (cell === null) throw unavailable('NO_TABLE', 'nothing was decided yet: ask again in a moment')
    return { steering: by, cell }
  }

  app.get(
    '/v1/steer',
    {
      schema: {
        tags,
        summary: 'Where a viewer should go: nodes in the order in which to try them',
        querystring: Type.Object({ ip, stream: Type.Optional(StreamId) }, closed),
        response: { 200: SteerAnswer },
      },
    },
    (request, reply) => {
      const { ip: address = request.ip, stream = null } = request.query
      const { steering: by, cell } = find(address)
      const onNodes = stream === null ? null : streams.get(stream)
      if (onNodes === undefined) throw unknownStream(stream ?? '')
      const head = JSON.stringify({
        ip: address,
        cell: { country: cell.country, isp: cell.isp },
        stream_id: stream,
        decision_id: cell.decision_id,
        ...by.freshness,
      })
      const body = `${head.slice(0, -1)},"targets":${encoded.of(cell, stream, onNodes)}}`
      reply.type('application/json; charset=utf-8')
      // Already as it is sent: whole answers are made a thousand times a second, and targets once a round.
      reply.send(body as unknown as SteerAnswer)
    },
  )

  app.get(
    '/v1/play/:stream',
    {
      schema: {
        tags,
        summary: 'Sends a player to the stream on the best node for it',
        params: Type.Object({ stream: StreamId }, closed),
        querystring: Type.Object(
          {
            ip,
            format: Type.Optional(Type.String({ enum: ['flv', 'hls', 'll-hls'] })),
            transport: Type.Optional(Type.String({ enum: ['tcp', 'quic'] })),
          },
          closed,
        ),
      },
    },
    async (request, reply) => {
      const { stream } = request.params
      const { ip: address = request.ip, format, transport } = request.query
      const { steering: by, cell } = find(address)
      const onNodes = streams.get(stream)
      if (onNodes === undefined) throw unknownStream(stream)
      const url = cell.targets
        .flatMap(({ node_id }) => onNodes.get(node_id) ?? [])
        .find(
          (one) => one.format === (format ?? one.format) && one.transport === (transport ?? one.transport),
        )
      if (url === undefined) throw unavailable('NO_TARGET', `no node of this cell has ${stream} that way`)
      reply.header('cache-control', 'no-store').header('x-streamgauge-stale', String(by.freshness.stale))
      return reply.redirect(url.url, 302)
    },
  )

  app.get(
    '/v1/steering',
    { schema: { tags, summary: 'Where every cell is sent', response: { 200: SteeringTable } } },
    async () => mustSteer(steering).table,
  )

  app.get(
    '/v1/steering/resilience',
    { schema: { tags, summary: 'What would not survive a loss', response: { 200: Resilience } } },
    async () => mustSteer(steering).resilience,
  )

  app.get(
    '/v1/steering/overrides',
    { schema: { tags, summary: 'What operators say', response: { 200: SteeringOverrideList } } },
    async () => ({ overrides: mustSteer(steering).overrides.all }),
  )

  app.put(
    '/v1/steering/overrides/:cell',
    {
      config: operator,
      schema: {
        tags,
        summary: 'Send a cell (TH%2FAIS) to a node whatever is measured, or no longer',
        params: Type.Object({ cell: Type.String({ minLength: 1, maxLength: 256 }) }, closed),
        body: NewPin,
        response: { 200: SteeringOverride },
      },
    },
    async ({ params, body }) => {
      const { until = null, note = '', ...rest } = body
      return mustSteer(steering).say({ ...rest, until, note, kind: 'cell', key: params.cell, drained: false })
    },
  )

  app.put(
    '/v1/steering/drains/:node_id',
    {
      config: operator,
      schema: {
        tags,
        summary: 'Send nobody to a node, or somebody again',
        params: Type.Object({ node_id: Type.String({ minLength: 1, maxLength: 128 }) }, closed),
        body: NewDrain,
        response: { 200: SteeringOverride },
      },
    },
    async ({ params, body }) => {
      const { until = null, note = '', ...rest } = body
      return mustSteer(steering).say({
        ...rest,
        until,
        note,
        kind: 'node',
        key: params.node_id,
        node_id: null,
      })
    },
  )
}

/** Throws `STEERING_OFF`. */
function mustSteer(steering: Steering | null): Steering {
  if (steering === null) throw unavailable('STEERING_OFF', 'this collector sends nobody anywhere')
  return steering
}

type Urls = SteerAnswer['targets'][number]['urls']

/** The targets of cells as JSON; a cell is another one each round, and what was made for it goes with it. */
class EncodedTargets {
  readonly #byCell = new WeakMap<SteeringCell, Map<string | null, string>>()

  of(cell: SteeringCell, stream: string | null, onNodes: ReadonlyMap<string, Urls> | null): string {
    const known = this.#byCell.get(cell) ?? new Map<string | null, string>()
    this.#byCell.set(cell, known)
    const made = known.get(stream)
    if (made !== undefined) return made
    const targets: SteerAnswer['targets'] = cell.targets.map((target) => ({
      ...target,
      urls: onNodes?.get(target.node_id) ?? [],
    }))
    // Where the stream is not, nobody can watch it.
    const json = JSON.stringify(onNodes === null ? targets : targets.filter(({ urls }) => urls.length > 0))
    known.set(stream, json)
    return json
  }
}

/** Where each stream is on each node: streams, nodes, URLs in the order of the configuration. */
function streamsOf(targets: readonly Target[]): ReadonlyMap<string, ReadonlyMap<string, Urls>> {
  const streams = new Map<string, Map<string, Urls>>()
  for (const { stream_id, node_id, url, transport, format, route } of targets) {
    const nodes = streams.get(stream_id) ?? new Map<string, Urls>()
    nodes.set(node_id, [...(nodes.get(node_id) ?? []), { url, transport, format, route }])
    streams.set(stream_id, nodes)
  }
  return streams
}

function unavailable(code: string, message: string): CollectorError {
  return new CollectorError(code, message, { status: 503 })
}

function unknownStream(stream: string): CollectorError {
  return new CollectorError('NOT_FOUND', `no target has the stream ${stream}`, { status: 404 })
}
