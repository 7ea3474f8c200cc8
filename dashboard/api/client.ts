import type {
  Acknowledgement,
  AlertList,
  AlertRulesShown,
  Comparison,
  Decision,
  DecisionList,
  DeliveryList,
  DiagnosisList,
  Fleet,
  Incident,
  IncidentList,
  MeasurementPage,
  Metric,
  NewAcknowledgement,
  NewDrain,
  NewPin,
  NewSilence,
  Overview,
  Resilience,
  Role,
  Silence,
  SilenceList,
  SteeringOverride,
  SteeringOverrideList,
  SteeringTable,
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
  readonly session: (signal: AbortSignal) => Promise<{ readonly role: Role }>
  readonly incidents: (query: Query, signal: AbortSignal) => Promise<IncidentList>
  readonly incident: (id: string, signal: AbortSignal) => Promise<Incident>
  readonly diagnoses: (incidentId: string, signal: AbortSignal) => Promise<DiagnosisList>
  readonly alerts: (signal: AbortSignal) => Promise<AlertList>
  readonly alertRules: (signal: AbortSignal) => Promise<AlertRulesShown>
  readonly silences: (signal: AbortSignal) => Promise<SilenceList>
  readonly deliveries: (query: Query, signal: AbortSignal) => Promise<DeliveryList>
  readonly acknowledge: (incidentId: string, body: NewAcknowledgement) => Promise<Acknowledgement>
  readonly silence: (body: NewSilence) => Promise<Silence>
  readonly endSilence: (id: string) => Promise<void>
  readonly steering: (signal: AbortSignal) => Promise<SteeringTable>
  readonly resilience: (signal: AbortSignal) => Promise<Resilience>
  readonly steeringOverrides: (signal: AbortSignal) => Promise<SteeringOverrideList>
  readonly decisions: (query: Query, signal: AbortSignal) => Promise<DecisionList>
  readonly decision: (id: string, signal: AbortSignal) => Promise<Decision>
  readonly pinCell: (cell: string, body: NewPin) => Promise<SteeringOverride>
  readonly drainNode: (nodeId: string, body: NewDrain) => Promise<SteeringOverride>
}

/** What the client needs of its surroundings. `signedOut` is called when the cookie no longer counts. */
export interface ApiOptions {
  readonly fetch: typeof fetch
  readonly signedOut: () => void
}

type Method = 'POST' | 'PUT' | 'DELETE'

/** Makes the client. Answers are trusted: they come from our own origin, which validates them against the contract. */
export function createApi(options: ApiOptions): Api {
  const getKept = <T>(path: string, query: Query, signal: AbortSignal) =>
    getJson<T>(options, path, query, signal)
  const get = async <T>(path: string, query: Query, signal: AbortSignal) =>
    (await getKept<T>(path, query, signal)).value
  const send = <T>(method: Method, path: string, body: object | null) =>
    sendJson<T>(options, method, path, body)
  const inPath = encodeURIComponent
  return {
    fleet: (signal) => get('/v1/fleet', {}, signal),
    overview: (query, signal) => getKept('/v1/reports/overview', query, signal),
    timeseries: (metric, query, signal) => get('/v1/reports/timeseries', { metric, ...query }, signal),
    comparison: (metric, query, signal) => get('/v1/reports/comparison', { metric, ...query }, signal),
    measurements: (query, signal) => get('/v1/measurements', query, signal),
    measurement: (id, signal) => get(`/v1/measurements/${inPath(id)}`, {}, signal),
    session: (signal) => get('/v1/session', {}, signal),
    incidents: (query, signal) => get('/v1/incidents', query, signal),
    incident: (id, signal) => get(`/v1/incidents/${inPath(id)}`, {}, signal),
    diagnoses: (id, signal) => get(`/v1/incidents/${inPath(id)}/diagnoses`, {}, signal),
    alerts: (signal) => get('/v1/alerts', {}, signal),
    alertRules: (signal) => get('/v1/alerts/rules', {}, signal),
    silences: (signal) => get('/v1/silences', {}, signal),
    deliveries: (query, signal) => get('/v1/deliveries', query, signal),
    acknowledge: (id, body) => send('POST', `/v1/incidents/${inPath(id)}/ack`, body),
    silence: (body) => send('POST', '/v1/silences', body),
    endSilence: (id) => send('DELETE', `/v1/silences/${inPath(id)}`, null),
    steering: (signal) => get('/v1/steering', {}, signal),
    resilience: (signal) => get('/v1/steering/resilience', {}, signal),
    steeringOverrides: (signal) => get('/v1/steering/overrides', {}, signal),
    decisions: (query, signal) => get('/v1/decisions', query, signal),
    decision: (id, signal) => get(`/v1/decisions/${inPath(id)}`, {}, signal),
    pinCell: (cell, body) => send('PUT', `/v1/steering/overrides/${inPath(cell)}`, body),
    drainNode: (node, body) => send('PUT', `/v1/steering/drains/${inPath(node)}`, body),
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
  const response = await answerTo(options, withQuery(path, query), { signal })
  return { value: await bodyOf<T>(options, response), keptMs: keptMs(response) }
}

/** A change is not called off: whether it was made would not be known. */
async function sendJson<T>(
  options: ApiOptions,
  method: Method,
  path: string,
  body: object | null,
): Promise<T> {
  const content = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return bodyOf<T>(options, await answerTo(options, path, { method, ...content }))
}

async function bodyOf<T>(options: ApiOptions, response: Response): Promise<T> {
  if (response.status === 401) {
    options.signedOut()
    throw new ApiFailure('SIGNED_OUT', 'You are signed out; the page is loading again.')
  }
  const body: unknown = await response.json().catch(() => null)
  if (response.ok) return body as T
  throw failureOf(response.status, body)
}

function keptMs(response: Response): number {
  const [, seconds = '0'] = /\bmax-age=(\d+)/.exec(response.headers.get('cache-control') ?? '') ?? []
  return Number(seconds) * 1_000
}

async function answerTo(options: ApiOptions, path: string, init: RequestInit): Promise<Response> {
  try {
    return await options.fetch(path, { ...init, headers: { accept: 'application/json', ...init.headers } })
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new ApiFailure('NETWORK', 'The collector did not answer. Is it running and reachable?', { cause })
  }
}

function failureOf(status: number, body: unknown): ApiFailure {
  if (typeof body === 'object' && body !== null && 'code' in body && 'message' in body)
    return new ApiFailure(String(body.code), String(body.message))
  return new ApiFailure(`HTTP_${status}`, `The collector answered ${status} without saying why.`)
}
