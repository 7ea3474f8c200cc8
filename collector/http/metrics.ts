import type { IngestAnswer } from '@streamgauge/contract'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { codeOf } from '../error.ts'
import type { App } from './app-type.ts'

/** What gauges ask when they are read. */
export interface Gauges {
  readonly pendingInserts: () => number
  readonly openBatches: () => number
  readonly liveClients: () => number
}

/** The collector's own figures, for Prometheus. */
export interface Metrics {
  readonly registry: Registry
  readonly ingestSeconds: Histogram
  readonly requestSeconds: Histogram
  readonly ingested: (answer: IngestAnswer) => void
  readonly ingestFailed: (error: unknown) => void
  readonly liveDropped: (count: number) => void
}

/** Makes the figures; every app has a registry of its own. */
export function makeMetrics(gauges: Gauges): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const buckets = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })

  const batches = counter('streamgauge_ingest_batches_total', 'batches by outcome: ok, or the error code', [
    'outcome',
  ])
  const lines = counter('streamgauge_ingest_measurements_total', 'measurements by result', ['result'])
  const rejections = counter('streamgauge_ingest_rejections_total', 'rejected measurements by code', ['code'])
  const dropped = counter(
    'streamgauge_live_dropped_total',
    'live events not sent to clients that do not keep up',
    [],
  )
  gauge('streamgauge_store_pending_inserts', 'batches waiting for the store', gauges.pendingInserts)
  gauge('streamgauge_ingest_open_batches', 'batches being read, checked or stored', gauges.openBatches)
  gauge('streamgauge_live_clients', 'agents and dashboards connected', gauges.liveClients)
  return {
    registry,
    ingestSeconds: new Histogram({
      name: 'streamgauge_ingest_seconds',
      help: 'from the header of a batch to its answer',
      buckets,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'streamgauge_http_request_seconds',
      help: 'requests by route, method and status',
      labelNames: ['route', 'method', 'status'],
      buckets,
      registers,
    }),
    ingested: (answer) => {
      batches.inc({ outcome: 'ok' })
      lines.inc({ result: 'accepted' }, answer.accepted)
      lines.inc({ result: 'rejected' }, answer.rejected)
      for (const { code } of answer.errors) rejections.inc({ code })
    },
    ingestFailed: (error) => batches.inc({ outcome: codeOf(error) ?? 'INTERNAL' }),
    liveDropped: (count) => dropped.inc(count),
  }
}

/** Times every request, by the route's pattern. */
export function timeRequests(app: App, metrics: Metrics) {
  const known = new Map<string, ReturnType<Histogram['labels']>>()
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    const { method } = request
    const status = String(reply.statusCode)
    const key = `${method} ${status} ${route}`
    let timer = known.get(key)
    if (timer === undefined) {
      timer = metrics.requestSeconds.labels({ route, method, status })
      known.set(key, timer)
    }
    timer.observe(reply.elapsedTime / 1_000)
    // By pattern and never by URL: a sign-in link has a token in it.
    request.log.debug({ route, method, status, ms: reply.elapsedTime }, 'answered')
    done()
  })
}
