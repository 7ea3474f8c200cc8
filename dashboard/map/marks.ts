import type { Fleet, OverviewRow } from '@streamgauge/contract'

/** What the map shows at one place: a node or a vantage's agent. */
export interface Mark {
  readonly key: string
  readonly id: string
  readonly shape: 'center' | 'edge' | 'agent'
  readonly name: string
  /** One line that says where and whose it is. */
  readonly about: string
  /** Degrees as (longitude, latitude); `null`: not known, and kept in the dock. */
  readonly coordinates: readonly [number, number] | null
  /** Hollow when false: an agent that is away, a node nobody probed. */
  readonly active: boolean
  /** Share of untainted runs in the window that failed; `null`: there were none. */
  readonly failed_ratio: number | null
  readonly runs_count: number
}

/** The key of a node's or an agent's mark. */
export function markKey(what: 'node' | 'agent', id: string): string {
  return `${what} ${id}`
}

/** Every node and agent of the fleet as marks, nodes first. */
export function marksOf(fleet: Fleet, rows: readonly OverviewRow[]): readonly Mark[] {
  const health = nodeHealth(rows)
  const nodes = fleet.nodes.map((node): Mark => {
    const { runs_count, failed_count } = health.get(node.node_id) ?? { runs_count: 0, failed_count: 0 }
    const kind = node.kind === 'center' ? 'data centre' : 'edge point'
    return {
      key: markKey('node', node.node_id),
      id: node.node_id,
      shape: node.kind,
      name: node.name,
      about: [kind, place(node.country), node.provider, ...node.isps.slice(0, 3)].join(' · '),
      coordinates: coordinates(node),
      active: runs_count > 0,
      failed_ratio: runs_count === 0 ? null : failed_count / runs_count,
      runs_count,
    }
  })
  const agents = fleet.agents.map((agent): Mark => {
    const asn = agent.asn === null ? [] : [`AS${agent.asn}`]
    return {
      key: markKey('agent', agent.agent_id),
      id: agent.agent_id,
      shape: 'agent',
      name: agent.agent_id,
      about: ['agent', place(agent.country), agent.isp, ...asn, agent.online ? 'online' : 'away'].join(' · '),
      coordinates: coordinates(agent),
      active: agent.online,
      failed_ratio: null,
      runs_count: 0,
    }
  })
  return [...nodes, ...agents]
}

/** Runs and failures per node: sums over its targets, so that the ratio is one of sums. */
export function nodeHealth(
  rows: readonly OverviewRow[],
): ReadonlyMap<string, { readonly runs_count: number; readonly failed_count: number }> {
  const health = new Map<string, { runs_count: number; failed_count: number }>()
  for (const row of rows) {
    const sum = health.get(row.node_id) ?? { runs_count: 0, failed_count: 0 }
    sum.runs_count += row.runs_count
    sum.failed_count += row.failed_count
    health.set(row.node_id, sum)
  }
  return health
}

function coordinates(one: {
  latitude: number | null
  longitude: number | null
}): readonly [number, number] | null {
  return one.longitude === null || one.latitude === null ? null : [one.longitude, one.latitude]
}

function place(country: string): string {
  return country === 'ZZ' ? 'country unknown' : country
}
