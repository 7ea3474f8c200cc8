import { geoPath, type ZoomTransform, zoomIdentity } from 'd3'
import type { Run } from '../live/state.ts'
import { createCircles } from './circles.ts'
import { layoutMap, type Point } from './layout.ts'
import { type Mark, markKey } from './marks.ts'
import { paintMarks } from './paint-marks.ts'
import { type DrawnRun, paintRuns } from './paint-runs.ts'
import { paintWorld, type WorldPaths } from './paint-world.ts'
import { readPalette } from './palette.ts'
import { createSurface } from './surface.ts'
import type { World } from './world.ts'

const PULSE_PX_PER_S = 36

/** What is on the map. Each part is painted on a layer of its own, and only when it has changed. */
export interface Scene {
  readonly setWorld: (world: World) => void
  readonly setMarks: (marks: readonly Mark[]) => void
  readonly setTransform: (transform: ZoomTransform) => void
  readonly resize: () => void
  readonly recolour: () => void
  /** A run began, ended or left: paint until there are none. */
  readonly runsChanged: () => void
  /** Where the marks that are on the screen are, CSS px. */
  readonly points: () => ReadonlyMap<string, Point>
  readonly close: () => void
}

/** Makes an empty scene in a host element. `isStill` says that the reader wants no motion. */
export function createScene(host: HTMLElement, runs: () => Iterable<Run>, isStill: () => boolean): Scene {
  const { ownerDocument: document } = host
  const [ground, middle, top] = [createSurface(document), createSurface(document), createSurface(document)]
  host.append(ground.element, middle.element, top.element)

  let marks: readonly Mark[] = []
  let byKey = new Map<string, Mark>()
  let layout = layoutMap(marks, 1, 1)
  let points: ReadonlyMap<string, Point> = new Map()
  let transform: ZoomTransform = zoomIdentity
  let palette = readPalette(host)
  let world: World | null = null
  let paths: WorldPaths | null = null
  const circles = createCircles()
  const dirty = { world: true, marks: true, runs: true }
  let frame = 0

  const schedule = (part: keyof typeof dirty) => {
    dirty[part] = true
    if (frame === 0) frame = requestAnimationFrame(paint)
  }
  const all = () => {
    schedule('world')
    schedule('marks')
    schedule('runs')
  }
  const paint = (timeMs: number) => {
    frame = 0
    const { width, height } = layout
    if (dirty.world) {
      const context = ground.begin(width, height)
      if (context !== null) paintWorld(context, paths, layout, palette, transform)
    }
    if (dirty.marks) {
      points = screenPoints()
      const context = middle.begin(width, height)
      if (context !== null) paintMarks(context, marks, points, palette)
    }
    const drawn = drawnRuns()
    if (dirty.runs || drawn.length > 0) {
      const context = top.begin(width, height)
      const phase_px = isStill() ? 0 : (timeMs / 1_000) * PULSE_PX_PER_S
      if (context !== null) paintRuns(context, drawn, palette, transform, phase_px)
    }
    dirty.world = dirty.marks = dirty.runs = false
    if (!isStill() && drawn.some(({ run }) => run.result === null)) schedule('runs')
  }
  const screenPoint = (key: string): { at: Point; docked: boolean } | null => {
    const place = layout.places.get(key)
    if (place === undefined) return null
    return { at: place.docked ? place.point : transform.apply([...place.point]), docked: place.docked }
  }
  const screenPoints = () => {
    const seen = new Map<string, Point>()
    for (const key of layout.places.keys()) {
      const point = screenPoint(key)
      if (point !== null && (point.docked || isInside(point.at))) seen.set(key, point.at)
    }
    return seen
  }
  const isInside = ([x, y]: Point) =>
    x >= 0 && x <= layout.width && y >= 0 && y <= (layout.dock?.top ?? layout.height)
  const drawnRuns = () => {
    const drawn: DrawnRun[] = []
    for (const run of runs()) {
      const [from, to] = [markKey('agent', run.agent_id), markKey('node', run.node_id)]
      const [a, b] = [screenPoint(from), screenPoint(to)]
      if (a === null || b === null) continue
      const docked = a.docked && b.docked
      drawn.push({
        run,
        from: a.at,
        to: b.at,
        circle: circles.between(byKey.get(from), byKey.get(to), layout.projection),
        docked,
      })
    }
    return drawn
  }
  const relayout = () => {
    const before = [layout.width, layout.height, layout.dock?.top].join(' ')
    layout = layoutMap(marks, Math.max(1, host.clientWidth), Math.max(1, host.clientHeight))
    circles.clear()
    if ([layout.width, layout.height, layout.dock?.top].join(' ') !== before) project()
    all()
  }
  const project = () => {
    if (world === null) return
    const path = geoPath(layout.projection)
    paths = { land: new Path2D(path(world.land) ?? ''), borders: new Path2D(path(world.borders) ?? '') }
  }
  return {
    setWorld: (loaded) => {
      world = loaded
      project()
      schedule('world')
    },
    setMarks: (changed) => {
      marks = changed
      byKey = new Map(marks.map((mark) => [mark.key, mark]))
      relayout()
    },
    setTransform: (moved) => {
      transform = moved
      all()
    },
    resize: () => {
      // Before it is in the page an element has no colours.
      palette = readPalette(host)
      relayout()
    },
    recolour: () => {
      palette = readPalette(host)
      all()
    },
    runsChanged: () => schedule('runs'),
    points: () => points,
    close: () => cancelAnimationFrame(frame),
  }
}
