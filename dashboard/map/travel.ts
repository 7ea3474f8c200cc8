import type { Point } from './layout.ts'

/** The way an arrow key points. */
export type Direction = 'left' | 'right' | 'up' | 'down'

/** The nearest point that lies more in the direction than aside of it; `null`: there is none. */
export function nextInDirection(
  from: Point,
  direction: Direction,
  points: ReadonlyMap<string, Point>,
): string | null {
  let best: string | null = null
  let bestCost = Number.POSITIVE_INFINITY
  for (const [key, point] of points) {
    const { ahead, aside } = relative(from, point, direction)
    if (ahead <= 0.5 || aside > ahead * 2) continue
    const cost = ahead + aside * 2
    if (cost >= bestCost) continue
    best = key
    bestCost = cost
  }
  return best
}

/** The point nearest to a place, within a reach in px; `null`: none is that near. */
export function nearest(at: Point, points: ReadonlyMap<string, Point>, reach: number): string | null {
  let best: string | null = null
  let bestDistance = reach
  for (const [key, point] of points) {
    const distance = Math.hypot(point[0] - at[0], point[1] - at[1])
    if (distance > bestDistance) continue
    best = key
    bestDistance = distance
  }
  return best
}

function relative(from: Point, to: Point, direction: Direction): { ahead: number; aside: number } {
  const dx = to[0] - from[0]
  const dy = to[1] - from[1]
  const sign = direction === 'left' || direction === 'up' ? -1 : 1
  const isAcross = direction === 'left' || direction === 'right'
  return { ahead: sign * (isAcross ? dx : dy), aside: Math.abs(isAcross ? dy : dx) }
}
