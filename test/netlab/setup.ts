import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { command } from './command.ts'
import { Link } from './link/link.ts'
import { MTU_BYTES } from './link/settings.ts'
import { addNamespace, deviceOf, ipIn, sysctlIn } from './namespaces.ts'
import type { PlannedHost, PlannedLink, PlannedRoute, Topology } from './topology.ts'

/** What waits in the kernel for the relay to wake up; far more than comes in that time. */
const DEVICE_QUEUE_PACKETS = 5_000

let devices = 0

/**
 * Makes the namespaces, the links and the routes of a topology.
 * @returns the links, in the topology's order
 * @throws LabError `COMMAND_FAILED`, `RELAY_ENDED`; relays that were started have been ended then
 */
export async function setUp(
  { hosts, links, seed }: Topology,
  namespaceOf: (host: string) => string,
): Promise<readonly Link[]> {
  const wired = links.map((link) => ({
    ...link,
    devices: [deviceOf(devices++), deviceOf(devices++)] as const,
  }))
  const opening = wired.map(({ devices, up, down }, link) => Link.open({ devices, up, down, seed, link }))
  // Asked now, so that a relay that fails while the namespaces are made is not a rejection nobody hears.
  const opened = Promise.allSettled(opening)
  try {
    for (const host of hosts) {
      addNamespace(namespaceOf(host.name), filesOf(host, hosts))
      sysctlIn(namespaceOf(host.name), sysctlsOf(host.description.router === true))
    }
    const relays = await Promise.all(opening)
    const moves = wired.flatMap(({ between, devices }) =>
      devices.map((device, end) => `link set ${device} netns ${namespaceOf(between[end] ?? '')}`),
    )
    command('ip', ['-batch', '-'], `${moves.join('\n')}\n`)
    for (const host of hosts) ipIn(namespaceOf(host.name), linesOf(host, wired))
    return relays
  } catch (error) {
    for (const relay of await opened) if (relay.status === 'fulfilled') await relay.value.close()
    throw error
  }
}

type WiredLink = PlannedLink & { readonly devices: readonly [string, string] }

/** Addresses belong to the host, not to a link: each link end is a bare device with routes over it. */
function linesOf(host: PlannedHost, links: readonly WiredLink[]): readonly string[] {
  const deviceAt = (link: WiredLink | undefined) => link?.devices[link.between[0] === host.name ? 0 : 1] ?? ''
  const own = links.filter(({ between }) => between.includes(host.name)).map(deviceAt)
  const congestion = host.description.congestion
  const control = congestion === undefined ? '' : ` congctl ${congestion}`
  const route = ({ to, link }: PlannedRoute) => {
    const device = deviceAt(links[link])
    return [
      `route add ${to === null ? 'default' : `${to.address}/32`} dev ${device} src ${host.address}${control}`,
      ...ifIpv6(
        `route add ${to === null ? '::/0' : `${to.address6}/128`} dev ${device} src ${host.address6}${control}`,
      ),
    ]
  }
  return [
    'link set lo up',
    `addr add ${host.address}/32 dev lo`,
    ...ifIpv6(`addr add ${host.address6}/128 dev lo nodad`),
    ...own.map((device) => `link set ${device} addrgenmode none`),
    ...own.map((device) => `link set ${device} mtu ${MTU_BYTES} txqueuelen ${DEVICE_QUEUE_PACKETS} up`),
    ...host.routes.flatMap(route),
  ]
}

/** A run must not start with what the kernel remembers of the one before, and packets may come by any way. */
function sysctlsOf(router: boolean): Readonly<Record<string, number>> {
  return {
    'net/ipv4/tcp_no_metrics_save': 1,
    'net/ipv4/conf/all/rp_filter': 0,
    'net/ipv4/conf/default/rp_filter': 0,
    'net/ipv4/ip_forward': router ? 1 : 0,
    ...(hasIpv6() ? { 'net/ipv6/conf/all/forwarding': router ? 1 : 0 } : {}),
  }
}

function filesOf(host: PlannedHost, hosts: readonly PlannedHost[]): Readonly<Record<string, string>> {
  const { nameserver, names } = host.description
  const addressOf = (name: string) => {
    if (isIP(name) !== 0) return name
    return hosts.find((other) => other.name === name)?.address ?? name
  }
  return {
    'resolv.conf': nameserver === undefined ? '# none\n' : `nameserver ${addressOf(nameserver)}\n`,
    hosts: [
      '127.0.0.1 localhost',
      '::1 localhost',
      ...hosts.map(({ name, address }) => `${address} ${name}`),
      ...Object.entries(names ?? {}).map(([name, of]) => `${addressOf(of)} ${name}`),
      '',
    ].join('\n'),
  }
}

function ifIpv6(line: string): readonly string[] {
  return hasIpv6() ? [line] : []
}

function hasIpv6(): boolean {
  return existsSync('/proc/sys/net/ipv6')
}
