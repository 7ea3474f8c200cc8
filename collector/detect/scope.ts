import type { Transport } from '@streamgauge/contract'

/** The runs something is the matter with: those for which everything that is named holds; all of them if nothing is. */
export interface Where {
  readonly country?: string
  readonly isp?: string
  readonly agent_id?: string
  readonly provider?: string
  readonly node_id?: string
  readonly route?: string
  readonly transport?: Transport
}

/** What a scope is a scope of. */
export interface Place {
  readonly agent_id: string
  readonly country: string
  readonly isp: string
  readonly provider: string
  readonly node_id: string
  readonly route: string
  readonly transport: Transport
}

/** From whom: everybody, a country, an ISP wherever it is, a cell, an agent. */
const VANTAGES = ['any', 'country', 'isp', 'cell', 'agent'] as const
/** To where: everywhere, a provider's nodes, a node. */
const DESTINATIONS = ['any', 'provider', 'node'] as const

/** One way of naming runs: which of their dimensions a scope names. */
export interface Shape {
  readonly vantage: (typeof VANTAGES)[number]
  readonly destination: (typeof DESTINATIONS)[number]
  readonly route: boolean
  readonly transport: boolean
}

/** Every shape: a run is in one scope of each. */
export const SHAPES: readonly Shape[] = VANTAGES.flatMap((vantage) =>
  DESTINATIONS.flatMap((destination) =>
    [false, true].flatMap((route) =>
      [false, true].map((transport) => ({ vantage, destination, route, transport })),
    ),
  ),
)

/** The scope of that shape which a place is in. */
export function whereOf(shape: Shape, place: Place): Where {
  const { vantage, destination } = shape
  return {
    ...(vantage === 'country' || vantage === 'cell' ? { country: place.country } : {}),
    ...(vantage === 'isp' || vantage === 'cell' ? { isp: place.isp } : {}),
    ...(vantage === 'agent' ? { agent_id: place.agent_id } : {}),
    ...(destination === 'provider' ? { provider: place.provider } : {}),
    ...(destination === 'node' ? { node_id: place.node_id } : {}),
    ...(shape.route ? { route: place.route } : {}),
    ...(shape.transport ? { transport: place.transport } : {}),
  }
}

/** Whether a place is in a scope. */
export function isIn(where: Where, place: Place): boolean {
  return (
    (where.country === undefined || where.country === place.country) &&
    (where.isp === undefined || where.isp === place.isp) &&
    (where.agent_id === undefined || where.agent_id === place.agent_id) &&
    (where.provider === undefined || where.provider === place.provider) &&
    (where.node_id === undefined || where.node_id === place.node_id) &&
    (where.route === undefined || where.route === place.route) &&
    (where.transport === undefined || where.transport === place.transport)
  )
}

/** Where a scope may be felt: loss that is plain over one transport, or one route, is seldom nothing over the other. */
export function aroundOf(where: Where): Where {
  const { transport: _, route: __, ...place } = where
  return Object.keys(place).length > 0 ? place : where
}

/** Whether a scope names nothing that another does not name alike: whatever is in that one is in this one. */
export function holds(wide: Where, narrow: Where): boolean {
  return Object.entries(wide).every(([name, value]) => narrow[name as keyof Where] === value)
}

/** The same text for the same scope. */
export function keyOf(where: Where): string {
  const named = Object.entries(where).sort(([a], [b]) => (a < b ? -1 : 1))
  return named.map(([name, value]) => `${name}=${value}`).join(' ')
}
