import { html } from './element.ts'

/** A place for a chart that is drawn again whenever the place changes its width. */
export interface ChartHost {
  readonly element: HTMLElement
  /** Draws with this from now on; `draw` gets the width in CSS px. */
  readonly show: (draw: (width: number) => Element) => void
  readonly close: () => void
}

/** Makes an empty place; it is `minHeightPx` high until the chart comes, so that the page does not jump. */
export function createChartHost(document: Document, minHeightPx: number): ChartHost {
  const element = html(document, 'div', { class: 'chart-host' })
  element.style.setProperty('min-height', `${minHeightPx}px`)
  let draw: ((width: number) => Element) | null = null
  let drawnWidth = 0
  const redraw = () => {
    const width = Math.floor(element.clientWidth)
    if (draw === null || width === 0) return
    drawnWidth = width
    element.style.removeProperty('min-height')
    element.replaceChildren(draw(width))
  }
  const resized = new ResizeObserver(() => {
    if (Math.floor(element.clientWidth) !== drawnWidth) redraw()
  })
  resized.observe(element)
  return {
    element,
    show: (next) => {
      draw = next
      redraw()
    },
    close: () => resized.disconnect(),
  }
}
