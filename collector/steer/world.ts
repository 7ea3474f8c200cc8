import type { Incident, Node } from '@streamgauge/contract'
import type { Vantage } from '../config/config.ts'
import { isIn } from '../detect/scope.ts'
import { costOf } from './cost.ts'
import type { CellSums, Estimate } from './estimate.ts'
import { Estimates } from './estimate.ts'
import type { Overrides } from './overrides.ts'
import { type Choice, type Option, ordered } from './policy.ts'
import type { SteeringRules } from './rules.ts'

/** Viewers of a country whose ISP no agent is in. */
export const ANY_ISP = '*'
/** Viewers whose country nobody knows. */
export const ANY_COUNTRY = 'ZZ'
/** Nodes nobody of a country has measured that are thought of all the same: the nearest. */
const UNMEASURED_MAX = 3
const EARTH_KM = 6_371

/** A node as a cell sees it. */
export interface Candidate extends Option {
  readonly same_isp: boolean
  readonly distance_km: number | null
  readonly estimate: Estimate | null
  /** The incident that says it is ill. */
  readonly incident_id: string | null
}

/** A cell with what it may choose from, the best first. */
export interface CellChoice extends Choice {
  readonly country: string
  readonly isp: string
  readonly options: readonly Candidate[]
}

/** What operators say while it runs; it wins over the configuration. */
type Said = Pick<Overrides, 'pinOf' | 'isDrained'>
const NOTHING_SAID: Said = { pinOf: () => null, isDrained: () => false }

interface Point {
  readonly latitude: number
  readonly longitude: number
}

/** Remembers since when nodes have been well for cells: `step` it once a round. */
export class World {
  readonly #nodes: readonly Node[]
  readonly #agents: readonly Vantage[]
  readonly #rules: SteeringRules
  readonly #overrides: Said
  /** When a pair of cell and node was ill last. */
  readonly #illAt = new Map<string, number>()
  /** Until when a cell is not sent to a node, whatever is known of it. */
  readonly #avoided = new Map<string, number>()

  constructor(
    fleet: { readonly nodes: readonly Node[]; readonly agents: readonly Vantage[] },
    rules: SteeringRules,
    overrides: Said = NOTHING_SAID,
  ) {
    this.#nodes = fleet.nodes
    this.#agents = fleet.agents
    this.#rules = rules
    this.#overrides = overrides
  }

  /** Has a cell think a node ill until then. */
  avoid(cell: string, nodeId: string, untilMs: number) {
    this.#avoided.set(`${cell}\n${nodeId}`, untilMs)
  }

  /** Every cell and its options, by what was measured lately and what is known to be ill. */
  step(rows: readonly CellSums[], incidents: readonly Incident[], nowMs: number): CellChoice[] {
    const estimates = new Estimates(rows)
    const open = this.#nodes.filter(({ node_id, capacity_bps }) => {
      const { drained = false, maintenance = [] } = this.#rules.nodes.get(node_id) ?? {}
      const isAway = maintenance.some(({ from_ms, to_ms }) => from_ms <= nowMs && nowMs < to_ms)
      return !drained && !isAway && capacity_bps !== 0 && !this.#overrides.isDrained(node_id, nowMs)
    })
    const told = incidents.filter(({ scope, severity, state }) => {
      const { node_id, provider } = scope.where
      // What is ill towards every node is no reason to prefer one; what one agent sees is its own.
      return (
        state !== 'closed' &&
        severity !== 'info' &&
        scope.kind !== 'agent' &&
        (node_id ?? provider) !== undefined
      )
    })
    const cells = this.#cells(rows)
    const total = [...this.#rules.demand.values()].reduce((sum, bps) => sum + bps, 0)
    return cells.map(({ country, isp }) => {
      const middle = this.#middleOf(country, isp)
      const near = open.map((node) => ({
        node,
        distance_km: distanceOf(middle, node),
        estimate: estimates.of(country, isp, node.node_id),
      }))
      const unmeasured = near
        .filter(({ estimate }) => estimate === null)
        .toSorted(
          (a, b) => (a.distance_km ?? Number.POSITIVE_INFINITY) - (b.distance_km ?? Number.POSITIVE_INFINITY),
        )
        .slice(0, UNMEASURED_MAX)
      const options = [...near.filter(({ estimate }) => estimate !== null), ...unmeasured].map((one) =>
        this.#candidate(country, isp, one, told, nowMs),
      )
      const cell = `${country}/${isp}`
      const demand = this.#rules.demand.get(cell) ?? 0
      return {
        ...{ cell, country, isp, demand },
        share: total === 0 ? 1 / cells.length : demand / total,
        pin: this.#overrides.pinOf(cell, nowMs) ?? this.#rules.pins.get(cell) ?? null,
        options: ordered(options) as Candidate[],
      }
    })
  }

  #candidate(
    country: string,
    isp: string,
    { node, distance_km, estimate }: { node: Node; distance_km: number | null; estimate: Estimate | null },
    incidents: readonly Incident[],
    nowMs: number,
  ): Candidate {
    const { node_id, provider } = node
    // Of route and transport nothing is known here: an incident that names them is one of the node.
    const incident = incidents.find(({ scope: { where } }) => {
      const { route: _, transport: __, ...rest } = where
      return isIn(rest, { country, isp, node_id, provider, agent_id: '', route: '', transport: 'tcp' })
    })
    const key = `${country}/${isp}\n${node_id}`
    const ill = incident !== undefined || (this.#avoided.get(key) ?? 0) > nowMs
    if (ill) this.#illAt.set(key, nowMs)
    const illAt = this.#illAt.get(key)
    const same_isp = node.isps.includes(isp)
    return {
      ...{ node_id, ill, same_isp, distance_km, estimate },
      cost: costOf(
        estimate,
        { same_isp, distance_km, extra: this.#rules.nodes.get(node_id)?.extra_cost ?? 0 },
        this.#rules.weights,
      ),
      well_s: illAt === undefined ? Number.POSITIVE_INFINITY : (nowMs - illAt) / 1_000,
      incident_id: incident?.incident_id ?? null,
    }
  }

  /** Those of agents and of rows, each country's rest, and everybody else. */
  #cells(rows: readonly CellSums[]): { country: string; isp: string }[] {
    const cells = new Map<string, { country: string; isp: string }>()
    const add = (country: string, isp: string) => cells.set(`${country}/${isp}`, { country, isp })
    for (const { country, isp } of [...this.#agents, ...rows]) {
      if (country === ANY_COUNTRY) continue
      add(country, isp)
      add(country, ANY_ISP)
    }
    add(ANY_COUNTRY, ANY_ISP)
    return [...cells.values()]
  }

  #middleOf(country: string, isp: string): Point | null {
    const there = this.#agents.filter((agent) => agent.country === country)
    const own = there.filter((agent) => agent.isp === isp)
    return middle(own.length > 0 ? own : there)
  }
}

/** The middle of some places, on the sphere; `null`: none of them is known. */
function middle(places: readonly { latitude: number | null; longitude: number | null }[]): Point | null {
  let [x, y, z] = [0, 0, 0]
  for (const { latitude, longitude } of places) {
    if (latitude === null || longitude === null) continue
    const [phi, lambda] = [radians(latitude), radians(longitude)]
    x += Math.cos(phi) * Math.cos(lambda)
    y += Math.cos(phi) * Math.sin(lambda)
    z += Math.sin(phi)
  }
  if (x === 0 && y === 0 && z === 0) return null
  return {
    latitude: (Math.atan2(z, Math.hypot(x, y)) * 180) / Math.PI,
    longitude: (Math.atan2(y, x) * 180) / Math.PI,
  }
}

/** Along the great circle; `null`: one of them is not known. */
function distanceOf(
  from: Point | null,
  to: { latitude: number | null; longitude: number | null },
): number | null {
  if (from === null || to.latitude === null || to.longitude === null) return null
  const [a, b] = [radians(from.latitude), radians(to.latitude)]
  const between = radians(to.longitude - from.longitude)
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(between / 2) ** 2
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half)))
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}
