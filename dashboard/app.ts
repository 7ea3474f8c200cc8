import type { AgentState, Fleet } from '@streamgauge/contract'
import { createApi } from './api/client.ts'
import { html } from './dom/element.ts'
import { withChanged } from './incidents/order.ts'
import { createChannel } from './live/channel.ts'
import { connectLive } from './live/connection.ts'
import { createSessionLoads } from './live/loads.ts'
import { emptyLiveState, expireRuns, foldMeasurements, foldRunStarted } from './live/state.ts'
import { parseHash, type Route } from './routing/hash.ts'
import type { Session, View, ViewContext } from './session.ts'
import { createHeader } from './shell/header.ts'
import { viewOf } from './views.ts'

const TICK_MS = 1_000
/** The window's end moves on even when nothing happens; figures are loaded again this often. */
const STALE_MS = 60_000

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
  const loads = createSessionLoads(api, session, now)
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
    const reloadIncidents = loads.incidents.restart
    const context: ViewContext = { document, api, session, route, now, reloadIncidents }
    view = viewOf(context)
    document.title = `${view.title} · Streamgauge`
    main.replaceChildren(view.element)
    if (isFirst) return
    window.scrollTo(0, 0)
    main.focus({ preventScroll: true })
  }
  window.addEventListener('hashchange', () => open(parseHash(location.hash), false))

  session.changes.subscribe((change) => {
    if (change.what === 'incidents') header.incidents.show(session.incidents)
  })
  follow(session, now, loads.all)
  let staleAtMs = now() + STALE_MS
  setInterval(() => {
    header.status.show(session.link, now() - session.heard_at_ms)
    if (expireRuns(session.live, now())) session.changes.emit({ what: 'runs' })
    if (now() < staleAtMs) return
    staleAtMs = now() + STALE_MS
    loads.stale()
    session.changes.emit({ what: 'stale' })
  }, TICK_MS)
  header.status.show(session.link, 0)
  loads.all()
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
    decision: (decision) => {
      heard()
      session.changes.emit({ what: 'decision', decision })
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
