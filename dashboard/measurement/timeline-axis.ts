import type { ScaleLinear } from 'd3'
import { svg } from '../dom/element.ts'
import { formatDuration } from '../figures/format.ts'

/** From ms of the run to CSS px. */
export type X = ScaleLinear<number, number>

/** The height of a panel, and where the first one begins; CSS px. */
export const PANEL_PX = 96
export const TOP_PX = 30

/** The levels of a panel, named at its left and ruled across it. */
export function levelTicks(document: Document, y: X, x: X, format: (value: number) => string): SVGElement[] {
  const [left = 0, right = 0] = x.range()
  return y
    .ticks(3)
    .map((tick) =>
      svg(
        document,
        'g',
        { class: 'tick' },
        svg(document, 'line', { x1: left, x2: right, y1: y(tick), y2: y(tick) }),
        svg(document, 'text', { x: left - 6, y: y(tick), dy: '0.32em', 'text-anchor': 'end' }, format(tick)),
      ),
    )
}

/** A second of the run, ruled through both panels. */
export function timeTick(document: Document, at: number, tick_ms: number, height: number): SVGGElement {
  return svg(
    document,
    'g',
    { class: 'tick' },
    svg(document, 'line', { x1: at, x2: at, y1: TOP_PX, y2: height - 18 }),
    svg(document, 'text', { x: at, y: height - 5, 'text-anchor': 'middle' }, `${tick_ms / 1_000} s`),
  )
}

/** A moment of the run, as a flag on a panel; nothing when it was not reached. */
export function moment(
  document: Document,
  at_ms: number | null,
  name: string,
  x: X,
  top: number,
): SVGGElement | null {
  if (at_ms === null) return null
  const at = x(at_ms)
  return svg(
    document,
    'g',
    { class: 'moment' },
    svg(document, 'title', {}, `${name} at ${formatDuration(at_ms)}`),
    svg(document, 'line', { x1: at, x2: at, y1: top, y2: top + PANEL_PX }),
    svg(document, 'path', { d: `M${Math.round(at * 100) / 100} ${top}l-4 -5h8z` }),
  )
}

/** What a panel shows, above it. */
export function panelName(document: Document, name: string, top: number): SVGTextElement {
  return svg(document, 'text', { class: 'name', x: 0, y: top - 14 }, name)
}

/** Where a failed run ended, through both panels. */
export function endLine(document: Document, at: number, code: string, height: number): SVGGElement {
  const line = svg(document, 'line', { x1: at, x2: at, y1: TOP_PX, y2: height - 18 })
  const text = svg(document, 'text', { x: at - 6, y: TOP_PX + 12, 'text-anchor': 'end' }, `✕ ${code}`)
  return svg(document, 'g', { class: 'ended' }, line, text)
}
