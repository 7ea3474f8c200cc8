import { makeAgents, type SimulatedAgent } from './agent.ts'
import { type Country, readCountries } from './country.ts'
import { makeNodes, type SimulatedNode } from './node.ts'
import { type Plan, planner } from './plan.ts'
import { makeTargets, type SimulatedTarget } from './target.ts'

/** How large a world is. */
export interface WorldSize {
  readonly agents: number
  /** The nine centres included. */
  readonly nodes: number
}

/** The fleet that is planned for. */
export const FULL_SIZE: WorldSize = { agents: 3_000, nodes: 1_300 }

/** Everything that does not change with time: the same size, the same world. */
export interface World {
  readonly countries: readonly Country[]
  readonly nodes: readonly SimulatedNode[]
  readonly targets: readonly SimulatedTarget[]
  readonly agents: readonly SimulatedAgent[]
  /** By index of the agent. */
  readonly plans: readonly Plan[]
}

/** Builds the world, a second at most. Throws `WORLD_INVALID` when its data is. */
export function buildWorld({ agents: agentCount, nodes: nodeCount }: WorldSize): World {
  const countries = readCountries()
  const nodes = makeNodes(countries, nodeCount - 9)
  const targets = makeTargets(nodes)
  const agents = makeAgents(countries, agentCount)
  const plan = planner(nodes, targets)
  return { countries, nodes, targets: targets.list, agents, plans: agents.map(plan) }
}
