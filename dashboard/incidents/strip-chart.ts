import { scaleUtc, utcFormat } from 'd3'
import { svg } from '../dom/element.ts'
import { formatInstant } from '../figures/format.ts'
import { incidentHash, type Route } from '../routing/hash.ts'
import { type Bar, type StripRow, stripRows } from './strip.ts'
import { scopeText } from './words.ts'

const LEFT_PX = 84
const RIGHT_PX = 10
const LANE_PX = 16
const ROW_GAP_PX = 8
const AXIS_PX = 22
/** A bar's least width, and what stands between two of a lane. */
const BAR_MIN_PX = 5
const DAY_MS = 86_400_000
/** Severity by height too, not by colour alone. */
const HEIGHTS_PX = { critical: 13, warning: 9, info: 5 } as const

/** How the strip is drawn. */
export interface StripOptions {
  readonly document: Document
  /** CSS px. */
  readonly width: number
  readonly route: Route
  readonly from_ms: number
  readonly to_ms: number
}

/** Incidents over a window, a row for each kind of scope; each bar leads to its incident. */
export function stripChart(incidents: Parameters<typeof stripRows>[0], options: StripOptions): SVGSVGElement {
  const { document, width, from_ms, to_ms } = options
  const x = scaleUtc([from_ms, to_ms], [LEFT_PX, width - RIGHT_PX])
  const perPx = (to_ms - from_ms) / Math.max(1, width - LEFT_PX - RIGHT_PX)
  const rows = stripRows(incidents, { from_ms, to_ms }, BAR_MIN_PX * perPx)
  const parts: SVGElement[] = []
  let top = AXIS_PX
  for (const row of rows) {
    parts.push(rowGroup(row, top, x, options))
    top += row.lanes * LANE_PX + ROW_GAP_PX
  }
  const format = utcFormat(to_ms - from_ms > 2 * DAY_MS ? '%b %-d' : '%H:%M')
  const ticks = x
    .ticks(width < 520 ? 3 : 8)
    .map((tick) =>
      svg(
        document,
        'g',
        { class: 'tick' },
        svg(document, 'line', { x1: x(tick), x2: x(tick), y1: AXIS_PX - 4, y2: top }),
        svg(document, 'text', { x: x(tick), y: 11, 'text-anchor': 'middle' }, format(tick)),
      ),
    )
  const box = { class: 'chart strip', viewBox: `0 0 ${width} ${top}`, width, height: top }
  return svg(
    document,
    'svg',
    { ...box, role: 'group', 'aria-label': 'Incidents over time, UTC' },
    ...ticks,
    ...parts,
  )
}

function rowGroup(
  { kind, bars, lanes, left_out_count }: StripRow,
  top: number,
  x: (ms: number) => number,
  options: StripOptions,
): SVGGElement {
  const { document } = options
  const middle = top + (lanes * LANE_PX) / 2
  const label = left_out_count === 0 ? kind : `${kind} +${left_out_count}`
  const name = svg(document, 'text', { class: 'name', x: 0, y: middle, dy: '0.32em' }, label)
  return svg(document, 'g', {}, name, ...bars.map((bar) => barLink(bar, top, x, options)))
}

function barLink(
  { incident, from_ms, to_ms, lane }: Bar,
  top: number,
  x: (ms: number) => number,
  { document, route }: StripOptions,
): SVGAElement {
  const { severity, state, scope, started_at, incident_id } = incident
  const height = HEIGHTS_PX[severity]
  const text = `${scopeText(scope)}: ${severity}, ${state}, since ${formatInstant(started_at)}`
  return svg(
    document,
    'a',
    { href: incidentHash(route, incident_id), 'aria-label': text },
    svg(document, 'title', {}, text),
    svg(document, 'rect', {
      class: `bar ${severity}`,
      x: x(from_ms),
      y: top + lane * LANE_PX + (LANE_PX - height) / 2,
      width: Math.max(BAR_MIN_PX - 1, x(to_ms) - x(from_ms) - 1),
      height,
      rx: 2,
    }),
  )
}
