import { BlockList, isIP } from 'node:net'

/** Addresses nobody serves a stream from: unspecified, multicast, broadcast, link-local (cloud metadata lives there). */
const NEVER = listOf([
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
])

/** Addresses that only exist inside somebody's network: RFC 1918, RFC 6598, RFC 4193, loopback. */
const PRIVATE = listOf([
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
])

/**
 * Whether a run may go to this address. A private address is fine when the target names it, and refused when a
 * public name turns out to resolve to it (DNS rebinding: a name made to point an agent at its own network).
 */
export function mayProbe(address: string, host: string): boolean {
  const family = isIP(address)
  if (family === 0) return false
  const type = family === 6 ? 'ipv6' : 'ipv4'
  if (NEVER.check(address, type)) return false
  if (!PRIVATE.check(address, type)) return true
  return isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost') || !host.includes('.')
}

/** Whether an address only exists inside somebody's network. */
export function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function listOf(subnets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix, family] of subnets) list.addSubnet(network, prefix, family)
  return list
}
