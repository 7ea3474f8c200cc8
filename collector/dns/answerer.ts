import type { Located, SteeringCell } from '@streamgauge/contract'
import ipaddr from 'ipaddr.js'
import { type Now, wallClock } from '../clock.ts'
import { type Query, readQuery, type Unreadable } from './query.ts'
import type { DnsRules } from './rules.ts'
import { answeredSubnet, networkOf, type Subnet, scopeOf } from './subnet.ts'
import {
  CLASS_IN,
  encodeOpt,
  HEADER_BYTES,
  pointerTo,
  RCODES,
  type Rcode,
  TYPES,
  UDP_MAX_BYTES,
  UDP_PLAIN_BYTES,
} from './wire.ts'
import { type Body, type Stream, Zone } from './zone.ts'

/** While nothing is known of now, answers are asked for again as soon as this, s. */
const STALE_TTL_S = 10
/** Whose address it is, is remembered of so many. */
const LOCATED_MAX_COUNT = 65_536
const AUTHORITATIVE = 0x0400
const TRUNCATED = 0x0200
const RESPONSE = 0x8000

/** Where viewers are sent: what the answerer needs of steering. */
export interface Decided {
  cellOf(country: string | null, isp: string | null): SteeringCell | null
  readonly freshness: { readonly stale: boolean }
}

/** What answering takes. */
export interface AnswererDeps {
  readonly rules: DnsRules
  readonly decided: Decided
  readonly locator: { locate(address: string): Located | null }
  readonly now?: Now
}

/** An answer, and what is counted of it. */
export interface Answered {
  readonly message: Buffer
  readonly rcode: Rcode
  readonly truncated: boolean
}

/**
 * Answers queries from the table of steering as it is at that moment. What is said to a cell is made once for each of its versions.
 */
export class Answerer {
  readonly #deps: AnswererDeps
  readonly #zone: Zone
  readonly #believed: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][]
  readonly #located = new Map<string, Pick<Located, 'country' | 'isp' | 'reserved'>>()
  /** A cell is another one each round, and what was made for it goes with it. */
  readonly #bodies = new WeakMap<SteeringCell, Map<Stream, Map<number, Body>>>()

  constructor(deps: AnswererDeps) {
    const { rules, now = wallClock } = deps
    this.#deps = deps
    this.#zone = new Zone(rules, Math.floor(now() / 1_000))
    const blocks = Array.isArray(rules.client_subnet) ? rules.client_subnet : []
    this.#believed = blocks.map((block) =>
      ipaddr.isValidCIDR(block)
        ? ipaddr.parseCIDR(block)
        : [ipaddr.parse(block), ipaddr.parse(block).kind() === 'ipv4' ? 32 : 128],
    )
  }

  /**
   * The answer to a message; `null`: none must be given.
   * @param from the resolver's address
   * @param slip says no more than to come back over TCP
   */
  answer(message: Buffer, from: string, transport: 'udp' | 'tcp', slip = false): Answered | null {
    const query = readQuery(message)
    if (query === null) return null
    if ('rcode' in query) return refusalOf(query)
    const subnet = this.#subnetOf(query, from)
    if (query.edns !== null && query.edns.version !== 0)
      return this.#compose(query, { ...this.#zone.refused, rcode: 'BADVERS' }, null, 65_535, slip)
    const found = this.#find(query, subnet, from)
    const option = subnet === null ? null : answeredSubnet(subnet, found.isForSubnet ? scopeOf(subnet) : 0)
    return this.#compose(query, found.body, option, roomFor(query, transport), slip)
  }

  #find(query: Query, subnet: Subnet | null, from: string): { body: Body; isForSubnet: boolean } {
    const { type } = query
    const same = (body: Body) => ({ body, isForSubnet: false })
    // Copies of the zone are given to nobody: an answer depends on who asks.
    if (query.class !== CLASS_IN || type === TYPES.AXFR || type === TYPES.IXFR)
      return same(this.#zone.refused)
    const found = this.#zone.find(query.name)
    if (found === 'elsewhere') return same(this.#zone.refused)
    if (found === 'absent') return same(this.#zone.absent)
    if ('byType' in found) return same(this.#zone.fixedBody(found, type))
    const { country, isp } = this.#place(subnet, from)
    const cell = this.#deps.decided.cellOf(country, isp)
    if (cell === null) return same(this.#zone.failed)
    return { body: this.#bodyOf(found, cell, type), isForSubnet: subnet !== null && subnet.source_bits > 0 }
  }

  #bodyOf(stream: Stream, cell: SteeringCell, type: number): Body {
    const { ttl_s } = this.#deps.rules
    const isStale = this.#deps.decided.freshness.stale
    // All types that are not told apart are answered alike.
    const isOwn = type === TYPES.A || type === TYPES.AAAA || type === TYPES.ANY
    const key = 2 * (isOwn ? type : 0) + Number(isStale)
    const streams = this.#bodies.get(cell) ?? new Map<Stream, Map<number, Body>>()
    this.#bodies.set(cell, streams)
    const known = streams.get(stream) ?? new Map<number, Body>()
    streams.set(stream, known)
    const made =
      known.get(key) ??
      this.#zone.streamBody(stream, cell, type, isStale ? Math.min(STALE_TTL_S, ttl_s) : ttl_s)
    known.set(key, made)
    return made
  }

  /** For whom a resolver asks, if it is believed. */
  #subnetOf({ edns }: Query, from: string): Subnet | null {
    const subnet = edns?.subnet ?? null
    const { client_subnet } = this.#deps.rules
    if (subnet === null || client_subnet === 'off') return null
    if (client_subnet === 'any') return subnet
    const address = ipaddr.parse(from)
    const isBelieved = this.#believed.some(
      ([block, bits]) => block.kind() === address.kind() && address.match(block, bits),
    )
    return isBelieved ? subnet : null
  }

  /** A subnet that is nobody's (private, say) is somebody near the resolver. */
  #place(subnet: Subnet | null, from: string): Pick<Located, 'country' | 'isp'> {
    if (subnet === null || subnet.source_bits === 0) return this.#locate(from)
    const located = this.#locate(networkOf(subnet))
    return located.reserved !== null && located.country === null ? this.#locate(from) : located
  }

  #locate(address: string): Pick<Located, 'country' | 'isp' | 'reserved'> {
    const known = this.#located.get(address)
    if (known !== undefined) return known
    const { country, isp, reserved } = this.#deps.locator.locate(address) ?? NOWHERE
    const located = { country, isp, reserved }
    const [oldest] = this.#located.size < LOCATED_MAX_COUNT ? [] : this.#located.keys()
    if (oldest !== undefined) this.#located.delete(oldest)
    this.#located.set(address, located)
    return located
  }

  #compose(query: Query, body: Body, option: Buffer | null, maxBytes: number, slip: boolean): Answered {
    const { question, edns } = query
    const code = RCODES[body.rcode]
    const opt = edns === null ? Buffer.alloc(0) : encodeOpt(code >> 4, edns.isDnssecOk, option)
    const whole = HEADER_BYTES + question.length + body.records.length + opt.length
    const truncated = slip || whole > maxBytes
    const records = truncated ? Buffer.alloc(0) : body.records
    const head = headOf(
      query,
      (body.authoritative ? AUTHORITATIVE : 0) | (truncated ? TRUNCATED : 0) | (code & 15),
    )
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(truncated ? 0 : body.answers_count, 6)
    head.writeUInt16BE(truncated ? 0 : body.authorities_count, 8)
    head.writeUInt16BE(edns === null ? 0 : 1, 10)
    const message = Buffer.concat([head, question, records, opt])
    if (body.authorities_count > 0 && !truncated)
      pointerTo(HEADER_BYTES + query.name.length - this.#zone.name.length).copy(
        message,
        HEADER_BYTES + question.length,
      )
    return { message, rcode: body.rcode, truncated }
  }
}

const NOWHERE = { country: null, isp: null, reserved: null }

function roomFor({ edns }: Query, transport: 'udp' | 'tcp'): number {
  if (transport === 'tcp') return 65_535
  if (edns === null) return UDP_PLAIN_BYTES
  return Math.min(UDP_MAX_BYTES, Math.max(UDP_PLAIN_BYTES, edns.payload_bytes))
}

/** To what cannot be read, or is no query, the header alone. */
function refusalOf(query: Unreadable): Answered {
  return { message: headOf(query, RCODES[query.rcode]), rcode: query.rcode, truncated: false }
}

function headOf({ id, opcode, flags }: Unreadable | Query, word: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(RESPONSE | (opcode << 11) | flags | word, 2)
  return head
}
