import type { StoredMeasurement } from '@streamgauge/contract'
import { area, curveStepAfter, line, scaleLinear } from 'd3'
import { svg } from '../dom/element.ts'
import { formatBitrate, formatDuration } from '../figures/format.ts'
import { bufferPoints, playerText, throughputPoints } from './series.ts'
import {
  endLine,
  levelTicks,
  moment,
  PANEL_PX,
  panelName,
  TOP_PX,
  timeTick,
  type X,
} from './timeline-axis.ts'

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
  | 'failure_code'
>

/** How a timeline is drawn. */
export interface TimelineOptions {
  readonly document: Document
  /** CSS px. */
  readonly width: number
}

const LEFT_PX = 76
const RIGHT_PX = 10
const GAP_PX = 42

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
    m.failure_code === null ? null : endLine(document, x(m.wall_ms), m.failure_code, height),
  )
}

function bufferPanel(document: Document, m: TimelineSource, x: X, top: number): SVGGElement {
  const points = bufferPoints(m.buffer_series_ms, m.stalls)
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
    panelName(document, m.stalls.length === 0 ? 'Buffer' : 'Buffer; blocks: stalls', top),
    ...levelTicks(document, y, x, formatDuration),
    ...stalls,
    svg(document, 'path', { class: 'level', d: shape(points) ?? '' }),
    moment(document, m.first_frame_ms, 'first frame', x, top),
    moment(document, m.startup_ms, 'playing', x, top),
  )
}

function throughputPanel(document: Document, m: TimelineSource, x: X, top: number): SVGGElement {
  const [, end_ms = 0] = x.domain()
  const points = throughputPoints(m.throughput_series_bps, end_ms)
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
