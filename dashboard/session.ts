import type { Fleet } from '@streamgauge/contract'
import type { Api } from './api/client.ts'
import type { Channel } from './live/channel.ts'
import type { LinkState } from './live/connection.ts'
import type { LiveState, Result } from './live/state.ts'
import type { Route } from './routing/hash.ts'

/** What has changed: the list of nodes, targets and agents; results that came in; runs that began or left; the link. */
export type Change =
  | { readonly what: 'fleet' }
  | { readonly what: 'results'; readonly results: readonly Result[] }
  | { readonly what: 'runs' }
  | { readonly what: 'link' }
  /** The figures may be out of date as a whole: the window's end has moved on, or the link was lost and is back. */
  | { readonly what: 'stale' }

/** What every view draws from. The app writes to it; views read. */
export interface Session {
  fleet: Fleet | null
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
}

/** A page's content. It lives until `close`, which ends its timers, loads and subscriptions. */
export interface View {
  readonly title: string
  readonly element: HTMLElement
  /** Shows another route in place, so that focus and scroll stay; false: that takes another view. */
  readonly follow: (route: Route) => boolean
  readonly close: () => void
}
