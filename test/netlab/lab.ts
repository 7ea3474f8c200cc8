import type { ChildProcess } from 'node:child_process'
import type { TestContext } from 'node:test'
import { LabError } from './error.ts'
import { type Host, hostIn } from './host.ts'
import type { Counters } from './link/direction.ts'
import type { BothWays, Link } from './link/link.ts'
import type { DirectionSettings } from './link/settings.ts'
import { namespaceOf, removeNamespace, sweepNamespaces } from './namespaces.ts'
import { impossible } from './possible.ts'
import { setUp } from './setup.ts'
import { endChildren, onDeath } from './teardown.ts'
import { type LabDescription, plan } from './topology.ts'

/** A link of a running lab, seen from the host that was named first: `up` is away from it, `down` towards it. */
export interface LabLink {
  readonly settings: BothWays<DirectionSettings>
  /** Changes what is named, from now on. @throws LabError `BAD_LINK`, `RELAY_ENDED` */
  change(change: Partial<BothWays<Partial<DirectionSettings>>>): Promise<void>
  /** What has become of the packets so far. @throws LabError `RELAY_ENDED` */
  counters(): Promise<BothWays<Counters>>
}

/** Hosts that exchange real packets over links as bad as asked for. */
export interface Lab {
  readonly hosts: readonly Host[]
  /** The ends of each link, as described. */
  readonly links: readonly (readonly [string, string])[]
  /** @throws LabError `NO_SUCH_HOST` */
  host(name: string): Host
  /** @throws LabError `NO_SUCH_LINK` */
  link(from: string, to: string): LabLink
  /** Ends what runs on the hosts and removes everything. May be called again. */
  close(): Promise<void>
}

let labs = 0

/**
 * Builds a lab. It goes with the test, with the process, on SIGINT, SIGTERM and SIGHUP; what a process leaves that was
 * killed outright is swept away when the next lab starts.
 * @throws LabError `NOT_POSSIBLE_HERE`, `BAD_TOPOLOGY`, `BAD_LINK`, `COMMAND_FAILED`, `RELAY_ENDED`
 */
export async function startLab(t: TestContext | null, description: LabDescription): Promise<Lab> {
  const topology = plan(description)
  const reason = impossible()
  if (reason !== null) throw new LabError('NOT_POSSIBLE_HERE', reason)
  sweepNamespaces()

  const lab = ++labs
  const children = new Set<ChildProcess>()
  const namespace = (host: string) => namespaceOf(lab, host)
  const remove = () => {
    for (const { name } of topology.hosts) removeNamespace(namespace(name))
  }
  const forget = onDeath(remove)
  let relays: readonly Link[] = []
  const closeOnce = async () => {
    await endChildren(children)
    await Promise.all(relays.map((relay) => relay.close()))
    remove()
    forget()
  }
  let closed: Promise<void> | null = null
  const close = () => {
    closed ??= closeOnce()
    return closed
  }
  t?.after(close)
  try {
    relays = await setUp(topology, namespace)
  } catch (error) {
    await close()
    throw error
  }
  const hosts = topology.hosts.map((host) => {
    return hostIn(namespace(host.name), host, (child) => {
      children.add(child)
      for (const event of ['exit', 'error']) child.once(event, () => children.delete(child))
    })
  })
  return {
    hosts,
    links: topology.links.map(({ between }) => between),
    close,
    host: (name) => {
      const found = hosts.find((host) => host.name === name)
      if (found === undefined) throw new LabError('NO_SUCH_HOST', `no host "${name}"`)
      return found
    },
    link: (from, to) => {
      const found = topology.links.findIndex(({ between }) => between.includes(from) && between.includes(to))
      const relay = relays[found]
      if (relay === undefined || from === to)
        throw new LabError('NO_SUCH_LINK', `no link joins "${from}" and "${to}"`)
      return topology.links[found]?.between[0] === from ? relay : turned(relay)
    },
  }
}

/** The same link seen from its other end. */
function turned(link: LabLink): LabLink {
  const turn = <T>({ up, down }: BothWays<T>): BothWays<T> => ({ up: down, down: up })
  return {
    get settings() {
      return turn(link.settings)
    },
    change: ({ up, down }) =>
      link.change({ ...(down === undefined ? {} : { up: down }), ...(up === undefined ? {} : { down: up }) }),
    counters: async () => turn(await link.counters()),
  }
}
