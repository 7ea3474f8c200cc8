import { html } from '../dom/element.ts'
import type { Result, Run } from '../live/state.ts'
import { interact } from './interaction.ts'
import { mapLegend } from './legend.ts'
import type { Mark } from './marks.ts'
import { createScene } from './scene.ts'
import { createTip } from './tip.ts'
import { loadWorld } from './world.ts'

/** What the map asks of its owner. */
export interface MapOptions {
  readonly document: Document
  readonly runs: () => Iterable<Run>
  /** The newest result at a node or of an agent; `null`: none was heard of. */
  readonly newestOf: (mark: Mark) => Result | null
  readonly chosen: (mark: Mark) => void
}

/** The world map. */
export interface MapView {
  readonly element: HTMLElement
  readonly setMarks: (marks: readonly Mark[]) => void
  readonly runsChanged: () => void
  readonly close: () => void
}

const HELP =
  'Map of nodes and agents. Arrow keys go from mark to mark, Enter shows the targets of one, plus and minus zoom, 0 shows the whole world. The same figures are in the table below.'

/** Makes the map, empty; the world's outline follows when it is loaded. */
export function createMap(options: MapOptions): MapView {
  const { document } = options
  const window = document.defaultView
  const host = html(document, 'div', {
    class: 'map-host',
    tabindex: 0,
    role: 'application',
    'aria-label': HELP,
  })
  const still = window?.matchMedia('(prefers-reduced-motion: reduce)')
  const scene = createScene(host, options.runs, () => still?.matches ?? false)
  const tip = createTip(document)
  const ring = html(document, 'span', { class: 'map-ring', hidden: true, 'aria-hidden': 'true' })
  host.append(ring, tip.element)

  let byKey = new Map<string, Mark>()
  let pointed: string | null = null
  const showPointed = () => {
    const mark = pointed === null ? undefined : byKey.get(pointed)
    const at = pointed === null ? undefined : scene.points().get(pointed)
    ring.hidden = mark === undefined || at === undefined
    host.classList.toggle('pointing', !ring.hidden)
    if (mark === undefined || at === undefined) return tip.hide()
    ring.style.setProperty('translate', `${at[0]}px ${at[1]}px`)
    tip.show(mark, at, options.newestOf(mark))
  }
  const controls = interact(host, {
    moved: (transform) => {
      scene.setTransform(transform)
      pointed = null
      showPointed()
    },
    pointed: (key) => {
      pointed = key
      showPointed()
    },
    chosen: (key) => {
      const mark = byKey.get(key)
      if (mark !== undefined) options.chosen(mark)
    },
    points: scene.points,
  })
  const button = (label: string, name: string, act: () => void) => {
    const made = html(document, 'button', { type: 'button', 'aria-label': name, title: name }, label)
    made.addEventListener('click', act)
    return made
  }
  const buttons = html(
    document,
    'div',
    { class: 'map-buttons' },
    button('+', 'Zoom in', () => controls.scaleBy(1.6)),
    button('−', 'Zoom out', () => controls.scaleBy(1 / 1.6)),
    button('⤢', 'Whole world', controls.reset),
  )
  const resized = new ResizeObserver(() => {
    controls.bounds([
      [0, 0],
      [host.clientWidth, host.clientHeight],
    ])
    scene.resize()
  })
  resized.observe(host)
  const dark = window?.matchMedia('(prefers-color-scheme: dark)')
  dark?.addEventListener('change', scene.recolour)
  document.addEventListener('themechange', scene.recolour)
  // Without its outline the map still shows every mark.
  loadWorld().then(scene.setWorld, () => undefined)

  const frame = html(document, 'div', { class: 'map-frame' }, host, buttons)
  return {
    element: html(
      document,
      'section',
      { class: 'map', 'aria-label': 'World map' },
      frame,
      mapLegend(document),
    ),
    setMarks: (marks) => {
      byKey = new Map(marks.map((mark) => [mark.key, mark]))
      scene.setMarks(marks)
      // A tip that is read stays, and says what is true now.
      if (pointed !== null) showPointed()
    },
    runsChanged: scene.runsChanged,
    close: () => {
      resized.disconnect()
      dark?.removeEventListener('change', scene.recolour)
      document.removeEventListener('themechange', scene.recolour)
      scene.close()
    },
  }
}
