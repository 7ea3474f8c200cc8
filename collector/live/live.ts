import type { Server as HttpServer } from 'node:http'
import {
  type AgentToCollector,
  type CollectorToAgent,
  type CollectorToDashboard,
  type Decision,
  type Diagnosis,
  type Incident,
  NAMESPACES,
  type StoredMeasurement,
} from '@streamgauge/contract'
import { type Namespace, Server } from 'socket.io'
import type { Now } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { AgentRegistry } from '../fleet/registry.ts'
import { serveAgents } from './agents.ts'
import { type Asking, Connections } from './asking.ts'
import { Batcher } from './batcher.ts'
import type { Admit } from './door.ts'

/** Largest event anyone may send us. */
const EVENT_MAX_BYTES = 64 * 1024
/** How often dashboards are told what is new. */
const TICK_MS = 250
/** Packets that may wait for one dashboard; one that is further behind misses events until it has caught up. */
const BACKLOG_MAX_COUNT = 4
const BEHIND = 'behind'

/** What is remembered of a connection. */
export interface SocketData {
  /** Who an agent is; unset for dashboards. */
  agentId?: string
  /** Packets waiting since the connection last kept up. */
  waiting?: number
}
type Events = CollectorToAgent & CollectorToDashboard
type IO = Server<AgentToCollector, Events, Record<string, never>, SocketData>

/** A namespace as socket.io types it. */
export type LiveNamespace = Namespace<AgentToCollector, Events, Record<string, never>, SocketData>

/** What live events need of the rest. */
export interface LiveDeps {
  readonly admit: Admit
  readonly config: Config
  readonly registry: AgentRegistry
  readonly now: Now
  readonly dropped: (count: number) => void
}

/** The live connections of one collector. */
export class Live {
  readonly #io: IO
  readonly #live: LiveNamespace
  readonly #batcher = new Batcher()
  readonly #registry: AgentRegistry
  readonly #dropped: (count: number) => void
  readonly #connections = new Connections()
  readonly #timer: NodeJS.Timeout

  constructor(server: HttpServer, deps: LiveDeps) {
    this.#registry = deps.registry
    this.#dropped = deps.dropped
    this.#io = new Server(server, {
      serveClient: false,
      maxHttpBufferSize: EVENT_MAX_BYTES,
      pingInterval: 20_000,
      pingTimeout: 15_000,
    })
    this.#live = this.#io.of(NAMESPACES.live)
    this.#live.use((socket, next) => {
      deps.admit(socket.handshake, 'viewer').then(
        () => next(),
        (error: Error) => next(error),
      )
    })
    this.#live.on('connection', (socket) => {
      socket.conn.on('packetCreate', () => {
        socket.data.waiting = (socket.data.waiting ?? 0) + 1
      })
      socket.conn.on('drain', () => {
        socket.data.waiting = 0
      })
    })
    serveAgents(
      this.#io.of(NAMESPACES.agents),
      deps,
      (run) => this.#tell('run_started', run),
      this.#connections,
    )
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#timer.unref()
  }

  /** Agents and dashboards connected. */
  get clients(): number {
    return this.#io.engine.clientsCount
  }

  /** Whether a dashboard is connected. */
  get watched(): boolean {
    return this.#live.sockets.size > 0
  }

  /** The agents that are connected here, to be asked. */
  get agents(): Asking {
    return this.#connections
  }

  /** Tells dashboards what was stored, at the next tick. */
  stored(batch: readonly StoredMeasurement[]) {
    if (this.watched) this.#batcher.add(batch)
  }

  /** Tells dashboards of new versions of incidents. */
  incidents(changed: readonly Incident[]) {
    if (this.watched) for (const incident of changed) this.#tell('incident', incident)
  }

  /** Tells dashboards of steering changes. */
  decisions(made: readonly Decision[]) {
    if (this.watched) for (const decision of made) this.#tell('decision', decision)
  }

  /** Tells dashboards what an agent found out. */
  diagnosed(diagnosis: Diagnosis) {
    if (this.watched) this.#tell('diagnosis', diagnosis)
  }

  /** Sends everyone away and stops; the HTTP server is not ours to close. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#io.disconnectSockets(true)
    this.#io.engine.close()
  }

  #tick() {
    const changed = this.#registry.takeChanged()
    if (changed.length > 0) this.#tell('agents', changed)
    const batch = this.#batcher.take()
    if (batch.length > 0) this.#tell('measurements', batch)
  }

  /** Encodes an event once and sends it to everyone who keeps up. */
  #tell<Event extends keyof CollectorToDashboard>(
    event: Event,
    ...args: Parameters<CollectorToDashboard[Event]>
  ) {
    let behind = 0
    for (const socket of this.#live.sockets.values()) {
      const lags = (socket.data.waiting ?? 0) >= BACKLOG_MAX_COUNT
      if (lags) behind += 1
      if (lags) void socket.join(BEHIND)
      else void socket.leave(BEHIND)
    }
    if (behind > 0) this.#dropped(behind)
    this.#live.except(BEHIND).emit(event, ...args)
  }
}
