import type { ScriptedIncident } from '@streamgauge/collector/simulate/incident/script.ts'
import { kilometresBetween } from '@streamgauge/collector/simulate/path/distance.ts'
import { publicPath } from '@streamgauge/collector/simulate/path/path.ts'
import { makeAgents, type SimulatedAgent } from '@streamgauge/collector/simulate/world/agent.ts'
import { readCountries } from '@streamgauge/collector/simulate/world/country.ts'
import { makeNodes, type SimulatedNode } from '@streamgauge/collector/simulate/world/node.ts'
import type { Errand, Plan, Side } from '@streamgauge/collector/simulate/world/plan.ts'
import { makeTargets, STREAMS, type Targets } from '@streamgauge/collector/simulate/world/target.ts'
import { FULL_SIZE, type World } from '@streamgauge/collector/simulate/world/world.ts'
import { placesOf } from '../detect/places.ts'
import { drawScript } from '../detect/script.ts'

const COUNTRIES = ['TH', 'ID', 'IN', 'BR', 'TR', 'DE']
const ISPS_EACH = 2
const AGENTS_EACH = 4
/** Nodes each cell plays from: the nearest of its own network, of its country, and centers. */
const OWN_MAX = 2
const HOME_MAX = 5
const CANDIDATES = 8
/** The truth is looked up in steps of so long: incidents begin and end with one. */
export const STEP_MS = 300_000
/** Where viewers of a cell would be: incidents elsewhere cost nobody anything, and there is nothing to be gained in them. */
const LIKELY = 3
/** Runs of one agent in the time in which an incident must have been looked at. */
const AGENT_RUNS = 20

/**
 * All nodes of a smaller fleet, and of six countries two networks with four agents each: 12 cells. As a fleet that steers would, all
 * agents of a cell play from the same eight nodes in turn, over TCP and QUIC.
 */
export function smallFleet(nodesCount: number): World {
  const countries = readCountries()
  const nodes = makeNodes(countries, nodesCount - 9)
  const targets = makeTargets(nodes)
  const cells = Map.groupBy(
    makeAgents(countries, FULL_SIZE.agents).filter(
      ({ country, isp }) =>
        COUNTRIES.includes(country.code) &&
        country.isps.slice(0, ISPS_EACH).some(({ asn }) => asn === isp.asn),
    ),
    ({ country, isp }) => `${country.code}/${isp.name}`,
  )
  const agents = [...cells.values()].flatMap((within) => within.slice(0, AGENTS_EACH))
  const plans = agents.map((agent) => {
    const [first] = cells.get(`${agent.country.code}/${agent.isp.name}`) ?? []
    return planOf(agent, candidatesOf(first ?? agent, nodes), targets)
  })
  return { countries, nodes, targets: targets.list, agents, plans }
}

function candidatesOf(agent: SimulatedAgent, nodes: readonly SimulatedNode[]): SimulatedNode[] {
  const near = nodes
    .map((node) => ({ node, km: kilometresBetween(agent, node) }))
    .sort((a, b) => a.km - b.km || a.node.index - b.node.index)
    .map(({ node }) => node)
  const home = near.filter(({ node }) => node.kind === 'edge' && node.country === agent.country.code)
  const own = home.filter(({ node }) => node.isps.includes(agent.isp.name)).slice(0, OWN_MAX)
  const centers = near.filter(({ node }) => node.kind === 'center')
  return [...new Set([...own, ...home.slice(0, HOME_MAX), ...centers])].slice(0, CANDIDATES)
}

function planOf(agent: SimulatedAgent, nodes: readonly SimulatedNode[], targets: Targets): Plan {
  const [flv] = STREAMS
  const errands = nodes.map((node): Errand => {
    const path = publicPath(agent, node)
    const side = (transport: 'tcp' | 'quic'): Side => {
      const target = targets.find(node, flv, 'public', transport)
      if (target === null) throw new Error(`${node.node.node_id} has no stream`)
      return { target, path }
    }
    return { kind: 'stream', paired: true, sides: [side('tcp'), side('quic')] }
  })
  return { errands, until: Float64Array.from(errands, (_, index) => (index + 1) / errands.length) }
}

/** Incidents of every scope, on whole steps. `where`: at any node that is played from, or at those where viewers would be. */
export function scriptFor(
  world: World,
  { seed, incidents, where }: { seed: number; incidents: number; where: 'anywhere' | 'likely' },
  from: number,
  to: number,
): ScriptedIncident[] {
  const likely = new Set(world.plans.flatMap(likelyNodes))
  const places = placesOf(world, AGENT_RUNS).filter(
    ({ node_id }) => where === 'anywhere' || likely.has(node_id),
  )
  const whole = (text = '') => new Date(Math.round(Date.parse(text) / STEP_MS) * STEP_MS).toISOString()
  return drawScript(places, seed, incidents, from, to).map((incident) => ({
    ...incident,
    start: whole(incident.start),
    end: whole(incident.end),
  }))
}

function likelyNodes({ errands }: Plan): string[] {
  return errands.slice(0, LIKELY).flatMap(({ sides: [side] }) => side?.target.node.node.node_id ?? [])
}
