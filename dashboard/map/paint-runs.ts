import type { ZoomTransform } from 'd3'
import { formatDuration } from '../figures/format.ts'
import { TRANSPORT_NAMES } from '../figures/words.ts'
import type { Run } from '../live/state.ts'
import { bow, bowMiddle } from './curve.ts'
import type { Point } from './layout.ts'
import type { Palette } from './palette.ts'

/** A run with the two ends it is drawn between, and its great circle when both are on the map. */
export interface DrawnRun {
  readonly run: Run
  readonly from: Point
  readonly to: Point
  readonly circle: Path2D | null
  /** Both ends are in the dock. */
  readonly docked: boolean
}

/** More results than this at once are drawn without their figures: the words would cover the map. */
const LABELS_MAX = 12

/**
 * Paints the runs: TCP as a whole line, QUIC as a dashed one, failed ones in red with a cross at their end.
 * `phase_px` moves the pulse along the line; a reader who wants no motion gets 0 each time.
 */
export function paintRuns(
  context: CanvasRenderingContext2D,
  runs: readonly DrawnRun[],
  palette: Palette,
  transform: ZoomTransform,
  phase_px: number,
): void {
  for (const drawn of runs) paintLine(context, drawn, palette, transform, phase_px)
  const ended = runs.filter((drawn) => drawn.run.result !== null)
  for (const drawn of ended) paintEnd(context, drawn, palette)
  if (ended.length <= LABELS_MAX) for (const drawn of ended) paintLabel(context, drawn, palette)
}

function paintLine(
  context: CanvasRenderingContext2D,
  drawn: DrawnRun,
  palette: Palette,
  transform: ZoomTransform,
  phase_px: number,
): void {
  const { run, circle } = drawn
  const scale = circle === null ? 1 : transform.k
  context.save()
  context.strokeStyle = colourOf(run, palette)
  context.lineWidth = 1.75 / scale
  if (run.result === null) {
    context.setLineDash((run.transport === 'tcp' ? [14, 4] : [5, 4]).map((length) => length / scale))
    context.lineDashOffset = -phase_px / scale
  } else if (run.transport === 'quic') context.setLineDash([5 / scale, 4 / scale])
  if (circle === null) {
    const control = bow(drawn.from, drawn.to, run.transport, drawn.docked)
    context.beginPath()
    context.moveTo(...drawn.from)
    context.quadraticCurveTo(...control, ...drawn.to)
    context.stroke()
  } else {
    context.translate(transform.x, transform.y)
    context.scale(transform.k, transform.k)
    context.stroke(circle)
  }
  context.restore()
}

function paintEnd(context: CanvasRenderingContext2D, { run, to: [x, y] }: DrawnRun, palette: Palette): void {
  context.strokeStyle = colourOf(run, palette)
  context.lineWidth = 2.25
  context.beginPath()
  if (run.result?.failure_code) {
    context.moveTo(x - 6, y - 6)
    context.lineTo(x + 6, y + 6)
    context.moveTo(x + 6, y - 6)
    context.lineTo(x - 6, y + 6)
  } else context.arc(x, y, 8, 0, 2 * Math.PI)
  context.stroke()
}

function paintLabel(context: CanvasRenderingContext2D, drawn: DrawnRun, palette: Palette): void {
  const [x, y] = labelPoint(drawn)
  context.font = '600 11px system-ui, sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineWidth = 4
  context.lineJoin = 'round'
  context.strokeStyle = palette.surface
  context.fillStyle = colourOf(drawn.run, palette)
  const text = labelOf(drawn.run)
  context.strokeText(text, x, y)
  context.fillText(text, x, y)
}

/** In the middle of a bow; a great circle's middle may be anywhere, so its words stand over its end. */
function labelPoint({ run, from, to, circle, docked }: DrawnRun): Point {
  if (circle !== null) return [to[0], to[1] - 18]
  return bowMiddle(from, bow(from, to, run.transport, docked), to)
}

/** What a result says on the map: its transport, and its connect time or why it failed. */
export function labelOf(run: Run): string {
  const name = TRANSPORT_NAMES[run.transport]
  if (run.result === null) return name
  const { failure_code, handshake_ms } = run.result
  return `${name} ${failure_code ?? (handshake_ms === null ? 'ok' : formatDuration(handshake_ms))}`
}

function colourOf(run: Run, palette: Palette): string {
  return run.result?.failure_code ? palette.failed : palette[run.transport]
}
