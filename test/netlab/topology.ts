import { LabError } from './error.ts'
import type { BothWays } from './link/link.ts'
import { CLEAR, changed, type DirectionSettings } from './link/settings.ts'

/** What a lab is made of, as written down by a test. */
export interface LabDescription {
  /** By name: lower-case letters, digits and `-`. */
  readonly hosts: Readonly<Record<string, HostDescription>>
  readonly links: readonly LinkDescription[]
  /** The same seed loses the same packets. Default: 1. */
  readonly seed?: number
}

/** One host: a network namespace with an IPv4 and an IPv6 address of its own. */
export interface HostDescription {
  /** Whether it passes on packets that are not for it. Default: no, such packets vanish. */
  readonly router?: boolean
  /**
   * Congestion control of its TCP connections, set on its routes (`congctl`). It wins over what a listening socket
   * sets (TCP_CONGESTION) for the connections taken there. Default: that of the machine.
   */
  readonly congestion?: 'cubic' | 'bbr' | 'reno'
  /** A host's name or an address. Default: none, look-ups fail at once. Every host knows the others by name anyway. */
  readonly nameserver?: string
  /** More names for /etc/hosts: each with the name of a host, or an address. */
  readonly names?: Readonly<Record<string, string>>
}

/** A link between two hosts. */
export interface LinkDescription {
  /** `up` is from the first to the second, `down` from the second to the first. */
  readonly between: readonly [string, string]
  readonly up?: Partial<DirectionSettings>
  readonly down?: Partial<DirectionSettings>
}

/** A checked description, with addresses and routes. */
export interface Topology {
  readonly hosts: readonly PlannedHost[]
  readonly links: readonly PlannedLink[]
  readonly seed: number
}

/** A host as it will be. */
export interface PlannedHost {
  readonly name: string
  readonly description: HostDescription
  readonly address: string
  readonly address6: string
  readonly routes: readonly PlannedRoute[]
}

/** Where to send what is for another host; `to: null`: everything. */
export interface PlannedRoute {
  readonly to: Pick<PlannedHost, 'address' | 'address6'> | null
  /** Index of the link. */
  readonly link: number
}

/** A link as it will be. */
export interface PlannedLink extends BothWays<DirectionSettings> {
  readonly between: readonly [string, string]
}

const HOSTS_MAX = 200

/**
 * Checks a description, and gives each host its addresses and the shortest routes to the others. Only routers lie on
 * the way between two hosts; of routes of one length the link named first is taken.
 * @throws LabError `BAD_TOPOLOGY`, `BAD_LINK`
 */
export function plan(description: LabDescription): Topology {
  const names = Object.keys(description.hosts)
  if (names.length > HOSTS_MAX) throw bad(`a lab has at most ${HOSTS_MAX} hosts, not ${names.length}`)
  for (const name of names)
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) throw bad(`"${name}" is no name for a host`)
  const links = description.links.map(plannedLink)
  checkEnds(names, links)
  const seed = description.seed ?? 1
  if (!Number.isSafeInteger(seed) || seed < 0) throw bad(`a seed is a whole number from 0, not ${seed}`)

  const addressOf = (name: string) => {
    const n = names.indexOf(name) + 1
    return { address: `10.64.0.${n}`, address6: `fd64::${n.toString(16)}` }
  }
  const hosts = Object.entries(description.hosts).map(([name, host]) => {
    const ends = links.flatMap(({ between }, link) => (between.includes(name) ? [link] : []))
    const [only, ...more] = ends
    const routes: PlannedRoute[] =
      only !== undefined && more.length === 0 && host.router !== true
        ? [{ to: null, link: only }]
        : [...nextLinks(name, links, description.hosts)].map(([to, link]) => ({ to: addressOf(to), link }))
    return { name, description: host, ...addressOf(name), routes }
  })
  return { hosts, links, seed }
}

function plannedLink({ between, up, down }: LinkDescription): PlannedLink {
  return { between, up: changed(CLEAR, up ?? {}), down: changed(CLEAR, down ?? {}) }
}

function checkEnds(names: readonly string[], links: readonly PlannedLink[]): void {
  const seen = new Set<string>()
  for (const { between } of links) {
    for (const end of between)
      if (!names.includes(end)) throw bad(`a link ends at "${end}", which is no host`)
    if (between[0] === between[1]) throw bad(`a link joins "${between[0]}" to itself`)
    const pair = [...between].sort().join(' ')
    if (seen.has(pair)) throw bad(`two links join ${between.join(' and ')}; put a router into one of them`)
    seen.add(pair)
  }
}

/** The first link on the shortest way to each host that can be reached, breadth first. */
function nextLinks(
  from: string,
  links: readonly PlannedLink[],
  hosts: LabDescription['hosts'],
): Map<string, number> {
  const first = new Map<string, number>()
  const front = [from]
  for (const at of front) {
    if (at !== from && hosts[at]?.router !== true) continue
    links.forEach(({ between: [a, b] }, link) => {
      if (at !== a && at !== b) return
      const to = at === a ? b : a
      if (to === from || first.has(to)) return
      first.set(to, first.get(at) ?? link)
      front.push(to)
    })
  }
  return first
}

function bad(message: string): LabError {
  return new LabError('BAD_TOPOLOGY', message)
}
