import type { ZoomTransform } from 'd3'
import type { Dock, Layout } from './layout.ts'
import type { Palette } from './palette.ts'

/** Land and borders, before zooming; `null` until they are loaded. */
export interface WorldPaths {
  readonly land: Path2D
  readonly borders: Path2D
}

/** Paints the world under everything else. Done on zoom, on a new size and on a new theme only. */
export function paintWorld(
  context: CanvasRenderingContext2D,
  world: WorldPaths | null,
  layout: Layout,
  palette: Palette,
  transform: ZoomTransform,
): void {
  const { width, height, dock } = layout
  context.fillStyle = palette.water
  context.fillRect(0, 0, width, height)
  if (world !== null) {
    context.save()
    context.beginPath()
    context.rect(0, 0, width, dock?.top ?? height)
    context.clip()
    context.translate(transform.x, transform.y)
    context.scale(transform.k, transform.k)
    context.fillStyle = palette.land
    context.fill(world.land)
    context.strokeStyle = palette.border
    context.lineWidth = 0.6 / transform.k
    context.stroke(world.borders)
    context.restore()
  }
  if (dock !== null) paintDock(context, dock, layout, palette)
}

function paintDock(context: CanvasRenderingContext2D, dock: Dock, layout: Layout, palette: Palette): void {
  context.fillStyle = palette.surface
  context.fillRect(0, dock.top, layout.width, dock.height)
  context.strokeStyle = palette.border
  context.lineWidth = 1
  context.beginPath()
  context.moveTo(0, dock.top + 0.5)
  context.lineTo(layout.width, dock.top + 0.5)
  context.stroke()
  context.font = '600 11px system-ui, sans-serif'
  context.textBaseline = 'middle'
  context.fillStyle = palette.muted
  context.fillText('No location set', 12, dock.top + 14)
  context.font = '12px system-ui, sans-serif'
  const room = layout.width * 0.3
  for (const { point, label, mark, side } of dock.slots) {
    context.fillStyle = mark === null ? palette.muted : palette.ink
    context.textAlign = side === 'agents' ? 'right' : 'left'
    context.fillText(shorten(context, label, room), point[0] + (side === 'agents' ? -12 : 12), point[1])
  }
  context.textAlign = 'left'
}

function shorten(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text
  let length = text.length - 1
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length -= 1
  return `${text.slice(0, length)}…`
}
