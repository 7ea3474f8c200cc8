import type { AgentState, Fleet } from '@streamgauge/contract'
import { createApi } from './api/client.ts'
import { html } from './dom/element.ts'
import { withChanged } from './incidents/order.ts'
import { createChannel } from './live/channel.ts'
import { connectLive } from './live/connection.ts'
import { createRefresh } from './live/refresh.ts'
import { emptyLiveState, expireRuns, foldMeasurements, foldRunStarted, LIMITS } from './live/state.ts'
import { parseHash, type Route } from './routing/hash.ts'
import type { Session, View, ViewContext } from './session.ts'
import { createHeader } from './shell/header.ts'
import { viewOf } from './views.ts'

const TICK_MS = 1_000
/** The window's end moves on even when nothing happens; figures are loaded again this often. */
const STALE_MS = 60_000
const GOING_ON = ['open', 'worsening', 'recovering']
/** The most the collector gives at once, and the most it has going on. */
const INCIDENTS_MAX = 1_000

/** Starts the dashboard in a page. It lives as long as the page does. */
export function startApp(window: Window): void {
  const { document, location } = window
  const now = () => Date.now()
  const api = createApi({ fetch: window.fetch.bind(window), signedOut: () => location.reload() })
  const session: Session = {
    fleet: null,
    incidents: null,
    incidents_failure: null,
    role: null,
    link: 'connecting',
    heard_at_ms: now(),
    live: emptyLiveState(),
    changes: createChannel(),
  }
  const main = html(document, 'main', { id: 'main', tabindex: -1 })
  const header = createHeader(document, window.localStorage, () =>
    document.dispatchEvent(new Event('themechange')),
  )
  document.getElementById('app')?.append(header.element, main)
  keepSkipLink(document, main)

  let view: View | null = null
  const open = (route: Route, isFirst: boolean) => {
    header.show(route)
    if (view?.follow(route)) return
    view?.close()
    const context: ViewContext = {
      document,
      api,
      session,
      route,
      now,
      reloadIncidents: () => incidents.restart(),
    }
    view = viewOf(context)
    document.title = `${view.title} · Streamgauge`
    main.replaceChildren(view.element)
    if (isFirst) return
    window.scrollTo(0, 0)
    main.focus({ preventScroll: true })
  }
  window.addEventListener('hashchange', () => open(parseHash(location.hash), false))

  // What was stored before the page was opened, or while the link was down.
  const recent = createRefresh({
    load: (signal) => api.measurements({ limit: LIMITS.recent }, signal),
    show: ({ measurements }) => {
      const results = foldMeasurements(session.live, measurements.toReversed(), now())
      session.changes.emit({ what: 'results', results })
    },
    fail: () => undefined,
    gapMs: 5_000,
  })
  const fleet = createRefresh({
    load: api.fleet,
    show: (loaded) => {
      session.fleet = loaded
      session.changes.emit({ what: 'fleet' })
    },
    // The views show their own errors; the fleet is asked for again at the next tick that is due.
    fail: () => session.changes.emit({ what: 'fleet' }),
    gapMs: 5_000,
  })
  const incidents = createRefresh({
    load: (signal) => api.incidents({ state: GOING_ON, limit: INCIDENTS_MAX }, signal),
    show: (loaded) => {
      session.incidents = loaded.incidents
      session.incidents_failure = null
      session.changes.emit({ what: 'incidents', changed: [] })
    },
    fail: (error) => {
      session.incidents_failure = error
      session.changes.emit({ what: 'incidents', changed: [] })
    },
    gapMs: 5_000,
  })
  const role = createRefresh({
    load: api.session,
    show: (loaded) => {
      session.role = loaded.role
      session.changes.emit({ what: 'role' })
    },
    fail: () => undefined,
    gapMs: 5_000,
  })
  const loads = [fleet, recent, incidents, role]
  session.changes.subscribe((change) => {
    if (change.what !== 'incidents') return
    header.incidents.show(session.incidents)
    // A load that was under way may have begun before this change.
    if (change.changed.length > 0) incidents.request()
  })
  follow(session, now, () => {
    for (const load of loads) load.request()
  })
  let staleAtMs = now() + STALE_MS
  setInterval(() => {
    header.status.show(session.link, now() - session.heard_at_ms)
    if (expireRuns(session.live, now())) session.changes.emit({ what: 'runs' })
    if (now() < staleAtMs) return
    staleAtMs = now() + STALE_MS
    fleet.request()
    incidents.request()
    if (session.role === null) role.request()
    session.changes.emit({ what: 'stale' })
  }, TICK_MS)
  header.status.show(session.link, 0)
  for (const load of loads) load.request()
  open(parseHash(location.hash), true)
}

/** Folds live events into the session for as long as the page lives. */
function follow(session: Session, now: () => number, reload: () => void): void {
  const heard = () => {
    session.heard_at_ms = now()
  }
  connectLive({
    link: (state) => {
      if (state === 'live') {
        heard()
        // Whatever happened while the link was down was not heard.
        reload()
        session.changes.emit({ what: 'stale' })
      }
      session.link = state
      session.changes.emit({ what: 'link' })
    },
    measurements: (stored) => {
      heard()
      const results = foldMeasurements(session.live, stored, now())
      session.changes.emit({ what: 'results', results })
    },
    run_started: (run) => {
      heard()
      foldRunStarted(session.live, run, now())
      session.changes.emit({ what: 'runs' })
    },
    agents: (changed) => {
      heard()
      if (session.fleet === null) return
      session.fleet = withAgents(session.fleet, changed)
      session.changes.emit({ what: 'fleet' })
    },
    incident: (incident) => {
      heard()
      const changed = [incident]
      if (session.incidents !== null) session.incidents = withChanged(session.incidents, changed)
      session.changes.emit({ what: 'incidents', changed })
    },
    diagnosis: (diagnosis) => {
      heard()
      session.changes.emit({ what: 'diagnosis', diagnosis })
    },
  })
}

/** The fleet with the changed agents in the place of what was known of them. */
export function withAgents(fleet: Fleet, changed: readonly AgentState[]): Fleet {
  const byId = new Map(fleet.agents.map((agent) => [agent.agent_id, agent]))
  for (const agent of changed) byId.set(agent.agent_id, agent)
  return { ...fleet, agents: [...byId.values()] }
}

/** A hash is a route here, so the skip link may not change it. */
function keepSkipLink(document: Document, main: HTMLElement): void {
  document.querySelector('a.skip')?.addEventListener('click', (event) => {
    event.preventDefault()
    main.focus()
  })
}
