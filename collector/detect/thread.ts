import type { Kind } from '@streamgauge/contract'
import type { Baseline, Groups } from './baseline.ts'
import { Level } from './level.ts'
import type { Levels, Part } from './levels.ts'
import type { Observation } from './observation.ts'
import { type Place, SHAPES } from './scope.ts'

/** What one agent measures of one node by one route, transport and kind of run: the finest that anything is known of. */
export interface Thread extends Place {
  readonly kind: Kind
  /** `null`: no run said it. */
  asn: number | null
  /** When it last was measured, ms since 1970. */
  seen_ms: number
  readonly groups: Groups
  readonly handshake: Level
  readonly start: Level
  /** The scope of each shape that it is in: numbers from 0, counted for each shape apart. */
  readonly scopes: Uint32Array
  /** Where what it says is added up. */
  readonly slots: Part['slots']
}

/** Numbers for names, from 1: 0 is for any. */
class Names {
  readonly #numbers = new Map<string, number>()

  numberOf(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.#numbers.size + 1
    this.#numbers.set(name, number)
    return number
  }

  get size() {
    return this.#numbers.size
  }

  has(name: string): boolean {
    return this.#numbers.has(name)
  }
}

/** Numbers for what a number stands for, from 0. */
class Dense {
  readonly #numbers = new Map<number, number>()

  numberOf(sparse: number): number {
    const known = this.#numbers.get(sparse)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(sparse, number)
    return number
  }
}

/** Room for so many different destinations, routes and transports in the number of a scope. */
const DESTINATIONS_COUNT = 2 ** 16
const ROUTES_COUNT = 2 ** 12
const TRANSPORTS_COUNT = 4

/** Threads that are known at once: what is made up by the thousand is not remembered by the million. */
const THREADS_MAX = 400_000
const THREADS_PER_AGENT_MAX = 8_000
/** Routes that are known by the word of one agent alone, and vantages and destinations in all: names are never forgotten. */
const ROUTES_PER_AGENT_MAX = 64
const VANTAGES_MAX = 1_000_000
/** A thread nobody has measured for so long is forgotten. */
const FORGOTTEN_AFTER_MS = 2 * 86_400_000

/** Every thread there has been a run of. */
export class Threads {
  readonly #baseline: Baseline
  readonly #levels: Levels
  readonly #threads = new Map<string, Thread>()
  readonly #counts = new Map<string, number>()
  /** Routes an agent was the first to name. */
  readonly #firsts = new Map<string, number>()
  readonly #scopes = SHAPES.map(() => new Dense())
  readonly #names = {
    agent: new Names(),
    cell: new Names(),
    isp: new Names(),
    country: new Names(),
    vantage: new Names(),
    destination: new Names(),
    node: new Names(),
    provider: new Names(),
    route: new Names(),
    transport: new Names(),
  }

  constructor(baseline: Baseline, levels: Levels) {
    this.#baseline = baseline
    this.#levels = levels
  }

  get size(): number {
    return this.#threads.size
  }

  /** The thread of a run, made if it is the first; `null`: there are too many, or its agent has too many. */
  of(run: Observation): Thread | null {
    const { agent_id, node_id, route, transport, kind, country, isp, provider, asn } = run
    const key = [agent_id, node_id, route, transport, kind, country, isp, provider].join('\n')
    const known = this.#threads.get(key)
    if (known !== undefined) {
      known.asn = asn ?? known.asn
      known.seen_ms = run.started_ms
      return known
    }
    const count = this.#counts.get(agent_id) ?? 0
    if (this.#threads.size >= THREADS_MAX || count >= THREADS_PER_AGENT_MAX || !this.#hasNames(run))
      return null
    this.#counts.set(agent_id, count + 1)
    const place = { agent_id, country, isp, provider, node_id, route, transport }
    const by = [transport, kind].join('\n')
    const groups = this.#baseline.groups(
      [by, `${by}\n${country}`, `${by}\n${country}\n${agent_id}`, key],
      country,
    )
    const scopes = this.#scopesOf(place)
    const slots = this.#levels.slotsOf(scopes)
    const thread = {
      ...place,
      kind,
      asn,
      seen_ms: run.started_ms,
      groups,
      scopes,
      slots,
      handshake: new Level(),
      start: new Level(),
    }
    this.#threads.set(key, thread)
    return thread
  }

  /** Forgets the threads nobody has measured for two days. */
  forgetOld(nowMs: number) {
    for (const [key, { agent_id, seen_ms }] of this.#threads) {
      if (nowMs - seen_ms < FORGOTTEN_AFTER_MS) continue
      this.#threads.delete(key)
      this.#counts.set(agent_id, (this.#counts.get(agent_id) ?? 1) - 1)
    }
  }

  /** Whether there are numbers left for what a run names. */
  #hasNames({ agent_id, route }: Observation): boolean {
    const { route: routes, destination, vantage } = this.#names
    if (vantage.size >= VANTAGES_MAX || destination.size >= DESTINATIONS_COUNT - 2) return false
    if (routes.has(route)) return true
    const firsts = this.#firsts.get(agent_id) ?? 0
    if (routes.size >= ROUTES_COUNT - 1 || firsts >= ROUTES_PER_AGENT_MAX) return false
    this.#firsts.set(agent_id, firsts + 1)
    return true
  }

  /** How hard it is to say which scope of a shape is meant, in nats: the logarithm of how many there are. */
  costs(): Float64Array {
    const { agent, cell, isp, country, node, provider, route, transport } = this.#names
    // Where an ISP is in one country alone, it is the cell that is meant.
    const vantages = { any: 1, country: country.size, isp: 2 * isp.size, cell: cell.size, agent: agent.size }
    const destinations = { any: 1, provider: provider.size, node: node.size }
    return Float64Array.from(SHAPES, (shape) => {
      const routes = shape.route ? Math.max(2, route.size) : 1
      const transports = shape.transport ? Math.max(2, transport.size) : 1
      return Math.log(vantages[shape.vantage] * destinations[shape.destination] * routes * transports)
    })
  }

  #scopesOf({ agent_id, country, isp, provider, node_id, route, transport }: Place): Uint32Array {
    const names = this.#names
    names.agent.numberOf(agent_id)
    names.cell.numberOf(`${country}/${isp}`)
    names.isp.numberOf(isp)
    names.country.numberOf(country)
    names.node.numberOf(node_id)
    names.provider.numberOf(provider)
    const vantages = {
      any: 0,
      country: names.vantage.numberOf(`country ${country}`),
      isp: names.vantage.numberOf(`isp ${isp}`),
      cell: names.vantage.numberOf(`cell ${country}/${isp}`),
      agent: names.vantage.numberOf(`agent ${agent_id}`),
    }
    const destinations = {
      any: 0,
      provider: names.destination.numberOf(`provider ${provider}`),
      node: names.destination.numberOf(`node ${node_id}`),
    }
    const routeNumber = names.route.numberOf(route)
    const transportNumber = names.transport.numberOf(transport)
    return Uint32Array.from(SHAPES, (shape, index) => {
      const destination = vantages[shape.vantage] * DESTINATIONS_COUNT + destinations[shape.destination]
      const way = destination * ROUTES_COUNT + (shape.route ? routeNumber : 0)
      const sparse = way * TRANSPORTS_COUNT + (shape.transport ? transportNumber : 0)
      return this.#scopes[index]?.numberOf(sparse) ?? 0
    })
  }
}
