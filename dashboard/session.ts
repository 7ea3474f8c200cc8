import type { Decision, Diagnosis, Fleet, Incident, Role } from '@streamgauge/contract'
import type { Api } from './api/client.ts'
import type { Channel } from './live/channel.ts'
import type { LinkState } from './live/connection.ts'
import type { LiveState, Result } from './live/state.ts'
import type { Route } from './routing/hash.ts'

/** What has changed: the list of nodes, targets and agents; results that came in; runs that began or left; incidents; the link. */
export type Change =
  | { readonly what: 'fleet' }
  | { readonly what: 'results'; readonly results: readonly Result[] }
  | { readonly what: 'runs' }
  /** What is going on; `changed` are those of which a new version was told of just now. */
  | { readonly what: 'incidents'; readonly changed: readonly Incident[] }
  | { readonly what: 'diagnosis'; readonly diagnosis: Diagnosis }
  /** One that was made, or judged, just now. */
  | { readonly what: 'decision'; readonly decision: Decision }
  /** Whether the reader may change anything is known now. */
  | { readonly what: 'role' }
  | { readonly what: 'link' }
  /** The figures may be out of date as a whole: the window's end has moved on, or the link was lost and is back. */
  | { readonly what: 'stale' }

/** What every view draws from. The app writes to it; views read. */
export interface Session {
  fleet: Fleet | null
  /** Incidents that are going on; `null`: not loaded yet. */
  incidents: readonly Incident[] | null
  /** Why the last load of them failed; `null`: it did not. */
  incidents_failure: unknown
  /** Who is signed in; `null`: not loaded yet. */
  role: Role | null
  link: LinkState
  /** When the collector was last heard of, on the page's own clock, ms. */
  heard_at_ms: number
  readonly live: LiveState
  readonly changes: Channel<Change>
}

/** What a view is made with. */
export interface ViewContext {
  readonly document: Document
  readonly api: Api
  readonly session: Session
  readonly route: Route
  /** The wall clock, ms. */
  readonly now: () => number
  /** Loads what is going on once more. */
  readonly reloadIncidents: () => void
}

/** A page's content. It lives until `close`, which ends its timers, loads and subscriptions. */
export interface View {
  readonly title: string
  readonly element: HTMLElement
  /** Shows another route in place, so that focus and scroll stay; false: that takes another view. */
  readonly follow: (route: Route) => boolean
  readonly close: () => void
}

/** Whether the reader may acknowledge, silence, pin and drain. The collector decides; this is what the pages offer. */
export function mayChange({ role }: Pick<Session, 'role'>): boolean {
  return role === 'operator' || role === 'admin'
}
