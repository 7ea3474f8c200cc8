import type { Incident, Scope } from '@streamgauge/contract'

type Kind = Scope['kind']

/** Kinds of scope from the widest to the narrowest. */
const KINDS: readonly Kind[] = [
  'everything',
  'transport',
  'route',
  'provider',
  'region',
  'isp',
  'node',
  'cell',
  'agent',
]

/** An incident as a bar: from and to, ms since 1970, and its lane among those of its kind. */
export interface Bar {
  readonly incident: Incident
  readonly from_ms: number
  readonly to_ms: number
  readonly lane: number
}

/** More at the same time are not drawn. */
const LANES_MAX = 12

/** The bars of one kind of scope, how many lanes they take, and how many found no room. */
export interface StripRow {
  readonly kind: Kind
  readonly bars: readonly Bar[]
  readonly lanes: number
  readonly left_out_count: number
}

/**
 * Lays incidents out within a window, a row for each kind of scope there is. Those at the same time stand in lanes of their
 * own; a bar takes `width_min_ms` at least, so that a short one can be seen and does not hide another.
 */
export function stripRows(
  incidents: readonly Incident[],
  window: { readonly from_ms: number; readonly to_ms: number },
  width_min_ms: number,
): readonly StripRow[] {
  const { from_ms, to_ms } = window
  const spans = incidents
    .map((incident) => ({
      incident,
      from_ms: Math.max(from_ms, Date.parse(incident.started_at)),
      to_ms: incident.ended_at === null ? to_ms : Math.min(to_ms, Date.parse(incident.ended_at)),
    }))
    .filter((span) => span.to_ms >= from_ms && span.from_ms <= to_ms)
    .sort((a, b) => a.from_ms - b.from_ms)
  return KINDS.flatMap((kind) => {
    const own = spans.filter(({ incident }) => incident.scope.kind === kind)
    if (own.length === 0) return []
    const ends: number[] = []
    const bars = own.map((span) => {
      const free = ends.findIndex((end) => end <= span.from_ms)
      const lane = free === -1 ? ends.length : free
      ends[lane] = Math.max(span.to_ms, span.from_ms + width_min_ms)
      return { ...span, lane }
    })
    const drawn = bars.filter(({ lane }) => lane < LANES_MAX)
    const lanes = Math.min(ends.length, LANES_MAX)
    return [{ kind, bars: drawn, lanes, left_out_count: bars.length - drawn.length }]
  })
}
