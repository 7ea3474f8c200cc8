import type { Node } from '@streamgauge/contract'
import { hashOf, share } from '../random.ts'
import { CENTERS } from './center.ts'
import type { Country } from './country.ts'
import { pick } from './pick.ts'

/** What the servers of a node run; the record does not tell, and the stalls do. */
export type Congestion = 'cubic' | 'bbr'

/** A delivery site with what the record of a run does not show of it. */
export interface SimulatedNode {
  readonly index: number
  readonly node: Node
  readonly place: Country
  /** Stable hash of the id. */
  readonly key: number
  readonly latitude: number
  readonly longitude: number
  /** Of its TCP servers; QUIC is always CUBIC. */
  readonly congestion: Congestion
  /** Time to answer a request. */
  readonly think_ms: number
  readonly server_ip: string
}

/** Our own network and the other vendor's. */
export const OWN = 'own'
export const VENDOR = 'vendor'
/** Every so many edge nodes one is the vendor's. */
const VENDOR_EVERY = 4

/** The nine centres, then `edgeCount` edges, spread over the countries by weight. */
export function makeNodes(countries: readonly Country[], edgeCount: number): SimulatedNode[] {
  const byCode = new Map(countries.map((country) => [country.code, country]))
  const nodes: SimulatedNode[] = []
  for (const { code, city, country, latitude, longitude } of CENTERS) {
    const place = byCode.get(country)
    if (place === undefined) continue
    const node: Node = {
      node_id: `sim-center-${code}`,
      name: `${city} (simulated)`,
      kind: 'center',
      country,
      latitude,
      longitude,
      isps: place.isps.map((isp) => isp.name),
      provider: OWN,
      capacity_bps: 400e9,
    }
    nodes.push(simulated(nodes.length, node, place))
  }
  for (const [country, count] of spread(countries, edgeCount))
    for (let number = 0; number < count; number++) {
      const edge = edgeOf(country, number)
      nodes.push(simulated(nodes.length, edge, country))
    }
  return nodes
}

/** `total` things over the countries by weight, by largest remainder; each gets one at least where there is enough. */
export function spread(countries: readonly Country[], total: number): [Country, number][] {
  const weights = countries.reduce((sum, country) => sum + country.weight, 0)
  const shares = countries.map((country) => (total * country.weight) / weights)
  const counts = shares.map(Math.floor)
  const byRemainder = shares
    .map((exact, index) => ({ index, remainder: exact - Math.floor(exact) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index)
  const left = total - counts.reduce((sum, count) => sum + count, 0)
  for (const { index } of byRemainder.slice(0, left)) counts[index] = (counts[index] ?? 0) + 1
  return countries.map((country, index) => [country, counts[index] ?? 0])
}

function edgeOf(country: Country, number: number): Node {
  const { isps, cities } = country
  const isp = pick(isps, number)
  const city = pick(cities, number / isps.length)
  const provider = number % VENDOR_EVERY === VENDOR_EVERY - 1 ? VENDOR : OWN
  const owner = provider === OWN ? 'edge' : 'vendor'
  const id = `sim-${owner}-${country.code.toLowerCase()}-${isp.slug}-${number + 1}`
  const key = hashOf(id)
  return {
    node_id: id,
    name: `${city.name} ${isp.name} ${number + 1} (simulated)`,
    kind: 'edge',
    country: country.code,
    latitude: degrees(city.latitude + 0.24 * (share(key, 1) - 0.5)),
    longitude: degrees(city.longitude + 0.24 * (share(key, 2) - 0.5)),
    isps: [isp.name],
    provider,
    capacity_bps: share(key, 3) < 0.3 ? 40e9 : 10e9,
  }
}

/** Addresses are from 198.18.0.0/15, which nothing on the Internet has (RFC 2544). */
function simulated(index: number, node: Node, place: Country): SimulatedNode {
  const key = hashOf(node.node_id)
  const modern = node.kind === 'center' ? 0.25 : node.provider === OWN ? 0.2 : 0.1
  return {
    index,
    node,
    place,
    key,
    latitude: node.latitude ?? 0,
    longitude: node.longitude ?? 0,
    congestion: share(key, 4) < modern ? 'bbr' : 'cubic',
    think_ms: (node.provider === OWN ? 1.5 : 2.5) + 3 * share(key, 5),
    server_ip: `198.18.${index >> 8}.${index & 255}`,
  }
}

/** Two decimals: a kilometre. */
function degrees(value: number): number {
  return Math.round(value * 100) / 100
}
