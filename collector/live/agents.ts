import { Heartbeat, RunStarted } from '@streamgauge/contract'
import type { Socket } from 'socket.io'
import { Compile } from 'typebox/compile'
import type { Now } from '../clock.ts'
import { CollectorError } from '../error.ts'
import { assignmentsFor } from '../fleet/assignments.ts'
import { Allowance } from './allowance.ts'
import type { Connections } from './asking.ts'
import type { Admit } from './door.ts'
import type { LiveDeps, LiveNamespace } from './live.ts'

const ID = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/
const EVENTS_PER_S = 50
const EVENTS_BURST_COUNT = 500

const heartbeat = Compile(Heartbeat)
const runStarted = Compile(RunStarted)

/** Serves namespace `/agents`: sends assignments, takes heartbeats and started runs, notes whom it can ask. */
export function serveAgents(
  agents: LiveNamespace,
  { admit, config, registry, now }: LiveDeps,
  started: (run: RunStarted & { agent_id: string }) => void,
  connections: Connections,
) {
  agents.use((socket, next) => {
    identify(socket, admit).then(
      (agentId) => {
        socket.data.agentId = agentId
        next()
      },
      (error: Error) => next(error),
    )
  })

  agents.on('connection', (socket) => {
    const { agentId } = socket.data
    if (agentId === undefined) return
    registry.connected(agentId, 1)
    connections.add(agentId, socket)
    socket.on('disconnect', () => {
      registry.connected(agentId, -1)
      connections.remove(agentId, socket)
    })
    socket.use(limit(socket, now))
    socket.on('heartbeat', (beat) => {
      if (heartbeat.Check(beat)) registry.beat(agentId, beat)
    })
    socket.on('run_started', (run) => {
      if (runStarted.Check(run)) started({ ...run, agent_id: agentId })
    })
    socket.on('clock', (answer) => {
      if (typeof answer === 'function') answer(now())
    })
    socket.emit('assignments', assignmentsFor(config, agentId))
  })
}

/** Events beyond the allowance are dropped; one that goes on at twice the pace is sent away. */
function limit(socket: Pick<Socket, 'disconnect'>, now: Now) {
  const allowance = new Allowance(EVENTS_PER_S, EVENTS_BURST_COUNT, now)
  let refused = 0
  return (_event: unknown, next: () => void) => {
    if (allowance.take()) return next()
    refused += 1
    if (refused > EVENTS_BURST_COUNT) socket.disconnect(true)
  }
}

async function identify(socket: { handshake: Parameters<Admit>[0] }, admit: Admit): Promise<string> {
  const principal = await admit(socket.handshake, 'agent')
  const claimed = socket.handshake.auth.agent_id ?? principal.agentId
  if (typeof claimed !== 'string' || !ID.test(claimed)) {
    throw refusal('INVALID_PARAMETER', 'auth.agent_id must name the agent')
  }
  if (principal.agentId !== null && claimed !== principal.agentId) {
    throw refusal('AGENT_MISMATCH', `this token is for agent ${principal.agentId}`)
  }
  return claimed
}

function refusal(code: string, message: string): Error {
  return Object.assign(new CollectorError(code, message), { data: { code, message } })
}
