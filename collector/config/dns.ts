import { isIP } from 'node:net'
import { Id, type Target } from '@streamgauge/contract'
import ipaddr from 'ipaddr.js'
import { type Static, Type } from 'typebox'
import type { DnsRules, Place } from '../dns/rules.ts'

const closed = { additionalProperties: false }
const Name = Type.String({ minLength: 1, maxLength: 253 })
const Address = Type.String({ minLength: 2, maxLength: 45 })
/** More do not fit into an answer over UDP. */
const ADDRESSES_MAX = 16

/** The key `steering.dns`: what is answered over DNS, and where. */
export const DnsEntry = Type.Object(
  {
    /** Names are `<stream>.<zone>`. */
    zone: Name,
    addresses: Type.Optional(Type.Array(Address, { minItems: 1, maxItems: 16, uniqueItems: true })),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
    name_servers: Type.Array(
      Type.Object(
        {
          name: Name,
          addresses: Type.Optional(Type.Array(Address, { minItems: 1, maxItems: ADDRESSES_MAX })),
        },
        closed,
      ),
      { minItems: 1, maxItems: 8 },
    ),
    /** A mail address. */
    contact: Type.Optional(Type.String({ maxLength: 254, pattern: '^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$' })),
    ttl_s: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })),
    nodes_count: Type.Optional(Type.Integer({ minimum: 1, maximum: 8 })),
    names: Type.Optional(
      Type.Array(Type.Object({ name: Name, stream_id: Id }, closed), { minItems: 1, maxItems: 10_000 }),
    ),
    nodes: Type.Optional(
      Type.Array(
        Type.Object(
          { node_id: Id, addresses: Type.Array(Address, { minItems: 1, maxItems: ADDRESSES_MAX }) },
          closed,
        ),
        { maxItems: 10_000 },
      ),
    ),
    client_subnet: Type.Optional(
      Type.Union([
        Type.Literal('any'),
        Type.Literal('off'),
        Type.Array(Type.String({ minLength: 2, maxLength: 64 }), { minItems: 1, maxItems: 1_000 }),
      ]),
    ),
    rate_per_s: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  },
  closed,
)
export type DnsEntry = Static<typeof DnsEntry>

type Refuse = (problem: string) => never

/** What is configured besides. */
interface Around {
  readonly targets: readonly Target[]
  readonly nodeIds: ReadonlySet<string>
}

/** Rules with everything filled in. `refuse` is told of the first that makes no sense, and throws. */
export function fillDns(entry: DnsEntry, { targets, nodeIds }: Around, refuse: Refuse): DnsRules {
  const no: Refuse = (problem) => refuse(`steering.dns.${problem}`)
  const zone = readName(entry.zone, 'zone', no)
  const name_servers = entry.name_servers.map(({ name, addresses = [] }, index) => {
    const at = `name_servers[${index}]`
    const host = readName(name, `${at}.name`, no)
    if (isWithin(host, zone) && addresses.length === 0)
      no(`${at}: '${host}' is in the zone itself, so give its addresses`)
    if (host === zone) no(`${at}.name: the zone itself cannot be its name server`)
    return { name: host, ...byFamily(addresses, `${at}.addresses`, no) }
  })
  const given = new Map(
    (entry.nodes ?? []).map(({ node_id, addresses }, index) => {
      if (!nodeIds.has(node_id)) no(`nodes[${index}].node_id: no node '${node_id}'`)
      return [node_id, byFamily(addresses, `nodes[${index}].addresses`, no)]
    }),
  )
  const byStream = Map.groupBy(targets, ({ stream_id }) => stream_id)
  const streams = new Map<string, ReadonlyMap<string, Place>>()
  for (const [index, { name, stream_id }] of namesOf(entry, byStream).entries()) {
    const at = entry.names === undefined ? 'zone' : `names[${index}]`
    const hint = entry.names === undefined ? `: say under names how stream '${stream_id}' is called` : ''
    const full = readName(`${name}.${zone}`, at, (problem) => no(`${problem}${hint}`))
    const there = byStream.get(stream_id) ?? no(`${at}.stream_id: no target has the stream '${stream_id}'`)
    if (streams.has(full)) no(`${at}: '${full}' is there twice${hint}`)
    if (name_servers.some((server) => server.name === full)) no(`${at}: '${full}' is a name server${hint}`)
    streams.set(full, placesOf(there, given, zone, no))
  }
  const { client_subnet = 'any' } = entry
  if (Array.isArray(client_subnet))
    for (const [index, block] of client_subnet.entries())
      if (isIP(block) === 0 && !ipaddr.isValidCIDR(block))
        no(`client_subnet[${index}]: '${block}' is no address and no block`)
  const addresses = entry.addresses ?? ['127.0.0.1']
  byFamily(addresses, 'addresses', no)
  const contact = entry.contact ?? `hostmaster@${zone}`
  return {
    ...{ zone, addresses, name_servers, contact, streams, client_subnet },
    port: entry.port ?? 53,
    ttl_s: entry.ttl_s ?? 20,
    nodes_count: entry.nodes_count ?? 1,
    rate_per_s: entry.rate_per_s ?? 200,
  }
}

function namesOf(
  { names }: DnsEntry,
  byStream: ReadonlyMap<string, unknown>,
): readonly { readonly name: string; readonly stream_id: string }[] {
  return names ?? [...byStream.keys()].map((stream_id) => ({ name: stream_id, stream_id }))
}

/**
 * Where a stream is on each node: the addresses given for the node, or else those of its targets for the stream, by the route of the
 * first of them; or else the name in that one's URL.
 */
function placesOf(
  targets: readonly Target[],
  given: ReadonlyMap<string, Pick<Place, 'ipv4' | 'ipv6'>>,
  zone: string,
  no: Refuse,
): Map<string, Place> {
  const places = new Map<string, Place>()
  for (const [node_id, there] of Map.groupBy(targets, (target) => target.node_id)) {
    const [first] = there
    if (first === undefined) continue
    const known = given.get(node_id)
    const found = there
      .filter(({ route }) => route === first.route)
      .map(({ address, url }) => address ?? hostOf(url))
      .filter((host) => isIP(host) !== 0)
    const addresses = known ?? byFamily(found, '', no)
    const hasAddress = addresses.ipv4.length + addresses.ipv6.length > 0
    const host = hostOf(first.url)
    if (hasAddress) places.set(node_id, { ...addresses, host: null })
    else {
      const at = `nodes: '${node_id}' has no address`
      const name = readName(host, `${at}, and the URL of target '${first.target_id}'`, no)
      if (isWithin(name, zone)) no(`${at}, and the URL of target '${first.target_id}' is in the zone itself`)
      places.set(node_id, { ...addresses, host: name })
    }
  }
  return places
}

/** A name in lower case, without the dot at its end. */
function readName(text: string, at: string, no: Refuse): string {
  const name = text.toLowerCase().replace(/\.$/, '')
  const isSound = name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  return isSound && name.length <= 253 ? name : no(`${at}: '${text}' is no name in the DNS`)
}

function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`)
}

function byFamily(addresses: readonly string[], at: string, no: Refuse): Pick<Place, 'ipv4' | 'ipv6'> {
  const wrong = addresses.find((address) => isIP(address) === 0 || address.includes('%'))
  if (wrong !== undefined) no(`${at}: '${wrong}' is no address`)
  const once = [...new Set(addresses.map((address) => ipaddr.parse(address).toString()))]
  return {
    ipv4: once.filter((address) => isIP(address) === 4),
    ipv6: once.filter((address) => isIP(address) === 6),
  }
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}
