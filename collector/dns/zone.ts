import type { SteeringCell } from '@streamgauge/contract'
import type { DnsRules, Place } from './rules.ts'
import { type Content, encodeRecords, type Rcode, TYPES, wireName } from './wire.ts'

/** What an answer says, ready to be sent behind a question. */
export interface Body {
  readonly rcode: Rcode
  /** In the section of answers, or else (the SOA that says for how long there is none) in that of authorities. */
  readonly answers_count: number
  readonly authorities_count: number
  /** All of them are of the name that was asked for, but for that SOA: its first two bytes have to point to the zone. */
  readonly records: Buffer
  /** Whether we are who knows. */
  readonly authoritative: boolean
}

/** A stream's name: what is answered depends on who asks. */
export interface Stream {
  readonly places: ReadonlyMap<string, Place>
}

/** A name that is the same for everybody. */
export interface Fixed {
  readonly byType: ReadonlyMap<number, Body>
}

/** Steps in which those who hold a copy of a zone would ask for it anew; there are none. */
const REFRESH = { refresh: 3_600, retry: 600, expire: 86_400 }

/** What is in the zone, and what is answered about it. */
export class Zone {
  /** As in a message. */
  readonly name: string
  readonly absent: Body
  readonly none: Body
  readonly failed = emptyBody('SERVFAIL')
  readonly refused = emptyBody('REFUSED')
  readonly #rules: DnsRules
  readonly #names = new Map<string, Stream | Fixed>()
  readonly #minimal: Body

  /** @param serial of the SOA: when this answerer began, s since 1970 */
  constructor(rules: DnsRules, serial: number) {
    this.#rules = rules
    this.name = wireName(rules.zone)
    const { ttl_s: ttl, name_servers, contact, streams } = rules
    const [first] = name_servers
    const data = {
      ...{ mname: first?.name ?? '.', rname: mailName(contact), serial, minimum: ttl },
      ...REFRESH,
    }
    const soa: Content = { type: 'SOA', ttl, data }
    const negative = { answers_count: 0, authorities_count: 1, records: encodeRecords([soa]) }
    this.absent = { ...negative, rcode: 'NXDOMAIN', authoritative: true }
    this.none = { ...negative, rcode: 'NOERROR', authoritative: true }
    // Whoever asks for everything gets one small thing (RFC 8482, 4.2).
    this.#minimal = bodyOf([{ type: 'HINFO', ttl, data: { cpu: 'RFC8482', os: '' } }])
    for (const [name, places] of streams) this.#names.set(wireName(name), { places })
    for (const { name, ipv4, ipv6 } of name_servers)
      if (name.endsWith(`.${rules.zone}`)) {
        const found = [...addressRecords('A', ipv4, ttl), ...addressRecords('AAAA', ipv6, ttl)]
        this.#names.set(wireName(name), this.#fixed(found))
      }
    const own = name_servers.map(({ name }) => ({ type: 'NS' as const, ttl, data: name }))
    this.#names.set(this.name, this.#fixed([soa, ...own]))
    // Between a name and the zone there are others, with nothing of their own (RFC 8020).
    for (const name of [...this.#names.keys()])
      for (const above of suffixesOf(name))
        if (above.length > this.name.length && !this.#names.has(above))
          this.#names.set(above, this.#fixed([]))
  }

  /** What a name stands for; `absent`: it is not there. `elsewhere`: it is of another zone. */
  find(name: string): Stream | Fixed | 'absent' | 'elsewhere' {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    return suffixesOf(name).includes(this.name) ? 'absent' : 'elsewhere'
  }

  /** What a name that is the same for everybody has of a type. */
  fixedBody({ byType }: Fixed, type: number): Body {
    return byType.get(type) ?? (type === TYPES.ANY && byType.size > 0 ? this.#minimal : this.none)
  }

  /** What viewers of a cell are told of a stream: the first node of the cell's that has it, and others that are well behind it. */
  streamBody({ places }: Stream, cell: SteeringCell, type: number, ttl: number): Body {
    const there = cell.targets.flatMap(({ node_id, ill }) => {
      const place = places.get(node_id)
      return place === undefined ? [] : [{ place, ill }]
    })
    const first = there[0]?.place
    if (first === undefined) return this.failed
    if (first.host !== null) return bodyOf([{ type: 'CNAME', ttl, data: first.host }])
    if (type === TYPES.ANY) return this.#minimal
    if (type !== TYPES.A && type !== TYPES.AAAA) return this.none
    const family = type === TYPES.A ? 'ipv4' : 'ipv6'
    // Only where the best node has no such address: the next best's would draw viewers there who can reach the best.
    if (first[family].length === 0) return this.none
    const addresses = there
      .filter(({ place, ill }, index) => index === 0 || (!ill && place[family].length > 0))
      .slice(0, this.#rules.nodes_count)
      .flatMap(({ place }) => place[family])
    return bodyOf(addressRecords(type === TYPES.A ? 'A' : 'AAAA', [...new Set(addresses)], ttl))
  }

  #fixed(records: readonly Content[]): Fixed {
    const numbers: Readonly<Record<string, number>> = TYPES
    const byType = Map.groupBy(records, ({ type }) => numbers[type] ?? 0)
    return { byType: new Map([...byType].map(([type, of]) => [type, bodyOf(of)])) }
  }
}

function bodyOf(records: readonly Content[]): Body {
  return {
    ...{ rcode: 'NOERROR', answers_count: records.length, authorities_count: 0 },
    ...{ records: encodeRecords(records), authoritative: true },
  }
}

function emptyBody(rcode: Rcode): Body {
  return { rcode, answers_count: 0, authorities_count: 0, records: Buffer.alloc(0), authoritative: false }
}

function addressRecords(type: 'A' | 'AAAA', addresses: readonly string[], ttl: number): Content[] {
  return addresses.map((data) => ({ type, ttl, data }))
}

/** `a.b@example.com` as `a\.b.example.com` (RFC 1035, 8). */
function mailName(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at).replaceAll('.', '\\.')}.${address.slice(at + 1)}`
}

/** A name as in a message, and all names above it but the root. */
function suffixesOf(name: string): string[] {
  const suffixes: string[] = []
  for (let at = 0; at < name.length - 1; at += 1 + name.charCodeAt(at)) suffixes.push(name.slice(at))
  return suffixes
}
