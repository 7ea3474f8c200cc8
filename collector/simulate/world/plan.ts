import type { Kind } from '@streamgauge/contract'
import { kilometresBetween } from '../path/distance.ts'
import { dedicatedPath, type Path, publicPath, relayPath } from '../path/path.ts'
import { share } from '../random.ts'
import type { SimulatedAgent } from './agent.ts'
import { CENTERS, dedicatedRtts } from './center.ts'
import { OWN, type SimulatedNode, VENDOR } from './node.ts'
import { pick } from './pick.ts'
import { type SimulatedTarget, STREAMS, type Stream, type Targets } from './target.ts'

/** One target as one agent sees it. */
export interface Side {
  readonly target: SimulatedTarget
  readonly path: Path
}

/** What an agent does in one visit: two runs, a pair unless they only happen to follow each other. */
export interface Errand {
  readonly kind: Kind
  readonly paired: boolean
  readonly sides: readonly [Side, Side]
}

/** The errands of one agent, and up to which draw from [0, 1) each is the one. */
export interface Plan {
  readonly errands: readonly Errand[]
  readonly until: Float64Array
}

/** Makes the function that gives an agent its errands. */
export function planner(nodes: readonly SimulatedNode[], targets: Targets): (agent: SimulatedAgent) => Plan {
  const centers = nodes.filter(({ node }) => node.kind === 'center')
  const edges = Map.groupBy(
    nodes.filter(({ node }) => node.kind === 'edge'),
    ({ node }) => node.country,
  )
  const lines = dedicatedRtts()
  const lineRttMs = (from: SimulatedNode, to: SimulatedNode) =>
    lines[CENTERS.findIndex(({ code }) => from.node.node_id === `sim-center-${code}`)]?.[
      CENTERS.findIndex(({ code }) => to.node.node_id === `sim-center-${code}`)
    ] ?? Infinity
  const [flv, hls, ll] = STREAMS

  return (agent) => {
    const errands: (Errand & { readonly weight: number })[] = []
    const add = (
      weight: number,
      kind: Kind,
      first: Side | null,
      second: Side | null,
      paired: boolean = true,
    ) => {
      if (first !== null && second !== null) errands.push({ weight, kind, paired, sides: [first, second] })
    }
    const see = (
      node: SimulatedNode,
      transport: 'tcp' | 'quic',
      stream: Stream = flv,
      route = 'public',
      path: Path = publicPath(agent, node),
    ): Side | null => {
      const target = targets.find(node, stream, route, transport)
      return target === null ? null : { target, path }
    }
    const bothTransports = (weight: number, kind: Kind, node: SimulatedNode, stream: Stream = flv) => {
      const path = publicPath(agent, node)
      add(weight, kind, see(node, 'tcp', stream, 'public', path), see(node, 'quic', stream, 'public', path))
    }

    const domestic = byCloseness(agent, edges.get(agent.country.code) ?? [])
    const [center, second, third] = byDistance(agent, centers)
    const own = domestic.filter(({ node }) => node.provider === OWN)
    const vendors = domestic.filter(({ node }) => node.provider === VENDOR)
    if (center === undefined || second === undefined || third === undefined) return planOf(errands)

    const local = own[0] ?? center
    bothTransports(4, 'stream', local)
    bothTransports(2.5, 'stream', center)
    bothTransports(1.5, 'stream', second)
    bothTransports(1, 'stream', third)
    bothTransports(1, 'stream', center, hls)
    bothTransports(0.5, 'stream', center, ll)
    for (const edge of own.slice(0, 6)) {
      bothTransports(0.3, 'stream', edge, hls)
      bothTransports(0.2, 'stream', edge, ll)
    }
    const vendor = vendors[0]
    if (vendor !== undefined) {
      bothTransports(1.5, 'stream', vendor)
      add(1, 'stream', see(local, 'tcp'), see(vendor, 'tcp'))
      add(1, 'stream', see(local, 'quic'), see(vendor, 'quic'))
    }
    add(1.5, 'stream', see(local, 'quic'), see(center === local ? second : center, 'quic'))

    const far = pick(
      centers.filter((candidate) => candidate !== center),
      share(agent.key, 7) * (centers.length - 1),
    )
    const dedicated = dedicatedPath(agent, center, lineRttMs(center, far), far)
    const relay = byDistance(agent, targets.relays)[0]
    for (const transport of ['tcp', 'quic'] as const) {
      const direct = see(far, transport)
      add(1.5, 'stream', direct, see(far, transport, flv, 'dedicated', dedicated))
      if (relay === undefined) continue
      const route = `relay:${relay.node.node_id}`
      add(0.75, 'stream', direct, see(far, transport, flv, route, relayPath(agent, relay, far)))
    }

    // Connecting costs no media, so an agent looks at many: each edge of its country has somebody who does.
    const reach = Math.min(6, domestic.length)
    for (let step = 0; step < reach; step++)
      bothTransports(8 / reach, 'connect', pick(domestic, agent.index * 5 + step))
    for (const somewhere of centers) bothTransports(0.4, 'connect', somewhere)
    add(1.5, 'connect', see(local, 'tcp'), see(center, 'quic'), false)
    return planOf(errands)
  }
}

function planOf(errands: readonly (Errand & { readonly weight: number })[]): Plan {
  const total = errands.reduce((sum, errand) => sum + errand.weight, 0)
  const until = new Float64Array(errands.length)
  let sum = 0
  for (const [index, errand] of errands.entries()) {
    sum += errand.weight
    until[index] = sum / total
  }
  return { errands, until }
}

/** Nodes of the agent's own network first, then by distance: what steering would choose. */
function byCloseness(agent: SimulatedAgent, nodes: readonly SimulatedNode[]): SimulatedNode[] {
  const foreign = ({ node }: SimulatedNode) => (node.isps.includes(agent.isp.name) ? 0 : 1)
  return byDistance(agent, nodes).sort((a, b) => foreign(a) - foreign(b))
}

function byDistance(agent: SimulatedAgent, nodes: readonly SimulatedNode[]): SimulatedNode[] {
  return nodes
    .map((node) => ({ node, km: kilometresBetween(agent, node) }))
    .sort((a, b) => a.km - b.km || a.node.index - b.node.index)
    .map(({ node }) => node)
}
