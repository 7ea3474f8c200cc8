import type { Incident, Target, Transport } from '@streamgauge/contract'
import type { AffectedRow } from '../store/diagnoses.ts'

const TRANSPORTS: readonly Transport[] = ['tcp', 'quic']

/** What one agent is to look at. */
export interface DiagnosisPlan {
  readonly agent_id: string
  /** One of each transport, where there is one, all on the same node. */
  readonly node: readonly Target[]
  /** On a node that the incident does not cover; `null`: the agent knows of none. */
  readonly control: Target | null
}

/** What a plan is made from. */
export interface Surroundings {
  /** Targets that an agent is told to measure. */
  readonly targetsOf: (agentId: string) => readonly Target[]
  /** Targets that are there to compare with, whoever asks. */
  readonly controls: readonly Target[]
  /** Whether an agent can be asked now. */
  readonly mayAsk: (agentId: string) => boolean
}

/** Who is to look at what: of those whose runs show the incident, the busiest that can be asked, each once. */
export function planDiagnoses(
  incident: Incident,
  affected: readonly AffectedRow[],
  { targetsOf, controls, mayAsk }: Surroundings,
  most: number,
): DiagnosisPlan[] {
  const { where } = incident.scope
  const plans = new Map<string, DiagnosisPlan>()
  for (const { agent_id, node_id } of affected) {
    if (plans.size >= most) break
    if (plans.has(agent_id) || !mayAsk(agent_id)) continue
    const own = targetsOf(agent_id)
    const there = own.filter((target) => target.node_id === node_id)
    // What the scope names comes first: a node is asked over the route that is ill.
    const byRoute = there.toSorted((a, b) => fits(b, where.route) - fits(a, where.route))
    const node = TRANSPORTS.flatMap(
      (transport) => byRoute.find((target) => target.transport === transport) ?? [],
    )
    if (node.length === 0) continue
    plans.set(agent_id, { agent_id, node, control: controlOf(incident, node_id, own, controls) })
  }
  return [...plans.values()]
}

function fits(target: Target, route: string | undefined): number {
  return target.route === route ? 1 : 0
}

/** A target that is meant for this, or one of the agent's own, over TCP if there is one: UDP may be blocked. */
function controlOf(
  { scope: { where } }: Incident,
  nodeId: string,
  own: readonly Target[],
  controls: readonly Target[],
): Target | null {
  const isOutside = (target: Target) =>
    target.node_id !== nodeId && (where.provider === undefined || target.provider !== where.provider)
  // Over the route that is ill another node is as ill.
  const candidates = [...controls, ...own]
    .filter(isOutside)
    .toSorted((a, b) => fits(a, where.route) - fits(b, where.route))
  const [best] = candidates
  const alike = candidates.filter(
    (target) => fits(target, where.route) === (best === undefined ? 0 : fits(best, where.route)),
  )
  return alike.find(({ transport }) => transport === 'tcp') ?? best ?? null
}
