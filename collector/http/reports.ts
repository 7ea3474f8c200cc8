import { Comparison, Distribution, Heatmap, Overview, Timeseries } from '@streamgauge/contract'
import { Type } from 'typebox'
import type { Now } from '../clock.ts'
import { type Arm, compare } from '../report/comparison.ts'
import { distribution } from '../report/distribution.ts'
import { heatmap } from '../report/heatmap.ts'
import type { Kept } from '../report/kept.ts'
import { overview } from '../report/overview.ts'
import { timeseries } from '../report/timeseries.ts'
import { filterParameters, type Span } from '../store/filter.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app-type.ts'
import { filterOf, invalid, lastHour, parseTime, spanOf, windowParameters } from './parameters.ts'

const closed = { additionalProperties: false }
const tags = ['reports']
const POINTS_MAX_COUNT = 5_000
const METRICS = [
  'handshake_ms',
  'ttfb_ms',
  'first_frame_ms',
  'startup_ms',
  'stall_ratio',
  'success_ratio',
] as const
const TIME_METRICS = ['handshake_ms', 'ttfb_ms', 'first_frame_ms', 'startup_ms'] as const
const COLUMNS = ['node_id', 'node_country'] as const
const GROUPINGS = ['transport', 'route', 'provider', 'node_id', 'country', 'isp'] as const
const DIMENSIONS = ['transport', 'route', 'provider', 'node_id', 'period'] as const
const metric = Type.String({ enum: [...METRICS], description: 'defined in queries/README.md' })
const common = { ...filterParameters, ...windowParameters }

/** A window that ends so near to now moves on with time: who asks again for it asks the same question. */
const LIVE_MS = 60_000

/** What the dashboard draws; every figure is an estimate with its interval. */
export function reportRoutes(app: App, store: Store, kept: Kept, now: Now) {
  app.get(
    '/v1/reports/overview',
    {
      schema: {
        tags,
        summary: "Every target's health in a window (the last hour unless told otherwise)",
        querystring: Type.Object(common, closed),
        response: { 200: Overview },
      },
    },
    async ({ query, headers }, reply) => {
      const asked = now()
      const filter = filterOf(query)
      const span = spanOf(query, lastHour(query, asked))
      const live = Math.abs(span.to - asked) <= LIVE_MS
      const name = JSON.stringify(['overview', filter, live ? span.to - span.from : span])
      const answer = await kept.ask(name, {
        live,
        make: () => overview(store, filter, live ? later(span, now() - asked) : span),
      })
      const packed = /\bgzip\b/.test(headers['accept-encoding'] ?? '')
      if (packed) reply.header('content-encoding', 'gzip')
      reply.header('content-type', 'application/json; charset=utf-8').header('vary', 'accept-encoding')
      reply.header('cache-control', `private, max-age=${Math.ceil(answer.keptMs / 1_000)}`)
      // Bytes, which the schema describes and the type does not.
      return reply.send((packed ? answer.gzip : answer.json) as never)
    },
  )

  app.get(
    '/v1/reports/timeseries',
    {
      schema: {
        tags,
        summary: 'One metric per bucket and target',
        querystring: Type.Object(
          { ...common, metric, bucket_s: Type.Integer({ minimum: 1, maximum: 86_400, default: 60 }) },
          closed,
        ),
        response: { 200: Timeseries },
      },
    },
    async ({ query }) => {
      const span = spanOf(query, lastHour(query, now()))
      const buckets = (span.to - span.from) / 1_000 / query.bucket_s
      if (buckets > POINTS_MAX_COUNT)
        throw invalid(`bucket_s is too small: at most ${POINTS_MAX_COUNT} buckets`)
      return timeseries(store, oneOf(METRICS, query.metric), filterOf(query), span, query.bucket_s)
    },
  )

  app.get(
    '/v1/reports/heatmap',
    {
      schema: {
        tags,
        summary: 'One metric per vantage and node, or country of nodes',
        querystring: Type.Object(
          { ...common, metric, columns: Type.String({ enum: [...COLUMNS], default: 'node_id' }) },
          closed,
        ),
        response: { 200: Heatmap },
      },
    },
    async ({ query }) => {
      const span = spanOf(query, lastHour(query, now()))
      const columns = oneOf(COLUMNS, query.columns)
      return heatmap(store, oneOf(METRICS, query.metric), columns, filterOf(query), span)
    },
  )

  app.get(
    '/v1/reports/distribution',
    {
      schema: {
        tags,
        summary: 'Quantiles and a histogram of a time, per group',
        querystring: Type.Object(
          {
            ...common,
            metric: Type.String({ enum: [...TIME_METRICS], description: 'defined in queries/README.md' }),
            by: Type.String({ enum: [...GROUPINGS] }),
          },
          closed,
        ),
        response: { 200: Distribution },
      },
    },
    async ({ query }) => {
      const span = spanOf(query, lastHour(query, now()))
      const metric = oneOf(TIME_METRICS, query.metric)
      return distribution(store, metric, oneOf(GROUPINGS, query.by), filterOf(query), span)
    },
  )

  app.get(
    '/v1/reports/comparison',
    {
      schema: {
        tags,
        summary: 'B against A, with a verdict',
        querystring: Type.Object(
          {
            ...common,
            metric,
            by: Type.String({ enum: [...DIMENSIONS] }),
            a: Type.String({
              minLength: 1,
              maxLength: 128,
              description: 'for period: <from>/<to>, ISO 8601',
            }),
            b: Type.String({ minLength: 1, maxLength: 128 }),
          },
          closed,
        ),
        response: { 200: Comparison },
      },
    },
    async ({ query }) => {
      if (query.a === query.b) throw invalid('a and b must differ')
      const by = oneOf(DIMENSIONS, query.by)
      const span = by === 'period' ? null : spanOf(query, lastHour(query, now()))
      const a = arm('a', query.a, span)
      const b = arm('b', query.b, span)
      return compare(store, { by, metric: oneOf(METRICS, query.metric), a, b, filter: filterOf(query) })
    },
  )
}

function later({ from, to }: Span, ms: number): Span {
  return { from: from + ms, to: to + ms }
}

/** `null`: the label itself is the window. */
function arm(name: string, label: string, span: Span | null): Arm {
  if (span !== null) return { label, span }
  const [from = '', to = '', ...rest] = label.split('/')
  if (rest.length > 0) throw invalid(`${name} must be <from>/<to>`)
  return { label, span: spanOf({ from, to }, { from: parseTime(name, from), to: parseTime(name, to) }) }
}

function oneOf<T extends string>(values: readonly T[], given: string): T {
  const found = values.find((value) => value === given)
  if (found === undefined) throw invalid(`expected one of ${values.join(', ')}`)
  return found
}
