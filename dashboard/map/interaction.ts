import { select, type ZoomTransform, zoom, zoomIdentity } from 'd3'
import type { Point } from './layout.ts'
import { type Direction, nearest, nextInDirection } from './travel.ts'

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}
const REACH_PX = 14

/** What the reader does to the map, told to its owner. */
export interface MapHandlers {
  readonly moved: (transform: ZoomTransform) => void
  /** The mark under the pointer or reached by an arrow key; `null`: none. */
  readonly pointed: (key: string | null, by: 'pointer' | 'keys') => void
  readonly chosen: (key: string) => void
  /** Where the marks are on the screen right now. */
  readonly points: () => ReadonlyMap<string, Point>
}

/** Makes an element zoom by wheel with Ctrl or ⌘, by pinching, dragging and keys, and its marks reachable by arrow keys. */
export function interact(host: HTMLElement, handlers: MapHandlers) {
  let current: string | null = null
  const point = (key: string | null, by: 'pointer' | 'keys') => {
    if (key === current && by === 'pointer') return
    current = key
    handlers.pointed(key, by)
  }
  const behaviour = zoom<HTMLElement, unknown>()
    .scaleExtent([1, 24])
    // A page must scroll past the map: a plain wheel and a single finger are left to the page.
    .filter((event: Event) => {
      if (event instanceof WheelEvent) return event.ctrlKey || event.metaKey
      if (event.type.startsWith('touch')) return 'touches' in event && touchCount(event) > 1
      return !(event instanceof MouseEvent && event.button !== 0)
    })
    .on('zoom', (event: { transform: ZoomTransform }) => handlers.moved(event.transform))
  const selection = select(host).call(behaviour).on('dblclick.zoom', null)
  const scaleBy = (factor: number) => behaviour.scaleBy(selection, factor)
  const reset = () => behaviour.transform(selection, zoomIdentity)

  host.addEventListener('pointermove', (event) => {
    if (event.buttons === 0)
      point(nearest([event.offsetX, event.offsetY], handlers.points(), REACH_PX), 'pointer')
  })
  host.addEventListener('pointerleave', () => point(null, 'pointer'))
  host.addEventListener('blur', () => point(null, 'keys'))
  host.addEventListener('click', (event) => {
    const key = nearest([event.offsetX, event.offsetY], handlers.points(), REACH_PX)
    point(key, 'pointer')
    if (key !== null) handlers.chosen(key)
  })
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => scaleBy(1.6),
    '=': () => scaleBy(1.6),
    '-': () => scaleBy(1 / 1.6),
    '0': reset,
    Escape: () => point(null, 'keys'),
    Enter: () => current !== null && handlers.chosen(current),
  }
  host.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const direction = DIRECTIONS[event.key]
    const act = direction === undefined ? keys[event.key] : () => point(travel(current, direction), 'keys')
    if (act === undefined) return
    event.preventDefault()
    act()
  })
  const travel = (from: string | null, direction: Direction): string | null => {
    const points = handlers.points()
    const at = from === null ? undefined : points.get(from)
    if (at === undefined) return points.keys().next().value ?? null
    return nextInDirection(at, direction, points) ?? from
  }
  return {
    scaleBy,
    reset,
    bounds: (extent: [[number, number], [number, number]]) =>
      behaviour.translateExtent(extent).extent(extent),
  }
}

function touchCount(event: Event): number {
  return 'touches' in event && event.touches instanceof TouchList ? event.touches.length : 0
}
