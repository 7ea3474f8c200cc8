import type { GeoProjection } from 'd3'
import { greatCircle } from './curve.ts'
import type { Mark } from './marks.ts'

const CIRCLES_MAX = 5_000

/** Great circles that were drawn once and are drawn again each frame; `null` where an end has no location. */
export interface Circles {
  readonly between: (from: Mark | undefined, to: Mark | undefined, projection: GeoProjection) => Path2D | null
  /** The projection or a location has changed. */
  readonly clear: () => void
}

/** Makes an empty store; when it is full it starts over. */
export function createCircles(): Circles {
  const known = new Map<string, Path2D | null>()
  const between: Circles['between'] = (from, to, projection) => {
    const key = `${from?.key} ${to?.key}`
    const found = known.get(key)
    if (found !== undefined) return found
    const [a, b] = [from?.coordinates ?? null, to?.coordinates ?? null]
    const path = a === null || b === null ? null : greatCircle(projection, a, b)
    const circle = path === null ? null : new Path2D(path)
    if (known.size >= CIRCLES_MAX) known.clear()
    known.set(key, circle)
    return circle
  }
  return { between, clear: () => known.clear() }
}
