import type { Point } from './layout.ts'
import type { Mark } from './marks.ts'
import type { Palette } from './palette.ts'

const RADIUS_PX = { center: 4.5, edge: 3, agent: 4.5 } as const
const IDLE_ALPHA = 0.55
const TURN = 2 * Math.PI

/** Paints every mark: squares are data centres, discs edge points, triangles agents; a red arc is the share that failed. */
export function paintMarks(
  context: CanvasRenderingContext2D,
  marks: readonly Mark[],
  points: ReadonlyMap<string, Point>,
  palette: Palette,
): void {
  context.lineWidth = 1.25
  // What is idle stands back behind what is not.
  for (const isActive of [false, true]) {
    context.globalAlpha = isActive ? 1 : IDLE_ALPHA
    for (const mark of marks) if (mark.active === isActive) paintMark(context, mark, points, palette)
  }
  context.globalAlpha = 1
}

function paintMark(
  context: CanvasRenderingContext2D,
  mark: Mark,
  points: ReadonlyMap<string, Point>,
  palette: Palette,
): void {
  const point = points.get(mark.key)
  if (point === undefined) return
  context.beginPath()
  trace(context, mark.shape, point)
  const colour = mark.shape === 'agent' ? palette.agent : palette.ink
  context.fillStyle = mark.active ? colour : palette.surface
  context.strokeStyle = mark.active ? palette.surface : colour
  context.fill()
  context.stroke()
  if (mark.failed_ratio !== null && mark.failed_ratio > 0) paintShare(context, mark, point, palette)
}

/** The outline of a mark's shape. */
function trace(context: CanvasRenderingContext2D, shape: Mark['shape'], [x, y]: Point): void {
  const radius = RADIUS_PX[shape]
  if (shape === 'edge') context.arc(x, y, radius, 0, TURN)
  else if (shape === 'center') context.rect(x - radius, y - radius, radius * 2, radius * 2)
  else {
    context.moveTo(x, y - radius * 1.2)
    context.lineTo(x + radius * 1.1, y + radius * 0.8)
    context.lineTo(x - radius * 1.1, y + radius * 0.8)
    context.closePath()
  }
}

function paintShare(context: CanvasRenderingContext2D, mark: Mark, [x, y]: Point, palette: Palette): void {
  const radius = RADIUS_PX[mark.shape] + 4
  context.save()
  context.lineWidth = 2.5
  context.strokeStyle = palette.muted
  context.globalAlpha = 0.3
  context.beginPath()
  context.arc(x, y, radius, 0, TURN)
  context.stroke()
  context.globalAlpha = 1
  context.strokeStyle = palette.failed
  context.beginPath()
  context.arc(x, y, radius, -TURN / 4, -TURN / 4 + TURN * (mark.failed_ratio ?? 0))
  context.stroke()
  context.restore()
}
