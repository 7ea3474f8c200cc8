import { type ScaleLinear, scaleLinear } from 'd3'
import { svg } from '../dom/element.ts'
import { formatDuration } from '../figures/format.ts'
import { lastReachedMs, type Phase } from './phases.ts'

/** How a waterfall is drawn. */
export interface WaterfallOptions {
  readonly document: Document
  /** CSS px. */
  readonly width: number
  /** When and why the run ended early; `null`: it did not. */
  readonly ended: { readonly at_ms: number; readonly code: string } | null
}

const ROW_PX = 26
const HEAD_PX = 20

/** The phases of one run as bars on a common time axis from the start of the run. */
export function waterfall(phases: readonly Phase[], options: WaterfallOptions): SVGSVGElement {
  const { document, width, ended } = options
  const labelPx = width < 520 ? 104 : 132
  const figurePx = 76
  const end_ms = Math.max(1, lastReachedMs(phases), ended?.at_ms ?? 0)
  const x = scaleLinear([0, end_ms], [labelPx, width - figurePx])
  const height = HEAD_PX + phases.length * ROW_PX + (ended === null ? 4 : 22)
  const chart = svg(document, 'svg', {
    class: 'chart waterfall',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'aria-label': description(phases),
  })
  for (const tick of x.ticks(width < 520 ? 3 : 7)) chart.append(tickMark(document, x(tick), tick, height))
  phases.forEach((phase, index) => {
    chart.append(phaseRow(document, phase, HEAD_PX + index * ROW_PX, x, width))
  })
  if (ended !== null) chart.append(endMark(document, ended, x(ended.at_ms), height, width))
  return chart
}

function tickMark(document: Document, at: number, tick_ms: number, height: number): SVGGElement {
  return svg(
    document,
    'g',
    { class: 'tick' },
    svg(document, 'line', { x1: at, x2: at, y1: HEAD_PX - 4, y2: height }),
    svg(document, 'text', { x: at, y: 11, 'text-anchor': 'middle' }, formatDuration(tick_ms)),
  )
}

function phaseRow(
  document: Document,
  phase: Phase,
  top: number,
  x: ScaleLinear<number, number>,
  width: number,
): SVGGElement {
  const middle = top + ROW_PX / 2
  const { from_ms, to_ms, note, absent } = phase
  const name = svg(document, 'text', { class: 'name', x: 0, y: middle, dy: '0.32em' }, phase.name)
  if (from_ms === null || to_ms === null) {
    const dash = svg(
      document,
      'text',
      { class: 'absent', x: x(0) + 4, y: middle, dy: '0.32em' },
      `— ${absent}`,
    )
    return svg(document, 'g', { class: `phase ${phase.key}` }, name, dash)
  }
  const length = formatDuration(to_ms - from_ms)
  const title = `${phase.name}: ${length}, from ${formatDuration(from_ms)} to ${formatDuration(to_ms)}`
  return svg(
    document,
    'g',
    { class: `phase ${phase.key}` },
    svg(document, 'title', {}, note === null ? title : `${title}; ${note}`),
    name,
    bar(document, null, x(from_ms), x(to_ms), top),
    phase.waited_to_ms === null ? null : bar(document, 'waited', x(from_ms), x(phase.waited_to_ms), top),
    note === null ? null : noteText(document, note, x(from_ms), x(to_ms), middle, x.range()),
    svg(
      document,
      'text',
      { class: 'length', x: width, y: middle, dy: '0.32em', 'text-anchor': 'end' },
      length,
    ),
  )
}

function bar(document: Document, name: string | null, from: number, to: number, top: number): SVGRectElement {
  const width = Math.max(1.5, to - from)
  return svg(document, 'rect', { class: name, x: from, y: top + 5, width, height: ROW_PX - 10, rx: 1.5 })
}

/** A note stands to the right of its bar or, where there is more room, to the left; where there is none it is left out. */
function noteText(
  document: Document,
  note: string,
  from: number,
  to: number,
  middle: number,
  range: readonly number[],
): SVGTextElement | null {
  const length = note.length * 6 + 8
  const [left = 0, right = 0] = range
  const at = { class: 'absent', y: middle, dy: '0.32em' }
  if (to + length <= right) return svg(document, 'text', { ...at, x: to + 6 }, note)
  if (from - length >= left) return svg(document, 'text', { ...at, x: from - 6, 'text-anchor': 'end' }, note)
  return null
}

function endMark(
  document: Document,
  ended: { readonly at_ms: number; readonly code: string },
  at: number,
  height: number,
  width: number,
): SVGGElement {
  const isRight = at > width / 2
  const text = `✕ ${ended.code} at ${formatDuration(ended.at_ms)}`
  return svg(
    document,
    'g',
    { class: 'ended' },
    svg(document, 'line', { x1: at, x2: at, y1: HEAD_PX - 4, y2: height }),
    svg(
      document,
      'text',
      { x: at + (isRight ? -6 : 6), y: height - 8, 'text-anchor': isRight ? 'end' : 'start' },
      text,
    ),
  )
}

/** The whole waterfall in words, for those who do not see it. */
function description(phases: readonly Phase[]): string {
  return phases
    .map((phase) =>
      phase.from_ms === null || phase.to_ms === null
        ? `${phase.name}: ${phase.absent}`
        : `${phase.name}: ${formatDuration(phase.to_ms - phase.from_ms)}`,
    )
    .join('; ')
}
