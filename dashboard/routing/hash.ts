import type { Metric } from '@streamgauge/contract'
import { isMetric } from '../figures/metrics.ts'

/** The windows a reader can choose, with their length and the bucket their time series are drawn in. */
export const WINDOWS = {
  '15m': { name: '15 min', length_ms: 900_000, bucket_s: 30 },
  '1h': { name: '1 h', length_ms: 3_600_000, bucket_s: 120 },
  '6h': { name: '6 h', length_ms: 21_600_000, bucket_s: 600 },
  '24h': { name: '24 h', length_ms: 86_400_000, bucket_s: 3_600 },
} as const
export type WindowKey = keyof typeof WINDOWS

/** How far back incidents that are over are listed. */
export const PASTS = {
  '24h': { name: '24 h', length_ms: 86_400_000 },
  '7d': { name: '7 d', length_ms: 604_800_000 },
  '30d': { name: '30 d', length_ms: 2_592_000_000 },
} as const
export type PastKey = keyof typeof PASTS

/** What the address says to show. */
export type Page =
  | { readonly name: 'overview' }
  | { readonly name: 'target'; readonly target_id: string }
  | { readonly name: 'measurement'; readonly measurement_id: string }
  | { readonly name: 'incidents' }
  | { readonly name: 'incident'; readonly incident_id: string }
  /** `find`: words of cells that are looked for; `choice`: which of them. */
  | { readonly name: 'steering'; readonly find: string; readonly choice: string }
  | { readonly name: 'decisions'; readonly find: string; readonly choice: string }
  | { readonly name: 'decision'; readonly decision_id: string }
  | { readonly name: 'unknown' }

/** A page with the choices that go with it, all of them in the address so that a link shows the same. */
export interface Route {
  readonly page: Page
  readonly window: WindowKey
  readonly metric: Metric
  readonly past: PastKey
}

/** Reads a location's hash. What it does not say, or says wrongly, is the default: overview, 1 h, connect time, a day. */
export function parseHash(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?')
  const search = new URLSearchParams(query)
  const window = search.get('window') ?? ''
  const metric = search.get('metric') ?? ''
  const past = search.get('past') ?? ''
  return {
    page: parsePath(path, search),
    window: isWindow(window) ? window : '1h',
    metric: isMetric(metric) ? metric : 'handshake_ms',
    past: isPast(past) ? past : '24h',
  }
}

/** Writes a route as a hash; defaults are left out. */
export function formatHash(route: Route): string {
  const search = new URLSearchParams()
  if (route.window !== '1h') search.set('window', route.window)
  if (route.page.name === 'target' && route.metric !== 'handshake_ms') search.set('metric', route.metric)
  if (route.page.name === 'incidents' && route.past !== '24h') search.set('past', route.past)
  if (route.page.name === 'steering' || route.page.name === 'decisions') {
    if (route.page.find !== '') search.set('find', route.page.find)
    if (route.page.choice !== 'all') search.set('which', route.page.choice)
  }
  return `#${formatPath(route.page)}${search.size === 0 ? '' : `?${search}`}`
}

/** The hash of a target's page, in the same window. */
export function targetHash(route: Route, target_id: string): string {
  return formatHash({ ...route, page: { name: 'target', target_id } })
}

/** The hash of a measurement's page, in the same window. */
export function measurementHash(route: Route, measurement_id: string): string {
  return formatHash({ ...route, page: { name: 'measurement', measurement_id } })
}

/** The hash of the list of incidents. */
export function incidentsHash(route: Route): string {
  return formatHash({ ...route, page: { name: 'incidents' } })
}

/** The hash of an incident's page. */
export function incidentHash(route: Route, incident_id: string): string {
  return formatHash({ ...route, page: { name: 'incident', incident_id } })
}

/** The hash of the steering table, of cells that are looked for. */
export function steeringHash(route: Route, find = '', choice = 'all'): string {
  return formatHash({ ...route, page: { name: 'steering', find, choice } })
}

/** The hash of the list of decisions, of those that are looked for. */
export function decisionsHash(route: Route, find = '', choice = 'all'): string {
  return formatHash({ ...route, page: { name: 'decisions', find, choice } })
}

/** The hash of a decision's page. */
export function decisionHash(route: Route, decision_id: string): string {
  return formatHash({ ...route, page: { name: 'decision', decision_id } })
}

/** The half-open window `[from, to)` that ends now, as the API wants it. */
export function windowAt(key: WindowKey, nowMs: number): { readonly from: string; readonly to: string } {
  const from = new Date(nowMs - WINDOWS[key].length_ms).toISOString()
  return { from, to: new Date(nowMs).toISOString() }
}

function parsePath(path: string, search: URLSearchParams): Page {
  const [, folder = '', id = ''] = /^\/([a-z]*)(?:\/(.+))?$/.exec(path) ?? []
  const decoded = decode(id)
  if (path === '' || path === '/') return { name: 'overview' }
  if (folder === 'targets' && decoded !== null) return { name: 'target', target_id: decoded }
  if (folder === 'measurements' && decoded !== null) return { name: 'measurement', measurement_id: decoded }
  if (path === '/incidents') return { name: 'incidents' }
  if (folder === 'incidents' && decoded !== null) return { name: 'incident', incident_id: decoded }
  if (folder === 'decisions' && decoded !== null) return { name: 'decision', decision_id: decoded }
  const [find, choice] = [search.get('find') ?? '', search.get('which') ?? 'all']
  if (path === '/steering') return { name: 'steering', find, choice }
  if (path === '/decisions') return { name: 'decisions', find, choice }
  return { name: 'unknown' }
}

function formatPath(page: Page): string {
  if (page.name === 'target') return `/targets/${encodeURIComponent(page.target_id)}`
  if (page.name === 'measurement') return `/measurements/${encodeURIComponent(page.measurement_id)}`
  if (page.name === 'incident') return `/incidents/${encodeURIComponent(page.incident_id)}`
  if (page.name === 'decision') return `/decisions/${encodeURIComponent(page.decision_id)}`
  const isFolder = page.name === 'incidents' || page.name === 'steering' || page.name === 'decisions'
  return isFolder ? `/${page.name}` : '/'
}

/** `null` for what is empty or badly encoded. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text) || null
  } catch {
    return null
  }
}

function isWindow(text: string): text is WindowKey {
  return Object.hasOwn(WINDOWS, text)
}

function isPast(text: string): text is PastKey {
  return Object.hasOwn(PASTS, text)
}
