import { Country } from '@streamgauge/contract'
import ipaddr from 'ipaddr.js'
import { type Static, Type } from 'typebox'

/** What is known better of a block of addresses; what is left out is looked up as always. */
export const OverrideEntry = Type.Object(
  {
    cidr: Type.String({ minLength: 3, maxLength: 64 }),
    country: Type.Optional(Country),
    isp: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    asn: Type.Optional(Type.Integer({ minimum: 1, maximum: 4_294_967_295 })),
  },
  { additionalProperties: false },
)
type OverrideEntry = Static<typeof OverrideEntry>

/** An override, ready to be matched. */
export interface Override extends Omit<OverrideEntry, 'cidr'> {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6
  readonly bits: number
}

/** Overrides, the narrowest block first. `refuse` is told of the first that makes no sense, and throws. */
export function fillOverrides(
  entries: readonly OverrideEntry[],
  refuse: (problem: string) => never,
): readonly Override[] {
  const known = new Set<string>()
  const overrides = entries.map(({ cidr, ...what }, index): Override => {
    const at = `locate[${index}]`
    if (!ipaddr.isValidCIDR(cidr)) refuse(`${at}.cidr: '${cidr}' is not a block like 203.0.113.0/24`)
    const [address, bits] = ipaddr.parseCIDR(cidr)
    const network =
      address.kind() === 'ipv4'
        ? ipaddr.IPv4.networkAddressFromCIDR(cidr)
        : ipaddr.IPv6.networkAddressFromCIDR(cidr)
    const block = `${network.toString()}/${bits}`
    if (known.has(block)) refuse(`${at}.cidr: '${cidr}' is there twice`)
    known.add(block)
    if (Object.keys(what).length === 0) refuse(`${at}: says nothing of '${cidr}'`)
    return { ...what, address: network, bits }
  })
  return overrides.sort((a, b) => b.bits - a.bits)
}

/** The narrowest override an address is in. */
export function overrideOf(overrides: readonly Override[], text: string): Override | null {
  if (overrides.length === 0) return null
  const address = ipaddr.parse(text)
  return (
    overrides.find((one) => one.address.kind() === address.kind() && address.match(one.address, one.bits)) ??
    null
  )
}
