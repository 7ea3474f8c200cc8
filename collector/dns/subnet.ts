import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** No answer differs within these: a cell is looked up by so many bits of an address. */
const BITS = { 4: 24, 6: 56 } as const
const FAMILIES = { 1: 4, 2: 6 } as const

/** For whom a resolver asks (EDNS Client Subnet, RFC 7871). */
export interface Subnet {
  /** 4 or 6. */
  readonly version: 4 | 6
  readonly source_bits: number
  /** The option as it came. */
  readonly data: Buffer
}

/** Reads the option; `null`: nobody is named. `undefined`: it makes no sense, also what it must not say in a query (RFC 7871, 6). */
export function readSubnet(data: Buffer): Subnet | null | undefined {
  if (data.length < 4) return undefined
  const family = data.readUInt16BE(0)
  const [source = 0, scope = 0] = data.subarray(2)
  const bytes = data.subarray(4)
  if (scope !== 0 || bytes.length !== Math.ceil(source / 8)) return undefined
  if (family === 0 && source === 0) return null
  if (family !== 1 && family !== 2) return undefined
  const version = FAMILIES[family]
  if (source > (version === 4 ? 32 : 128)) return undefined
  const rest = source % 8
  if (rest !== 0 && ((bytes.at(-1) ?? 0) & (0xff >> rest)) !== 0) return undefined
  return { version, source_bits: source, data: Buffer.from(data) }
}

/** How much of the subnet an answer was made for, in bits: never more than was said. */
export function scopeOf({ version, source_bits }: Subnet): number {
  return Math.min(source_bits, BITS[version])
}

/** The option of an answer: what came, and for how much of it the answer holds. */
export function answeredSubnet({ data }: Subnet, scopeBits: number): Buffer {
  const option = Buffer.from(data)
  option[3] = scopeBits
  return option
}

/** The first address of the network a cell is looked up for. */
export function networkOf(subnet: Subnet): string {
  const { version, data } = subnet
  const bytes = Buffer.alloc(version === 4 ? 4 : 16)
  data.copy(bytes, 0, 4, 4 + BITS[version] / 8)
  return version === 4 ? bytes.join('.') : ipaddr.fromByteArray([...bytes]).toString()
}

/** The network (/24, /56) an address is in: all of it is one to the limit of answers. */
export function prefixOf(address: string): string {
  if (isIP(address) !== 6) return address.slice(0, address.lastIndexOf('.'))
  const parts = ipaddr.IPv6.parse(address).parts.slice(0, 4)
  return `${parts.slice(0, 3).join(':')}:${(parts[3] ?? 0) >> 8}`
}

/** An address without what a socket of both families puts before one of IPv4, and without a zone. */
export function plainAddress(address: string): string {
  const [bare = ''] = address.split('%', 1)
  return /^::ffff:\d+\./i.test(bare) ? bare.slice(7) : bare
}
