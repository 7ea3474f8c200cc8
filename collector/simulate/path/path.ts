import { hash, hashOf, share } from '../random.ts'
import type { SimulatedAgent } from '../world/agent.ts'
import type { Country, Isp, Place } from '../world/country.ts'
import type { SimulatedNode } from '../world/node.ts'
import { kilometresBetween } from './distance.ts'
import { fiberRttMs } from './rtt.ts'

/** What lies between an agent and what it pulls, when nobody else is awake. */
export interface Path {
  readonly rtt_ms: number
  /** Of packets, on the way down. */
  readonly loss_ratio: number
  /** What the line can bring. */
  readonly bandwidth_bps: number
  /** How much of the evening crowd it meets abroad: 0 at home, 1 over public borders. */
  readonly crossing: number
  /** Stable hash of both ends and the way between. */
  readonly key: number
}

/** How a packet comes into the network of the nodes, and what is behind. */
interface Leg {
  readonly rtt_ms: number
  readonly loss_ratio: number
  readonly crossing: number
}

/** Between machines of a data centre and its first router. */
const SITE_RTT_MS = 0.3
/** Loss that no path is free of. */
const LEAST_LOSS = 0.000_05

/** Straight over the Internet. */
export function publicPath(agent: SimulatedAgent, node: SimulatedNode): Path {
  return assemble(agent, node, [internet(agent, agent.country, agent.isp, node)], 1)
}

/** To the nearest centre over the Internet, then `lineRttMs` over lines of our own. */
export function dedicatedPath(
  agent: SimulatedAgent,
  entry: SimulatedNode,
  lineRttMs: number,
  node: SimulatedNode,
): Path {
  const line = { rtt_ms: lineRttMs, loss_ratio: LEAST_LOSS, crossing: 0 }
  return assemble(agent, node, [internet(agent, agent.country, agent.isp, entry), line], 2)
}

/** To the relay over the Internet, then over the Internet again, but between data centres. */
export function relayPath(agent: SimulatedAgent, relay: SimulatedNode, node: SimulatedNode): Path {
  const onward = internet(relay, relay.place, null, node)
  const better = {
    ...onward,
    rtt_ms: onward.rtt_ms * 0.9,
    loss_ratio: onward.loss_ratio * 0.4,
    crossing: 0.4,
  }
  return assemble(agent, node, [internet(agent, agent.country, agent.isp, relay), better], 3)
}

function assemble(agent: SimulatedAgent, node: SimulatedNode, legs: readonly Leg[], way: number): Path {
  const key = hash(agent.key, node.key, way)
  const { isp, line } = agent
  return {
    rtt_ms: isp.access_ms * line + SITE_RTT_MS + legs.reduce((sum, leg) => sum + leg.rtt_ms, 0),
    loss_ratio: LEAST_LOSS + 0.000_2 * line + legs.reduce((sum, leg) => sum + leg.loss_ratio, 0),
    bandwidth_bps: (isp.access_bps / line) * (0.7 + 0.6 * share(key, 1)),
    crossing: Math.min(
      1,
      legs.reduce((sum, leg) => sum + leg.crossing, 0),
    ),
    key,
  }
}

/** The Internet between two places. `isp` is the network at the near end; `null`: a data centre's own transit. */
function internet(from: Place, country: Country, isp: Isp | null, node: SimulatedNode): Leg {
  const km = kilometresBetween(from, node)
  const abroad = country.code !== node.place.code
  const detour = share(hashOf([country.code, node.place.code].sort().join()), 1)
  const own = isp !== null && node.node.isps.includes(isp.name)
  const meeting = share(hash(isp?.asn ?? 0, node.key), 2)
  if (!abroad) {
    // One network in ten has no exchange in its own country with that node's network, and goes round.
    const peering = own ? 0 : meeting < 0.1 ? 35 + 200 * meeting : 1 + 6 * meeting
    const loss = (own ? 0.000_1 : 0.000_5) * (0.5 + meeting)
    return { rtt_ms: fiberRttMs(km, 1.4 + 0.3 * detour) + peering, loss_ratio: loss, crossing: 0 }
  }
  const border = country.border_ms + node.place.border_ms
  const lossy = Math.sqrt(country.border_loss * node.place.border_loss)
  return {
    rtt_ms: fiberRttMs(km, 1.5 + 0.5 * detour) + border + 1 + 10 * meeting,
    loss_ratio: (0.000_4 + 0.000_6 * meeting + (0.001 * km) / 10_000) * lossy,
    crossing: 1,
  }
}
