import type { Transport } from '@streamgauge/contract'
import { type GeoProjection, geoPath } from 'd3'
import type { Point } from './layout.ts'

/** The great circle between two places as an SVG path, before zooming; `null`: the ends are the same place. */
export function greatCircle(
  projection: GeoProjection,
  from: readonly [number, number],
  to: readonly [number, number],
): string | null {
  if (from[0] === to[0] && from[1] === to[1]) return null
  return geoPath(projection)({ type: 'LineString', coordinates: [[...from], [...to]] })
}

/**
 * The control point of a bow between two points of the screen. TCP bows to one side and QUIC to the other,
 * so that a pair's two runs can be told apart. In the dock there is less room for it.
 */
export function bow(from: Point, to: Point, transport: Transport, docked = false): Point {
  const dx = to[0] - from[0]
  const dy = to[1] - from[1]
  const side = transport === 'tcp' ? -1 : 1
  const lift = Math.min(0.18, (docked ? 16 : 36) / Math.max(1, Math.hypot(dx, dy)))
  return [(from[0] + to[0]) / 2 - dy * lift * side, (from[1] + to[1]) / 2 + dx * lift * side]
}

/** The middle of the bow with that control point. */
export function bowMiddle(from: Point, control: Point, to: Point): Point {
  return [(from[0] + 2 * control[0] + to[0]) / 4, (from[1] + 2 * control[1] + to[1]) / 4]
}
