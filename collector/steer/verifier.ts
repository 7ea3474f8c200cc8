import type { Assignment, Decision, Measurement, Target } from '@streamgauge/contract'
import type { Config } from '../config/config.ts'
import type { Asking } from '../live/asking.ts'
import { costOfRun, effectOf } from './effect.ts'
import { ANY_ISP } from './world.ts'

/** Agents that look at both nodes, of each decision, and pairs of each. */
const AGENTS_MAX = 3
const PAIRS_EACH = 4
const RUN_MS = 8_000
/** Decisions looked at at once; those beyond are not judged. */
const DECISIONS_MAX = 50

/** What verifying is made of. */
export interface VerifierDeps {
  readonly config: Config
  readonly asking: Asking
  /** Is told what came of a move; never of one that could not be judged. */
  readonly judged: (decision: Decision, effect: NonNullable<Decision['effect']>) => Promise<void>
  readonly warn: (details: object, message: string) => void
}

/** Has agents of a cell that was moved play from where it was and from where it is, as pairs, and says what that gained. */
export class Verifier {
  readonly #deps: VerifierDeps
  readonly #busy = new Set<string>()
  readonly #going = new Set<Promise<void>>()
  #closed = false

  constructor(deps: VerifierDeps) {
    this.#deps = deps
  }

  /** Begins on moves that somebody was sent by and that had a choice. */
  take(decisions: readonly Decision[]) {
    for (const decision of decisions) {
      const hadChoice = decision.motive === 'ill' || decision.motive === 'better'
      if (!hadChoice || decision.dry_run || this.#closed || this.#going.size >= DECISIONS_MAX) continue
      const work = this.#verify(decision).catch((error) => {
        if (!this.#closed)
          this.#deps.warn({ err: error, decision_id: decision.decision_id }, 'a decision was not judged')
      })
      this.#going.add(work)
      void work.finally(() => this.#going.delete(work))
    }
  }

  /** Judges nothing more. Does not wait for agents. */
  close() {
    this.#closed = true
  }

  async #verify(decision: Decision): Promise<void> {
    const targets = pairOf(this.#deps.config.targets, decision)
    if (targets === null) return
    const agents = this.#agentsFor(decision)
    for (const agent of agents) this.#busy.add(agent)
    try {
      const found = await Promise.all(agents.map((agent) => this.#gainsSeenBy(agent, targets)))
      const effect = effectOf(found.flat())
      if (effect !== null && !this.#closed) await this.#deps.judged(decision, effect)
    } finally {
      for (const agent of agents) this.#busy.delete(agent)
    }
  }

  /** Those of the cell that can be asked; for the rest of a country, any of it. */
  #agentsFor({ country, isp }: Decision): string[] {
    return this.#deps.config.agents
      .filter((agent) => agent.country === country && (isp === ANY_ISP || agent.isp === isp))
      .map(({ agent_id }) => agent_id)
      .filter((id) => !this.#busy.has(id) && this.#deps.asking.reaches(id))
      .slice(0, AGENTS_MAX)
  }

  async #gainsSeenBy(agentId: string, [from, to]: readonly [Target, Target]): Promise<number[]> {
    const { asking, config } = this.#deps
    const costIn = (runs: readonly Measurement[], target: Target) => {
      const run = runs.find(({ target_id }) => target_id === target.target_id)
      return run === undefined ? null : costOfRun(run, config.steering.weights)
    }
    const gains: number[] = []
    for (let count = 0; count < PAIRS_EACH && !this.#closed; count++) {
      const answer = await asking.probe(agentId, playBoth(from, to))
      if (answer === null) break
      if (!answer.ok) continue
      const [before, after] = [costIn(answer.measurements, from), costIn(answer.measurements, to)]
      if (before !== null && after !== null) gains.push(before - after)
    }
    return gains
  }
}

/** The same stream in the same way on both nodes; over TCP where there is a choice, which suffers sooner. */
function pairOf(targets: readonly Target[], decision: Decision): readonly [Target, Target] | null {
  const on = (node: string | null) => targets.filter(({ node_id }) => node_id === node)
  const there = on(decision.to_node_id)
  const byTransport = on(decision.from_node_id).toSorted((a, b) => (a.transport < b.transport ? 1 : -1))
  for (const from of byTransport) {
    const to = there.find(
      ({ stream_id, transport, format, route }) =>
        stream_id === from.stream_id &&
        transport === from.transport &&
        format === from.format &&
        route === from.route,
    )
    if (to !== undefined) return [from, to]
  }
  return null
}

function playBoth(from: Target, to: Target): Assignment {
  return {
    assignment_id: 'verification',
    kind: 'stream',
    targets: [from, to],
    cron: '* * * * * *',
    spread_ms: 0,
    duration_ms: RUN_MS,
    policy_start_ms: 1_000,
    policy_resume_ms: 1_000,
    budget_bytes_per_day: null,
  }
}
