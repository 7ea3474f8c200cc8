import type { StoredMeasurement } from '@streamgauge/contract'
import { area, curveStepAfter, line, type ScaleLinear, scaleLinear } from 'd3'
import { svg } from '../dom/element.ts'
import { formatBitrate, formatDuration } from '../figures/format.ts'
import { bufferPoints, playerText, throughputPoints } from './series.ts'

/** What a run's timeline is drawn from. */
export type TimelineSource = Pick<
  StoredMeasurement,
  | 'wall_ms'
  | 'first_frame_ms'
  | 'startup_ms'
  | 'stalls'
  | 'stall_ms'
  | 'played_ms'
  | 'buffer_series_ms'
  | 'throughput_series_bps'
  | 'media_bitrate_bps'
>

/** How a timeline is drawn. */
export interface TimelineOptions {
  readonly document: Document
  /** CSS px. */
  readonly width: number
}

type X = ScaleLinear<number, number>

const LEFT_PX = 76
const RIGHT_PX = 10
const TOP_PX = 20
const PANEL_PX = 96
const GAP_PX = 30

/** The player's buffer with its stalls, above the throughput against the media's bitrate, on the run's time axis. */
export function timeline(m: TimelineSource, options: TimelineOptions): SVGSVGElement {
  const { document, width } = options
  const seconds = Math.max(m.buffer_series_ms.length, m.throughput_series_bps.length)
  const end_ms = Math.max(1, m.wall_ms, (seconds - 1) * 1_000)
  const x = scaleLinear([0, end_ms], [LEFT_PX, width - RIGHT_PX])
  const below = TOP_PX + PANEL_PX + GAP_PX
  const height = below + PANEL_PX + 24
  const ticks = x.ticks(width < 520 ? 4 : 10).filter((tick) => tick % 1_000 === 0)
  return svg(
    document,
    'svg',
    {
      class: 'chart timeline',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': playerText(m),
    },
    ...ticks.map((tick) => timeTick(document, x(tick), tick, height)),
    bufferPanel(document, m, x, TOP_PX),
    throughputPanel(document, m, x, below),
  )
}

function bufferPanel(document: Document, m: TimelineSource, x: X, top: number): SVGGElement {
  const points = bufferPoints(m.buffer_series_ms)
  const most = Math.max(1_000, ...m.buffer_series_ms)
  const y = scaleLinear([0, most], [top + PANEL_PX, top]).nice(3)
  const shape = area<(typeof points)[number]>()
    .x((point) => x(point.at_ms))
    .y0(y(0))
    .y1((point) => y(point.value))
  const stalls = m.stalls.map((stall) => {
    const words = `Stall at ${formatDuration(stall.at_ms)} for ${formatDuration(stall.length_ms)}`
    return svg(
      document,
      'rect',
      {
        class: 'stall',
        x: x(stall.at_ms),
        y: top,
        width: Math.max(1.5, x(stall.at_ms + stall.length_ms) - x(stall.at_ms)),
        height: PANEL_PX,
      },
      svg(document, 'title', {}, words),
    )
  })
  return svg(
    document,
    'g',
    { class: 'panel buffer' },
    panelName(document, 'Buffer', top),
    ...levelTicks(document, y, x, formatDuration),
    ...stalls,
    svg(document, 'path', { class: 'level', d: shape(points) ?? '' }),
    moment(document, m.first_frame_ms, 'first frame', x, top),
    moment(document, m.startup_ms, 'playing', x, top),
  )
}

function throughputPanel(document: Document, m: TimelineSource, x: X, top: number): SVGGElement {
  const points = throughputPoints(m.throughput_series_bps)
  const most = Math.max(1, m.media_bitrate_bps ?? 0, ...m.throughput_series_bps)
  const y = scaleLinear([0, most], [top + PANEL_PX, top]).nice(3)
  const shape = line<(typeof points)[number]>()
    .x((point) => x(point.at_ms))
    .y((point) => y(point.value))
    .curve(curveStepAfter)
  const bitrate = m.media_bitrate_bps
  const [left, right] = x.range()
  return svg(
    document,
    'g',
    { class: 'panel throughput' },
    panelName(
      document,
      bitrate === null ? 'Throughput' : `Throughput; dashed: media, ${formatBitrate(bitrate)}`,
      top,
    ),
    ...levelTicks(document, y, x, formatBitrate),
    svg(document, 'path', { class: 'rate', d: shape(points) ?? '' }),
    bitrate === null
      ? null
      : svg(document, 'line', {
          class: 'bitrate',
          x1: left ?? 0,
          x2: right ?? 0,
          y1: y(bitrate),
          y2: y(bitrate),
        }),
  )
}

function levelTicks(document: Document, y: X, x: X, format: (value: number) => string): SVGElement[] {
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

function timeTick(document: Document, at: number, tick_ms: number, height: number): SVGGElement {
  return svg(
    document,
    'g',
    { class: 'tick' },
    svg(document, 'line', { x1: at, x2: at, y1: TOP_PX, y2: height - 18 }),
    svg(document, 'text', { x: at, y: height - 5, 'text-anchor': 'middle' }, `${tick_ms / 1_000} s`),
  )
}

function moment(
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

function panelName(document: Document, name: string, top: number): SVGTextElement {
  return svg(document, 'text', { class: 'name', x: 0, y: top - 8 }, name)
}
