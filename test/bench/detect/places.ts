import type { Place } from '@streamgauge/collector/detect/scope.ts'
import type { World } from '@streamgauge/collector/simulate/world/world.ts'

/** What an agent of the world measures, and how many runs of it there are in a round. */
export interface Seen extends Place {
  readonly asn: number
  readonly runs: number
}

/** Every place of a world. `agentRuns`: runs of one agent in one round. */
export function placesOf({ agents, plans }: World, agentRuns: number): Seen[] {
  const seen = new Map<string, { place: Seen; runs: number }>()
  for (const [index, agent] of agents.entries()) {
    const { errands = [], until = [] } = plans[index] ?? {}
    for (const [number, { sides }] of errands.entries()) {
      const share = (until[number] ?? 0) - (until[number - 1] ?? 0)
      for (const { target } of sides) {
        const place = {
          agent_id: agent.agent_id,
          country: agent.country.code,
          isp: agent.isp.name,
          asn: agent.isp.asn,
          provider: target.node.node.provider,
          node_id: target.node.node.node_id,
          route: target.route,
          transport: target.transport,
          runs: 0,
        }
        const key = [place.agent_id, place.node_id, place.route, place.transport].join('\n')
        const known = seen.get(key) ?? { place, runs: 0 }
        known.runs += (share * agentRuns) / 2
        seen.set(key, known)
      }
    }
  }
  return [...seen.values()].map(({ place, runs }) => ({ ...place, runs }))
}
