import { monitorEventLoopDelay } from 'node:perf_hooks'
import {
  type AdHocAnswer,
  type AgentToCollector,
  Assignment,
  type CollectorToAgent,
  type Heartbeat,
  type Measurement,
  NAMESPACES,
  type RunStarted,
  Target,
  type TraceAnswer,
} from '@streamgauge/contract'
import { io, type Socket } from 'socket.io-client'
import { Compile } from 'typebox/compile'
import { monotonicMs } from '../clock.ts'
import type { Destination } from '../outbox/sender.ts'
import { AGENT_VERSION } from '../probe/version.ts'
import { type ClockEstimate, ReferenceClock } from './reference_clock.ts'

const isAssignment = Compile(Assignment)
const isTarget = Compile(Target)
const HEARTBEAT_MS = 10_000
const CLOCK_LIMIT_MS = 5_000

/** What the agent does when the collector speaks. Every event of the `/agents` namespace is one member here. */
export interface LiveHandlers {
  /** Not checked yet. */
  assignments(set: unknown): void
  probe(assignment: Assignment): Promise<Measurement[]>
  trace(target: Target): Promise<TraceAnswer>
  beat(): Pick<Heartbeat, 'outbox_count' | 'running_count'>
}

/** The live connection to the collector; reconnects by itself. */
export interface Live {
  /** Says that a run has begun; lost when the collector is away. */
  started(run: RunStarted): void
  /** This machine's clock against the collector's; `null`: not known yet. */
  clock(): ClockEstimate | null
  close(): void
}

/** Connects to the `/agents` namespace and stays connected. */
export function connectLive(destination: Destination, handlers: LiveHandlers): Live {
  const socket: Socket<CollectorToAgent, AgentToCollector> = io(
    new URL(NAMESPACES.agents, destination.url).href,
    {
      auth: { token: destination.token, agent_id: destination.agent_id },
      transports: ['websocket'],
      reconnectionDelayMax: 30_000,
    },
  )
  const lag = monitorEventLoopDelay({ resolution: 10 })
  lag.enable()
  const beat = () => {
    if (!socket.connected) return
    const loop_lag_ms = lag.count > 0 ? Math.max(0, lag.max / 1e6 - 10) : 0
    lag.reset()
    socket.emit('heartbeat', { agent_version: AGENT_VERSION, loop_lag_ms, ...handlers.beat() })
  }
  const reference = new ReferenceClock()
  const askClock = async () => {
    const sent = monotonicMs()
    const told = await socket.timeout(CLOCK_LIMIT_MS).emitWithAck('clock')
    reference.add(sent, monotonicMs(), told)
  }
  const timer = setInterval(() => {
    beat()
    if (socket.connected) askClock().catch(() => {})
  }, HEARTBEAT_MS)
  socket.on('connect', () => {
    beat()
    // The first exchange on a connection is the slowest; the shortest counts.
    void askClock()
      .then(askClock)
      .then(askClock)
      .catch(() => {})
  })
  socket.on('assignments', (set) => handlers.assignments(set))
  socket.on('probe', (assignment, answer) => {
    void answerTo(assignment, handlers).then(answer)
  })
  socket.on('trace', (target, answer) => {
    void traceTo(target, handlers).then(answer)
  })
  return {
    started(run) {
      if (socket.connected) socket.volatile.emit('run_started', run)
    },
    clock: () => reference.estimate(),
    close() {
      clearInterval(timer)
      lag.disable()
      socket.disconnect()
    },
  }
}

async function answerTo(assignment: unknown, handlers: LiveHandlers): Promise<AdHocAnswer> {
  if (!isAssignment.Check(assignment))
    return { ok: false, code: 'ASSIGNMENT_INVALID', message: 'this agent does not understand the assignment' }
  try {
    return { ok: true, measurements: await handlers.probe(assignment) }
  } catch (error) {
    return { ok: false, code: 'AGENT_ERROR', message: error instanceof Error ? error.message : String(error) }
  }
}

async function traceTo(target: unknown, handlers: LiveHandlers): Promise<TraceAnswer> {
  if (!isTarget.Check(target))
    return { ok: false, code: 'TARGET_INVALID', message: 'this agent does not understand the target' }
  return handlers.trace(target)
}
