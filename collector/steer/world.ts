import type { Incident, Node } from '@streamgauge/contract'
import type { Vantage } from '../config/config.ts'
import { isIn, type Where } from '../detect/scope.ts'
import { costOf, HEARSAY_SHARE, type Weights } from './cost.ts'
import { Distances } from './distances.ts'
import { type CellSums, type Estimate, Estimates } from './estimate.ts'
import { WINDOW_MS } from './pace.ts'
import { type Choice, type Option, ordered } from './policy.ts'
import type { SteeringRules } from './rules.ts'

/** Viewers of a country whose ISP no agent is in. */
export const ANY_ISP = '*'
/** Viewers whose country nobody knows. */
export const ANY_COUNTRY = 'ZZ'
/** Nodes nobody of a country has measured that are thought of all the same: the nearest. */
const UNMEASURED_MAX = 3

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

/** What counts now beside what is configured and measured. */
export interface Said {
  /** Where operators send cells; wins over the configuration. */
  readonly pins: ReadonlyMap<string, string>
  /** Nodes that operators want nobody sent to. */
  readonly drained: ReadonlySet<string>
  /** Cells and nodes (`cell` newline `node_id`) where they were worse off. */
  readonly avoided: ReadonlySet<string>
}
const NOTHING_SAID: Said = { pins: new Map(), drained: new Set(), avoided: new Set() }

/** Remembers since when nodes have been well for cells: `step` it once a round. */
export class World {
  readonly #nodes: readonly Node[]
  readonly #byId: ReadonlyMap<string, Node>
  readonly #agents: readonly Vantage[]
  readonly #rules: SteeringRules
  readonly #distances: Distances
  /** When a pair of cell and node was ill last. */
  readonly #illAt = new Map<string, number>()
  /** What has been known to be one cell's or country's own trouble with a node or provider, and when it was that last. */
  readonly #troubles = new Map<string, { readonly where: Where; readonly atMs: number }>()

  constructor(
    fleet: { readonly nodes: readonly Node[]; readonly agents: readonly Vantage[] },
    rules: SteeringRules,
  ) {
    this.#nodes = fleet.nodes
    this.#byId = new Map(fleet.nodes.map((node) => [node.node_id, node]))
    this.#agents = fleet.agents
    this.#rules = rules
    this.#distances = new Distances(fleet.nodes, fleet.agents)
  }

  /**
   * Every cell and its options, by what was measured lately and what is known to be ill. `sentTo`: where a cell is now, which is an
   * option as long as it is open, though nobody measured it lately.
   */
  step(
    rows: readonly CellSums[],
    incidents: readonly Incident[],
    nowMs: number,
    said: Said = NOTHING_SAID,
    sentTo: (cell: string) => readonly string[] = () => [],
  ): CellChoice[] {
    const open = new Map(
      this.#nodes
        .filter((node) => !said.drained.has(node.node_id) && this.#isOpen(node, nowMs))
        .map((node) => [node.node_id, node]),
    )
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
    this.#noteTroubles(told, nowMs)
    const estimates = new Estimates(rows, {
      isWithin: (isp, nodeId) => this.#byId.get(nodeId)?.isps.includes(isp) ?? false,
      troubleOf: (row) => this.#troubleOf(row),
    })
    const cells = this.#cells(rows)
    const total = [...this.#rules.demand.values()].reduce((sum, bps) => sum + bps, 0)
    return cells.map(({ country, isp }) => {
      const measured = estimates.nodesOf(country, isp)
      const unmeasured = this.#distances.nearest(
        country,
        isp,
        ({ node_id }) => open.has(node_id) && !measured.has(node_id),
        UNMEASURED_MAX,
      )
      const cell = `${country}/${isp}`
      const ids = new Set([...measured, ...unmeasured.map(({ node_id }) => node_id), ...sentTo(cell)])
      const nodes = [...ids].flatMap((id) => open.get(id) ?? [])
      const options = nodes.map((node) => this.#candidate(country, isp, node, estimates, told, nowMs, said))
      const demand = this.#rules.demand.get(cell) ?? 0
      return {
        ...{ cell, country, isp, demand },
        share: total === 0 ? 1 / cells.length : demand / total,
        pin: said.pins.get(cell) ?? this.#rules.pins.get(cell) ?? null,
        options: ordered(notBetterThanSeen(options, this.#rules.weights)) as Candidate[],
      }
    })
  }

  #noteTroubles(told: readonly Incident[], nowMs: number) {
    for (const { scope } of told) {
      // Of route and transport nothing is known here.
      const { route: _, transport: __, ...where } = scope.where
      if (where.country === undefined && where.isp === undefined) continue
      this.#troubles.set(JSON.stringify(where), { where, atMs: nowMs })
    }
    for (const [key, { atMs }] of this.#troubles) if (atMs < nowMs - WINDOW_MS) this.#troubles.delete(key)
  }

  /** What was seen while it lasted is remembered for as long as runs are. */
  #troubleOf({ country, isp, node_id }: CellSums): 'cell' | 'country' | null {
    const provider = this.#byId.get(node_id)?.provider ?? ''
    const place = { country, isp, node_id, provider, agent_id: '', route: '', transport: 'tcp' } as const
    let trouble: 'country' | null = null
    for (const { where } of this.#troubles.values()) {
      if (!isIn(where, place)) continue
      if (where.isp !== undefined) return 'cell'
      trouble = 'country'
    }
    return trouble
  }

  #isOpen({ node_id, capacity_bps }: Node, nowMs: number): boolean {
    const { drained = false, maintenance = [] } = this.#rules.nodes.get(node_id) ?? {}
    const isAway = maintenance.some(({ from_ms, to_ms }) => from_ms <= nowMs && nowMs < to_ms)
    return !drained && !isAway && capacity_bps !== 0
  }

  #candidate(
    country: string,
    isp: string,
    node: Node,
    estimates: Estimates,
    incidents: readonly Incident[],
    nowMs: number,
    said: Said,
  ): Candidate {
    const { node_id, provider } = node
    const estimate = estimates.of(country, isp, node_id)
    const distance_km = this.#distances.between(country, isp, node_id)
    // Of route and transport nothing is known here: an incident that names them is one of the node.
    const incident = incidents.find(({ scope: { where } }) => {
      const { route: _, transport: __, ...rest } = where
      return isIn(rest, { country, isp, node_id, provider, agent_id: '', route: '', transport: 'tcp' })
    })
    const key = `${country}/${isp}\n${node_id}`
    const ill = incident !== undefined || said.avoided.has(key)
    if (ill) this.#illAt.set(key, nowMs)
    const illAt = this.#illAt.get(key)
    const same_isp = node.isps.includes(isp)
    return {
      ...{ node_id, ill, same_isp, distance_km, estimate },
      cost: costOf(
        estimate,
        {
          ...{ same_isp, distance_km, extra: this.#rules.nodes.get(node_id)?.extra_cost ?? 0 },
          hearsay: estimates.isHearsay(country, isp, node_id),
        },
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
}

/**
 * What a cell has not measured itself is no better than the best of what it has: others of its country may see well what it would not. So a
 * cell that is ill towards all it measures is not sent where nobody of it looks.
 */
function notBetterThanSeen(options: readonly Candidate[], weights: Weights): Candidate[] {
  const isSeen = ({ estimate }: Candidate) => (estimate?.runs ?? 0) > 0
  const seen = options.filter((option) => isSeen(option) && !option.ill)
  if (seen.length === 0) return [...options]
  const least = Math.min(...seen.map(({ cost }) => cost)) + weights.unmeasured * HEARSAY_SHARE
  return options.map((option) =>
    isSeen(option) || option.cost >= least ? option : { ...option, cost: least },
  )
}
