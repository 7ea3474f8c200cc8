import {
  type AdHocAnswer,
  type Assignment,
  Measurement,
  type Target,
  TraceAnswer,
} from '@streamgauge/contract'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'

const ANSWER_LIMIT_MS = 60_000

const isAdHocAnswer = Compile(
  Type.Union([
    Type.Object(
      { ok: Type.Literal(true), measurements: Type.Array(Measurement, { maxItems: 2 }) },
      { additionalProperties: false },
    ),
    Type.Object({ ok: Type.Literal(false), code: Type.String(), message: Type.String() }),
  ]),
)
const isTraceAnswer = Compile(TraceAnswer)

/** What can be asked of the agents that are connected to this collector. */
export interface Asking {
  /** Whether it is connected. */
  reaches(agentId: string): boolean
  /** Runs an assignment once, now; `null`: no answer that makes sense. */
  probe(agentId: string, assignment: Assignment): Promise<AdHocAnswer | null>
  /** The way to a target; `null`: no answer that makes sense, as from an agent that is too old for it. */
  trace(agentId: string, target: Target): Promise<TraceAnswer | null>
}

/** A connection that can be asked, as socket.io types it. */
interface Askable {
  timeout(ms: number): {
    emitWithAck(event: 'probe', assignment: Assignment): Promise<unknown>
    emitWithAck(event: 'trace', target: Target): Promise<unknown>
  }
}

/** The connections of agents, the latest of each. */
export class Connections implements Asking {
  readonly #sockets = new Map<string, Askable>()

  add(agentId: string, socket: Askable) {
    this.#sockets.set(agentId, socket)
  }

  remove(agentId: string, socket: Askable) {
    if (this.#sockets.get(agentId) === socket) this.#sockets.delete(agentId)
  }

  reaches(agentId: string): boolean {
    return this.#sockets.has(agentId)
  }

  async probe(agentId: string, assignment: Assignment): Promise<AdHocAnswer | null> {
    const answer = await this.#sockets
      .get(agentId)
      ?.timeout(ANSWER_LIMIT_MS)
      .emitWithAck('probe', assignment)
      .catch(() => null)
    return isAdHocAnswer.Check(answer) ? answer : null
  }

  async trace(agentId: string, target: Target): Promise<TraceAnswer | null> {
    const answer = await this.#sockets
      .get(agentId)
      ?.timeout(ANSWER_LIMIT_MS)
      .emitWithAck('trace', target)
      .catch(() => null)
    return isTraceAnswer.Check(answer) ? answer : null
  }
}
