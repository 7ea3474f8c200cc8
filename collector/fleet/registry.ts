import type { AgentState, Heartbeat } from '@streamgauge/contract'
import { type Now, timestamp } from '../clock.ts'
import type { Vantage } from '../config/config.ts'

/** An agent that was not heard of for this long is offline. */
export const ONLINE_MS = 90_000
/** Agents remembered beyond the configured ones: a token may speak for any id, memory may not grow with it. */
const AGENTS_MAX_COUNT = 20_000

interface Entry {
  connections: number
  lastSeenAt: number | null
  version: string | null
  outboxCount: number | null
  runningCount: number | null
  /** As last told to dashboards. */
  toldOnline: boolean
}

/** An agent as kept in the store. */
export interface StoredAgent {
  readonly agent_id: string
  readonly last_seen_at: string
  readonly agent_version: string | null
  readonly outbox_count: number | null
  readonly running_count: number | null
}

/** What is known of every agent right now. */
export class AgentRegistry {
  readonly #vantages: ReadonlyMap<string, Vantage>
  readonly #entries = new Map<string, Entry>()
  readonly #untold = new Set<string>()
  readonly #unkept = new Set<string>()
  readonly #now: Now

  constructor(vantages: readonly Vantage[], now: Now) {
    this.#now = now
    this.#vantages = new Map(vantages.map((vantage) => [vantage.agent_id, vantage]))
    for (const { agent_id } of vantages) this.#entries.set(agent_id, unheard())
  }

  /** Takes what the store remembers. */
  restore(agents: readonly StoredAgent[]) {
    for (const agent of agents) {
      const entry = this.#entry(agent.agent_id)
      if (entry === null) return
      entry.lastSeenAt = Date.parse(agent.last_seen_at)
      entry.version = agent.agent_version
      entry.outboxCount = agent.outbox_count
      entry.runningCount = agent.running_count
    }
  }

  /** An agent connected (1) or went away (-1). */
  connected(agentId: string, change: 1 | -1) {
    const entry = this.#entry(agentId)
    if (entry === null) return
    entry.connections = Math.max(0, entry.connections + change)
    this.heard(agentId)
  }

  /** An agent asked or sent something. `version`: what it said it is, if it did. */
  heard(agentId: string, version: string | null = null) {
    const entry = this.#entry(agentId)
    if (entry === null) return
    entry.lastSeenAt = this.#now()
    if (version !== null && version !== entry.version) {
      entry.version = version
      this.#untold.add(agentId)
    }
    this.#unkept.add(agentId)
    if (!entry.toldOnline) this.#untold.add(agentId)
  }

  /** An agent's heartbeat. */
  beat(agentId: string, beat: Heartbeat) {
    const entry = this.#entry(agentId)
    if (entry === null) return
    entry.outboxCount = beat.outbox_count
    entry.runningCount = beat.running_count
    this.heard(agentId, beat.agent_version)
    this.#untold.add(agentId)
  }

  /** Every agent, by id. */
  states(): AgentState[] {
    return [...this.#entries.keys()].sort().map((id) => this.#state(id))
  }

  /** Those that changed since the last call, also by falling silent. */
  takeChanged(): AgentState[] {
    for (const [id, entry] of this.#entries)
      if (entry.toldOnline !== this.#online(entry)) this.#untold.add(id)
    const changed = [...this.#untold].map((id) => this.#state(id))
    for (const state of changed) this.#entry(state.agent_id, (entry) => (entry.toldOnline = state.online))
    this.#untold.clear()
    return changed
  }

  /** Those heard of since the last call, to be kept in the store. */
  takeUnkept(): StoredAgent[] {
    const rows = [...this.#unkept].map((id) => {
      const { last_seen_at, agent_version, outbox_count, running_count } = this.#state(id)
      return {
        agent_id: id,
        last_seen_at: last_seen_at ?? timestamp(this.#now()),
        agent_version,
        outbox_count,
        running_count,
      }
    })
    this.#unkept.clear()
    return rows
  }

  #state(id: string): AgentState {
    const entry = this.#entries.get(id) ?? unheard()
    const vantage = this.#vantages.get(id)
    return {
      agent_id: id,
      country: vantage?.country ?? 'ZZ',
      isp: vantage?.isp ?? 'unknown',
      asn: vantage?.asn ?? null,
      latitude: vantage?.latitude ?? null,
      longitude: vantage?.longitude ?? null,
      online: this.#online(entry),
      last_seen_at: entry.lastSeenAt === null ? null : timestamp(entry.lastSeenAt),
      agent_version: entry.version,
      outbox_count: entry.outboxCount,
      running_count: entry.runningCount,
    }
  }

  #online(entry: Entry): boolean {
    if (entry.connections > 0) return true
    return entry.lastSeenAt !== null && this.#now() - entry.lastSeenAt < ONLINE_MS
  }

  #entry(id: string, use: (entry: Entry) => void = () => {}): Entry | null {
    const known = this.#entries.get(id)
    if (known === undefined && this.#entries.size >= AGENTS_MAX_COUNT) return null
    const entry = known ?? unheard()
    if (known === undefined) this.#entries.set(id, entry)
    use(entry)
    return entry
  }
}

function unheard(): Entry {
  return {
    connections: 0,
    lastSeenAt: null,
    version: null,
    outboxCount: null,
    runningCount: null,
    toldOnline: false,
  }
}
