import ipaddr from 'ipaddr.js'

/** An address as it is looked up. */
export interface Address {
  /** What to look up: 4 bytes for IPv4, 16 for IPv6. */
  readonly bytes: readonly number[]
  /** In its usual form. */
  readonly text: string
  /** Of what kind an address is that belongs to no network of the internet, as `private` or `loopback`; `null`: it may. */
  readonly reserved: string | null
}

/** Ranges of IPv6 that hold an IPv4 address, by where it begins: IPv4-mapped, NAT64 (RFC 6052) and 6to4 (RFC 3056). */
const EMBEDDED: Readonly<Record<string, number>> = { ipv4Mapped: 12, rfc6052: 12, '6to4': 2 }
const PUBLIC: readonly string[] = ['unicast', 'as112']

/**
 * Reads an address: four decimal numbers, or IPv6 without a zone. One that holds an IPv4 address is that one: who is behind NAT64
 * or 6to4 is a customer of its network. `null`: it is none.
 */
export function readAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text) && !/(^|\.)0\d/.test(text))
    return addressOf(ipaddr.IPv4.parse(text))
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return null
  const address = ipaddr.IPv6.parse(text)
  const at = EMBEDDED[address.range()]
  return at === undefined
    ? addressOf(address)
    : addressOf(new ipaddr.IPv4(address.toByteArray().slice(at, at + 4)))
}

function addressOf(address: ipaddr.IPv4 | ipaddr.IPv6): Address {
  const range = address.range()
  return {
    bytes: address.toByteArray(),
    text: address.toString(),
    reserved: PUBLIC.includes(range) ? null : range,
  }
}
