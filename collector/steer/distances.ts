import type { Node } from '@streamgauge/contract'
import type { Vantage } from '../config/config.ts'

const EARTH_KM = 6_371

interface Point {
  readonly latitude: number
  readonly longitude: number
}

/** Of one cell: how far each node is, NaN where that is not known, and the nodes from the nearest to the farthest. */
interface FromCell {
  readonly km: Float32Array
  readonly order: Uint32Array
}

/** How far nodes are from the middle of a cell's agents (of its country's where it has none), along the great circle. */
export class Distances {
  readonly #nodes: readonly Node[]
  readonly #indexes: ReadonlyMap<string, number>
  readonly #agents: readonly Vantage[]
  readonly #cells = new Map<string, FromCell>()

  constructor(nodes: readonly Node[], agents: readonly Vantage[]) {
    this.#nodes = nodes
    this.#indexes = new Map(nodes.map(({ node_id }, index) => [node_id, index]))
    this.#agents = agents
  }

  /** In km; `null`: where the cell or the node is is not known. */
  between(country: string, isp: string, nodeId: string): number | null {
    const km = this.#from(country, isp).km[this.#indexes.get(nodeId) ?? -1] ?? Number.NaN
    return Number.isNaN(km) ? null : km
  }

  /** The nearest nodes that `is` is true of, those that are nowhere last. */
  nearest(country: string, isp: string, is: (node: Node) => boolean, most: number): Node[] {
    const found: Node[] = []
    for (const index of this.#from(country, isp).order) {
      if (found.length === most) break
      const node = this.#nodes[index]
      if (node !== undefined && is(node)) found.push(node)
    }
    return found
  }

  #from(country: string, isp: string): FromCell {
    const key = `${country}/${isp}`
    const known = this.#cells.get(key)
    if (known !== undefined) return known
    const there = this.#agents.filter((agent) => agent.country === country)
    const own = there.filter((agent) => agent.isp === isp)
    const from = middle(own.length > 0 ? own : there)
    const km = Float32Array.from(this.#nodes, (node) => distanceOf(from, node) ?? Number.NaN)
    const far = (index: number) => {
      const value = km[index] ?? Number.NaN
      return Number.isNaN(value) ? Number.MAX_VALUE : value
    }
    const order = Uint32Array.from(this.#nodes.keys()).sort((a, b) => far(a) - far(b) || a - b)
    const cell = { km, order }
    this.#cells.set(key, cell)
    return cell
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
