import type { Incident } from '@streamgauge/contract'
import type { Api } from '../api/client.ts'
import { withChanged } from '../incidents/order.ts'
import type { Session } from '../session.ts'
import { createRefresh, type Refresh } from './refresh.ts'
import { foldMeasurements, LIMITS } from './state.ts'

const GAP_MS = 5_000
const GOING_ON = ['open', 'worsening', 'recovering']
/** The most the collector gives at once, and the most it has going on. */
const INCIDENTS_MAX = 1_000

/** What the session holds and live events alone do not tell: what was there before the page was opened, or while the link was down. */
export interface SessionLoads {
  /** Loads everything again. */
  readonly all: () => void
  /** Loads what may have changed unheard. */
  readonly stale: () => void
  readonly incidents: Refresh
}

/** Makes the loads, which write to the session; nothing is loaded until it is asked for. */
export function createSessionLoads(api: Api, session: Session, now: () => number): SessionLoads {
  const { changes } = session
  const recent = createRefresh({
    load: (signal) => api.measurements({ limit: LIMITS.recent }, signal),
    show: ({ measurements }) => {
      const results = foldMeasurements(session.live, measurements.toReversed(), now())
      changes.emit({ what: 'results', results })
    },
    fail: () => undefined,
    gapMs: GAP_MS,
  })
  const fleet = createRefresh({
    load: api.fleet,
    show: (loaded) => {
      session.fleet = loaded
      changes.emit({ what: 'fleet' })
    },
    // The views show their own errors; the fleet is asked for again at the next tick that is due.
    fail: () => changes.emit({ what: 'fleet' }),
    gapMs: GAP_MS,
  })
  const incidents = incidentsLoad(api, session)
  const role = createRefresh({
    load: api.session,
    show: (loaded) => {
      session.role = loaded.role
      changes.emit({ what: 'role' })
    },
    fail: () => undefined,
    gapMs: GAP_MS,
  })
  return {
    all: () => {
      for (const load of [fleet, recent, incidents, role]) load.request()
    },
    stale: () => {
      fleet.request()
      incidents.request()
      if (session.role === null) role.request()
    },
    incidents,
  }
}

function incidentsLoad(api: Api, session: Session): Refresh {
  // What is heard while a load is under way is newer than what it brings.
  let heard: Incident[] = []
  session.changes.subscribe((change) => {
    if (change.what === 'incidents') heard.push(...change.changed)
  })
  return createRefresh({
    load: (signal) => {
      heard = []
      return api.incidents({ state: GOING_ON, limit: INCIDENTS_MAX }, signal)
    },
    show: (loaded) => {
      session.incidents = withChanged(loaded.incidents, heard)
      session.incidents_failure = null
      session.changes.emit({ what: 'incidents', changed: [] })
    },
    fail: (error) => {
      session.incidents_failure = error
      session.changes.emit({ what: 'incidents', changed: [] })
    },
    gapMs: GAP_MS,
  })
}
