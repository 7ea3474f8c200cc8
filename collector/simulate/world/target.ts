import type { Format, Transport } from '@streamgauge/contract'
import { OWN, type SimulatedNode } from './node.ts'

/** A test stream of the simulated world. */
export interface Stream {
  readonly stream_id: string
  readonly format: Exclude<Format, 'none'>
  readonly bitrate_bps: number
}

/** What the nodes serve. Every node has the first; centers have all; some edges have more than the first. */
export const STREAMS: readonly [Stream, Stream, Stream] = [
  { stream_id: 'sim-720p', format: 'flv', bitrate_bps: 2_000_000 },
  { stream_id: 'sim-1080p', format: 'hls', bitrate_bps: 4_000_000 },
  { stream_id: 'sim-720p-ll', format: 'll-hls', bitrate_bps: 2_500_000 },
]
const [FLV, HLS, LL_HLS] = STREAMS

/** Own edges in these countries relay to the centres. */
const RELAY_COUNTRIES = ['JP', 'IN', 'AE', 'TR', 'GB', 'NL', 'US', 'BR', 'AU', 'EG']

/** One URL of the simulated world. */
export interface SimulatedTarget {
  readonly index: number
  readonly target_id: string
  readonly url: string
  readonly node: SimulatedNode
  readonly stream: Stream
  readonly route: string
  /** The node the bytes pass on a `relay:` route. */
  readonly relay: SimulatedNode | null
  readonly transport: Transport
}

/** Every target, and the look-up by what it is. */
export interface Targets {
  readonly list: readonly SimulatedTarget[]
  readonly find: (
    node: SimulatedNode,
    stream: Stream,
    route: string,
    transport: Transport,
  ) => SimulatedTarget | null
  readonly relays: readonly SimulatedNode[]
}

/** Makes every target of the nodes, over TCP and over QUIC. */
export function makeTargets(nodes: readonly SimulatedNode[]): Targets {
  const list: SimulatedTarget[] = []
  const byId = new Map<string, SimulatedTarget>()
  const relays = RELAY_COUNTRIES.flatMap(
    (code) =>
      nodes.find(({ node }) => node.kind === 'edge' && node.country === code && node.provider === OWN) ?? [],
  )
  const add = (node: SimulatedNode, stream: Stream, route: string, relay: SimulatedNode | null) => {
    for (const transport of ['tcp', 'quic'] as const) {
      const target_id = idOf(node, stream, route, transport)
      const file = `${stream.stream_id}.${stream.format === 'flv' ? 'flv' : 'm3u8'}`
      const url = `https://${hostOf(node, route)}/live/${file}`
      const target = { index: list.length, target_id, url, node, stream, route, relay, transport }
      list.push(target)
      byId.set(target_id, target)
    }
  }
  for (const node of nodes) {
    add(node, FLV, 'public', null)
    if (node.node.kind === 'edge') {
      if (node.index % 3 === 0) add(node, HLS, 'public', null)
      if (node.index % 6 === 1) add(node, LL_HLS, 'public', null)
      continue
    }
    add(node, HLS, 'public', null)
    add(node, LL_HLS, 'public', null)
    add(node, FLV, 'dedicated', null)
    for (const relay of relays) add(node, FLV, `relay:${relay.node.node_id}`, relay)
  }
  return {
    list,
    find: (node, stream, route, transport) => byId.get(idOf(node, stream, route, transport)) ?? null,
    relays,
  }
}

function idOf({ node }: SimulatedNode, { format }: Stream, route: string, transport: Transport): string {
  const way = route === 'public' ? '' : `-${route.replace(':', '-')}`
  return `${node.node_id}-${format}-${transport}${way}`
}

/** Names under `.invalid` lead nowhere (RFC 6761). */
function hostOf({ node }: SimulatedNode, route: string): string {
  const way = route === 'public' ? '' : `${route.replace(':', '-')}.`
  return `${way}${node.node_id}.invalid`
}
