import * as Plot from '@observablehq/plot'
import type { Metric, Timeseries, Transport } from '@streamgauge/contract'
import { utcFormat } from 'd3'
import { estimateAside, estimateText } from '../figures/estimate.ts'
import { METRICS } from '../figures/metrics.ts'
import { TRANSPORT_NAMES } from '../figures/words.ts'
import { type ChartPoint, withGaps } from './gaps.ts'

/** How a time series is drawn. */
export interface SeriesOptions {
  readonly document: Document
  /** CSS px. */
  readonly width: number
  /** The target the page is about; its sibling is drawn fainter. */
  readonly target_id: string
}

interface Drawn extends ChartPoint {
  readonly transport: Transport
  readonly title: string
}

/** A metric over time per target: the value, its 95 % interval as a band, and under it the runs it rests on. */
export function seriesChart(timeseries: Timeseries, options: SeriesOptions): SVGElement {
  const { metric, series, bucket_s, from, to } = timeseries
  const { document, width } = options
  const isRatio = metric === 'stall_ratio' || metric === 'success_ratio'
  const percent = isRatio ? 100 : 1
  const marks: Plot.Markish[] = [Plot.gridY({ stroke: 'var(--line)', strokeOpacity: 1 })]
  const everything: Drawn[] = []
  for (const one of series) {
    const points = withGaps(one.points, bucket_s).map((point) =>
      drawnPoint(metric, one.transport, point, percent),
    )
    everything.push(...points)
    marks.push(...lineMarks(points, one.transport, one.target_id === options.target_id))
  }
  const known = everything.filter((point) => point.value !== null)
  const tip = { x: 'at', y: 'value', title: 'title', fill: 'var(--surface)', stroke: 'var(--line-strong)' }
  marks.push(Plot.tip(known, Plot.pointer(tip)))
  const highest = Math.max(0, ...known.map((point) => Math.max(point.high ?? 0, point.value ?? 0)))
  const chart = Plot.plot({
    document,
    width,
    height: 260,
    marginLeft: 56,
    marginRight: 16,
    className: 'plot',
    ariaLabel: `${METRICS[metric].name} over time`,
    x: {
      type: 'utc',
      domain: [new Date(from), new Date(to)],
      label: null,
      ticks: width < 520 ? 4 : 8,
      tickFormat: utcFormat('%H:%M'),
    },
    y: {
      // A ratio that only touches 0 would be drawn as a line in the middle.
      domain: yDomain(metric, highest, known),
      nice: true,
      label: isRatio ? '%' : 'ms',
      ticks: 5,
    },
    marks,
  })
  return bare(chart)
}

/** How many runs each bucket rests on: bars under the time series, on the same time axis. */
export function countChart(timeseries: Timeseries, options: SeriesOptions): SVGElement {
  const { series, bucket_s, from, to } = timeseries
  const { document, width, target_id } = options
  const bars = series
    .filter((one) => one.target_id === target_id)
    .flatMap((one) =>
      one.points.map(({ at, n }) => ({
        from: new Date(at),
        to: new Date(Date.parse(at) + bucket_s * 1_000),
        n,
        fill: `var(--${one.transport})`,
      })),
    )
  const most = Math.max(1, ...bars.map((bar) => bar.n))
  const chart = Plot.plot({
    document,
    width,
    height: 64,
    marginLeft: 56,
    marginRight: 16,
    marginTop: 14,
    marginBottom: 6,
    className: 'plot',
    ariaLabel: 'Runs per bucket',
    x: { type: 'utc', domain: [new Date(from), new Date(to)], axis: null },
    y: { label: 'n', ticks: [0, most], tickFormat: 'd', domain: [0, most] },
    marks: [
      Plot.rectY(bars, { x1: 'from', x2: 'to', y: 'n', fill: 'fill', fillOpacity: 0.55, insetRight: 1 }),
      Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
    ],
  })
  return bare(chart)
}

function lineMarks(points: readonly Drawn[], transport: Transport, isMain: boolean): readonly Plot.Markish[] {
  const stroke = `var(--${transport})`
  const dash = transport === 'quic' ? '6 3' : 'none'
  return [
    Plot.areaY(points, { x: 'at', y1: 'low', y2: 'high', fill: stroke, fillOpacity: isMain ? 0.18 : 0.09 }),
    Plot.lineY(points, {
      x: 'at',
      y: 'value',
      stroke,
      strokeWidth: isMain ? 2 : 1.25,
      strokeDasharray: dash,
    }),
    Plot.dot(points, { x: 'at', y: 'value', r: isMain ? 2.25 : 1.5, fill: stroke }),
  ]
}

function drawnPoint(metric: Metric, transport: Transport, point: ChartPoint, percent: number): Drawn {
  const scaled = (value: number | null) => (value === null ? null : value * percent)
  const text = estimateText(metric, point)
  const clock = point.at.toISOString().slice(11, 19)
  return {
    at: point.at,
    value: scaled(point.value),
    low: scaled(point.low),
    high: scaled(point.high),
    n: point.n,
    transport,
    title: `${TRANSPORT_NAMES[transport]} ${clock} UTC\n${text.value}\n${estimateAside(text)}`,
  }
}

function yDomain(metric: Metric, highest: number, known: readonly Drawn[]): [number, number] {
  if (metric !== 'success_ratio') return [0, highest === 0 ? 1 : highest]
  const lowest = Math.min(100, ...known.map((point) => Math.min(point.low ?? 100, point.value ?? 100)))
  return [lowest < 100 ? Math.max(0, lowest) : 0, 100]
}

/** Plot brings a style sheet inside the chart, which the CSP forbids; the same rules are in `style/chart.css`. */
function bare(chart: SVGElement | HTMLElement): SVGElement {
  for (const style of chart.querySelectorAll('style')) style.remove()
  if (!(chart instanceof SVGElement)) throw new Error('a chart without legends is one SVG element')
  return chart
}
