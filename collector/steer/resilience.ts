import type { Resilience } from '@streamgauge/contract'
import type { CellChoice } from './world.ts'

/** The objective of incidents that say so. */
export const RESILIENCE = 'resilience'

/** With fewer nodes that are well a cell is thin: one may be lost while another is in maintenance. */
export const ALTERNATIVES_MIN = 3

/**
 * What would not survive a loss: cells with too few nodes that are well, and nodes whose viewers the others have no room for.
 * @param sentTo the node of each cell now
 * @param capacities bit/s; a node that is not there has room for everybody
 */
export function resilienceOf(
  choices: readonly CellChoice[],
  sentTo: ReadonlyMap<string, string>,
  capacities: ReadonlyMap<string, number>,
): Pick<Resilience, 'thin_cells' | 'critical_nodes'> {
  const thin_cells = choices
    .map(({ country, isp, options }) => ({
      ...{ country, isp },
      healthy_count: options.filter(({ ill, estimate }) => !ill && estimate !== null).length,
    }))
    .filter(({ healthy_count }) => healthy_count < ALTERNATIVES_MIN)
  const byNode = Map.groupBy(choices, ({ cell }) => sentTo.get(cell) ?? '')
  byNode.delete('')
  const load = new Map(
    [...byNode].map(([node, cells]) => [node, cells.reduce((sum, { demand }) => sum + demand, 0)]),
  )
  const critical_nodes = [...byNode]
    .map(([node_id, cells]) => ({
      node_id,
      cells_count: cells.length,
      ...withoutIt(node_id, cells, load, capacities),
    }))
    .filter(({ stranded_cells }) => stranded_cells.length > 0)
    .toSorted((a, b) => b.stranded_bps - a.stranded_bps || (a.node_id < b.node_id ? -1 : 1))
  return { thin_cells, critical_nodes }
}

/** Sends a node's cells to their next best, the largest first; who finds no room is stranded. */
function withoutIt(
  nodeId: string,
  cells: readonly CellChoice[],
  load: ReadonlyMap<string, number>,
  capacities: ReadonlyMap<string, number>,
) {
  const taken = new Map<string, number>()
  const stranded = cells
    .toSorted((a, b) => b.demand - a.demand)
    .filter(({ options, demand }) => {
      const next = options.find(({ node_id, ill }) => {
        const used = (load.get(node_id) ?? 0) + (taken.get(node_id) ?? 0)
        return (
          node_id !== nodeId && !ill && used + demand <= (capacities.get(node_id) ?? Number.POSITIVE_INFINITY)
        )
      })
      if (next !== undefined) taken.set(next.node_id, (taken.get(next.node_id) ?? 0) + demand)
      return next === undefined
    })
  return {
    stranded_cells: stranded.map(({ country, isp }) => ({ country, isp })),
    stranded_bps: stranded.reduce((sum, { demand }) => sum + demand, 0),
  }
}
