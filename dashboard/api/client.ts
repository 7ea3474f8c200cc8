import type {
  Comparison,
  Fleet,
  MeasurementPage,
  Metric,
  Overview,
  StoredMeasurement,
  Timeseries,
} from '@streamgauge/contract'

/** Query parameters; `null` leaves one out, a list repeats it. */
export type Query = Readonly<Record<string, string | number | readonly string[] | null>>

/** The collector's answer to a call that went wrong, or `NETWORK` when there was none. */
export class ApiFailure extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiFailure'
    this.code = code
  }
}

/** An answer that the collector gives out unchanged for `keptMs`; 0 when it makes it anew each time. */
export interface KeptAnswer<T> {
  readonly value: T
  readonly keptMs: number
}

/** The calls the dashboard makes. Each rejects with an `ApiFailure`, or with an `AbortError` when its signal fires. */
export interface Api {
  readonly fleet: (signal: AbortSignal) => Promise<Fleet>
  readonly overview: (query: Query, signal: AbortSignal) => Promise<KeptAnswer<Overview>>
  readonly timeseries: (metric: Metric, query: Query, signal: AbortSignal) => Promise<Timeseries>
  readonly comparison: (metric: Metric, query: Query, signal: AbortSignal) => Promise<Comparison>
  readonly measurements: (query: Query, signal: AbortSignal) => Promise<MeasurementPage>
  readonly measurement: (id: string, signal: AbortSignal) => Promise<StoredMeasurement>
}

/** What the client needs of its surroundings. `signedOut` is called when the cookie no longer counts. */
export interface ApiOptions {
  readonly fetch: typeof fetch
  readonly signedOut: () => void
}

/** Makes the client. Answers are trusted: they come from our own origin, which validates them against the contract. */
export function createApi(options: ApiOptions): Api {
  const getKept = <T>(path: string, query: Query, signal: AbortSignal) =>
    getJson<T>(options, path, query, signal)
  const get = async <T>(path: string, query: Query, signal: AbortSignal) =>
    (await getKept<T>(path, query, signal)).value
  return {
    fleet: (signal) => get('/v1/fleet', {}, signal),
    overview: (query, signal) => getKept('/v1/reports/overview', query, signal),
    timeseries: (metric, query, signal) => get('/v1/reports/timeseries', { metric, ...query }, signal),
    comparison: (metric, query, signal) => get('/v1/reports/comparison', { metric, ...query }, signal),
    measurements: (query, signal) => get('/v1/measurements', query, signal),
    measurement: (id, signal) => get(`/v1/measurements/${encodeURIComponent(id)}`, {}, signal),
  }
}

/** A path with its query; parameters that are `null` are left out. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === null) continue
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one))
  }
  return search.size === 0 ? path : `${path}?${search}`
}

async function getJson<T>(
  options: ApiOptions,
  path: string,
  query: Query,
  signal: AbortSignal,
): Promise<KeptAnswer<T>> {
  const response = await answerTo(options, withQuery(path, query), signal)
  if (response.status === 401) {
    options.signedOut()
    throw new ApiFailure('SIGNED_OUT', 'You are signed out; the page is loading again.')
  }
  const body: unknown = await response.json().catch(() => null)
  if (response.ok) return { value: body as T, keptMs: keptMs(response) }
  throw failureOf(response.status, body)
}

function keptMs(response: Response): number {
  const [, seconds = '0'] = /\bmax-age=(\d+)/.exec(response.headers.get('cache-control') ?? '') ?? []
  return Number(seconds) * 1_000
}

async function answerTo(options: ApiOptions, path: string, signal: AbortSignal): Promise<Response> {
  try {
    return await options.fetch(path, { signal, headers: { accept: 'application/json' } })
  } catch (cause) {
    if (signal.aborted) throw cause
    throw new ApiFailure('NETWORK', 'The collector did not answer. Is it running and reachable?', { cause })
  }
}

function failureOf(status: number, body: unknown): ApiFailure {
  if (typeof body === 'object' && body !== null && 'code' in body && 'message' in body)
    return new ApiFailure(String(body.code), String(body.message))
  return new ApiFailure(`HTTP_${status}`, `The collector answered ${status} without saying why.`)
}
