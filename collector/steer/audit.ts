import type { Incident, Resilience } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'
import { type Now, timestamp } from '../clock.ts'
import { keepIncidents } from '../store/steering.ts'
import type { Store } from '../store/store.ts'
import { ALTERNATIVES_MIN, RESILIENCE } from './resilience.ts'

/** What is found has to be so for this long before anybody hears of it: one round's doubt is no news. */
const OPENS_MS = 120_000
/** And has to be over for this long: what comes and goes is one thing. */
const CLOSES_MS = 300_000
/** Beyond, what is found is in the audit alone. */
const OPEN_MAX_COUNT = 1_000
const SUMMARY_MAX_LENGTH = 1_024
const NAMED_MAX_COUNT = 10

/** What the audit is made of. */
export interface AuditDeps {
  readonly store: Store
  readonly now: Now
  /** How often it is looked at. */
  readonly roundMs: number
  /** How things are. */
  readonly resilience: () => Resilience
  /** Whether anybody is told; where nobody is, what was open is closed. */
  readonly isWanted: boolean
  /** Is told of incidents, after they were stored. */
  readonly changed: (incidents: readonly Incident[]) => void
  readonly warn: (details: object, message: string) => void
}

interface Finding {
  readonly scope: Incident['scope']
  readonly severity: Incident['severity']
  readonly summary: string
}

interface Watched {
  /** Since when it is so. */
  readonly since_ms: number
  /** Since when it is critical; `null`: it is not. */
  readonly critical_ms: number | null
  /** When it was so last. */
  readonly seen_ms: number
  /** Since when it is over; `null`: it is not. */
  readonly over_ms: number | null
  /** `null`: nobody heard of it yet. */
  readonly incident: Incident | null
}

/**
 * Turns what would not survive a loss into incidents with the objective `resilience`, once it has lasted, and ends them once it has been
 * over. `open` it before use, `start` it to run by itself, and close it.
 */
export class Audit {
  readonly #deps: AuditDeps
  readonly #watched = new Map<string, Watched>()
  #timer: NodeJS.Timeout | null = null
  #going: Promise<void> = Promise.resolve()

  constructor(deps: AuditDeps) {
    this.#deps = deps
  }

  /** Goes on with what the last collector left open; incidents of others are left alone. */
  open(incidents: readonly Incident[]) {
    const at = this.#deps.now()
    for (const incident of incidents) {
      if (incident.objective !== RESILIENCE || incident.state === 'closed') continue
      const known = { since_ms: at, seen_ms: at, critical_ms: null, over_ms: null }
      this.#watched.set(keyOf(incident.scope), { ...known, incident })
    }
  }

  /** Looks once a round. */
  start() {
    this.#timer = setInterval(() => {
      this.#going = this.look().catch((error) =>
        this.#deps.warn({ err: error }, 'the audit of resilience could not be written down'),
      )
    }, this.#deps.roundMs)
    this.#timer.unref()
  }

  /** Looks at how things are, stores what changed, and tells of it. Throws `STORE_UNAVAILABLE`; then it is looked at again. */
  async look(): Promise<void> {
    const { store, now, resilience, isWanted, changed } = this.#deps
    const at = now()
    const audit = resilience()
    // What is not known of now opens and ends nothing.
    if (isWanted && (audit.stale || audit.as_of === null)) return
    const found = isWanted ? findingsIn(audit) : new Map<string, Finding>()
    const next = new Map<string, Watched>()
    const versions: Incident[] = []
    let room = OPEN_MAX_COUNT - [...this.#watched.values()].filter(({ incident }) => incident !== null).length
    for (const key of new Set([...this.#watched.keys(), ...found.keys()])) {
      const before = this.#watched.get(key) ?? null
      const finding = found.get(key) ?? null
      const after = finding === null ? over(before, at, isWanted) : stillSo(before, finding, at, room > 0)
      if (after === null) continue
      const { incident } = after
      if (incident !== null && incident !== before?.incident) {
        versions.push(incident)
        if (before?.incident === null || before === null) room -= 1
      }
      if (incident?.state !== 'closed') next.set(key, after)
    }
    if (versions.length > 0) await keepIncidents(store, versions, at)
    this.#watched.clear()
    for (const [key, watched] of next) this.#watched.set(key, watched)
    if (versions.length > 0) changed(versions)
  }

  /** Looks no more, and waits for what is being written down. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#going
  }
}

/** What is found once more. It only ever gets worse until it is over: what goes up and down between is one thing. */
function stillSo(before: Watched | null, finding: Finding, at: number, hasRoom: boolean): Watched {
  const isCritical = finding.severity === 'critical'
  const watched: Watched = {
    since_ms: before?.since_ms ?? at,
    critical_ms: isCritical ? (before?.critical_ms ?? at) : null,
    seen_ms: at,
    over_ms: null,
    incident: before?.incident ?? null,
  }
  const { incident, since_ms, critical_ms } = watched
  const severity = critical_ms !== null && at - critical_ms >= OPENS_MS ? 'critical' : 'warning'
  if (incident === null) {
    if (at - since_ms < OPENS_MS || !hasRoom) return watched
    return { ...watched, incident: opened({ ...finding, severity }, since_ms, at) }
  }
  if (severity === 'warning' || incident.severity === 'critical') return watched
  return { ...watched, incident: { ...incident, ...finding, severity, state: 'worsening' } }
}

/** What is not found any more; `null`: nobody had heard of it. */
function over(before: Watched | null, at: number, isWanted: boolean): Watched | null {
  if (before === null || before.incident === null) return null
  const over_ms = before.over_ms ?? at
  const after = { ...before, over_ms, critical_ms: null }
  if (isWanted && at - over_ms < CLOSES_MS) return after
  const ended_at = timestamp(before.seen_ms)
  return { ...after, incident: { ...before.incident, state: 'closed', ended_at } }
}

function opened({ scope, severity, summary }: Finding, sinceMs: number, at: number): Incident {
  return {
    incident_id: uuidv7(),
    ...{ scope, severity, summary, state: 'open' },
    started_at: timestamp(sinceMs),
    detected_at: timestamp(at),
    ended_at: null,
    objective: RESILIENCE,
    agents_count: 0,
    evidence: [],
    score: 0,
    opening_excess_ratio: 0,
    excess_ratio: 0,
    measurement_ids: [],
  }
}

function findingsIn({ thin_cells, critical_nodes }: Resilience): Map<string, Finding> {
  const findings = new Map<string, Finding>()
  for (const { country, isp, healthy_count } of thin_cells) {
    const scope: Finding['scope'] = { kind: 'cell', key: `${country}/${isp}`, where: { country, isp } }
    const nodes = healthy_count === 1 ? '1 node is' : `${healthy_count} nodes are`
    findings.set(keyOf(scope), {
      scope,
      severity: healthy_count === 0 ? 'critical' : 'warning',
      summary: `${nodes} well and measured from there; ${ALTERNATIVES_MIN} are wanted`,
    })
  }
  for (const { node_id, cells_count, stranded_cells, stranded_bps } of critical_nodes) {
    const scope: Finding['scope'] = { kind: 'node', key: node_id, where: { node_id } }
    const names = stranded_cells.slice(0, NAMED_MAX_COUNT).map(({ country, isp }) => `${country}/${isp}`)
    const more = stranded_cells.length - names.length
    const rate = stranded_bps === 0 ? '' : ` (${(stranded_bps / 1e9).toPrecision(3)} Gbit/s)`
    const summary =
      `were it lost, ${stranded_cells.length} of its ${cells_count} cells would find no room on a node that is well: ` +
      `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}${rate}`
    findings.set(keyOf(scope), { scope, severity: 'warning', summary: summary.slice(0, SUMMARY_MAX_LENGTH) })
  }
  return findings
}

function keyOf({ kind, key }: Incident['scope']): string {
  return `${kind} ${key}`
}
