import { type GeoProjection, geoNaturalEarth1 } from 'd3'
import type { Mark } from './marks.ts'

/** A point on the map's element, CSS px from its top left. */
export type Point = readonly [number, number]

/** Where a mark stands. `docked` marks do not move when the map is zoomed. */
export interface Place {
  readonly point: Point
  readonly docked: boolean
}

/** A row of one of the dock's columns; `mark` is `null` where it stands for all that did not fit. */
export interface DockSlot {
  readonly point: Point
  readonly mark: Mark | null
  readonly label: string
  readonly side: 'agents' | 'nodes'
}

/** The strip for what has no location, at the foot of the map. */
export interface Dock {
  readonly top: number
  readonly height: number
  readonly slots: readonly DockSlot[]
}

/** The map's geometry before zooming. */
export interface Layout {
  readonly width: number
  readonly height: number
  readonly projection: GeoProjection
  readonly places: ReadonlyMap<string, Place>
  /** `null`: everything has a location. */
  readonly dock: Dock | null
}

const HEAD_PX = 26
const ROW_PX = 22
const ROWS_MAX = 4

// The corners of what is inhabited: Antarctica would take a fifth of the height.
const INHABITED = [
  [-168, -55],
  [178, -55],
  [-168, 76],
  [178, 76],
  [-168, 10],
  [178, 10],
]

/** Finds every mark's place: by projection when it has a location, else in the dock. */
export function layoutMap(marks: readonly Mark[], width: number, height: number): Layout {
  const homeless = marks.filter((mark) => mark.coordinates === null)
  const dock = layoutDock(homeless, width, height)
  const projection = worldProjection(width, dock?.top ?? height)
  const places = new Map<string, Place>()
  for (const mark of marks) {
    const point = mark.coordinates === null ? null : projection([...mark.coordinates])
    if (point !== null) places.set(mark.key, { point, docked: false })
  }
  for (const mark of homeless) {
    const slot = slotOf(dock, mark)
    if (slot !== null) places.set(mark.key, { point: slot, docked: true })
  }
  return { width, height, projection, places, dock }
}

/** The projection that fits the inhabited world into a box. */
export function worldProjection(width: number, height: number): GeoProjection {
  const margin = 6
  const extent: [Point, Point] = [
    [margin, margin],
    [Math.max(margin + 1, width - margin), Math.max(margin + 1, height - margin)],
  ]
  return geoNaturalEarth1().fitExtent(extent as [[number, number], [number, number]], {
    type: 'MultiPoint',
    coordinates: INHABITED,
  })
}

/**
 * Lays out what has no location: agents in the left column with their names to the left, nodes in the right one with
 * their names to the right, so that runs between them cross no name. `null` when there is nothing.
 */
export function layoutDock(marks: readonly Mark[], width: number, height: number): Dock | null {
  if (marks.length === 0) return null
  const columns = [
    marks.filter((mark) => mark.shape === 'agent'),
    marks.filter((mark) => mark.shape !== 'agent'),
  ]
  const rows = Math.min(ROWS_MAX, Math.max(...columns.map((column) => column.length)))
  const dockHeight = HEAD_PX + rows * ROW_PX + 6
  const top = height - dockHeight
  const slots = columns.flatMap((column, index) => {
    const x = Math.round(width * (index === 0 ? 0.36 : 0.6))
    const fits = column.length <= ROWS_MAX ? column.length : ROWS_MAX - 1
    const at = (row: number): Point => [x, top + HEAD_PX + (row + 0.5) * ROW_PX]
    const side = index === 0 ? ('agents' as const) : ('nodes' as const)
    const named = column.slice(0, fits).map((mark, row) => ({ point: at(row), mark, label: mark.name, side }))
    const rest = column.length - fits
    return rest === 0 ? named : [...named, { point: at(fits), mark: null, label: `and ${rest} more`, side }]
  })
  return { top, height: dockHeight, slots }
}

function slotOf(dock: Dock | null, mark: Mark): Point | null {
  const slots = dock?.slots ?? []
  const own = slots.find((slot) => slot.mark?.key === mark.key)
  if (own !== undefined) return own.point
  const side = mark.shape === 'agent' ? 'agents' : 'nodes'
  const rest = slots.find((slot) => slot.mark === null && slot.side === side)
  return rest?.point ?? null
}
