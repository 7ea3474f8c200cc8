import { html } from '../dom/element.ts'

/** A canvas as large as its host, drawn in CSS px whatever the screen's density. */
export interface Surface {
  readonly element: HTMLCanvasElement
  /** Clears the canvas, at this size in CSS px, and returns what to paint with; `null`: the browser gives none. */
  readonly begin: (width: number, height: number) => CanvasRenderingContext2D | null
}

/** Makes a canvas that assistive technology passes over: what it shows is said elsewhere. */
export function createSurface(document: Document): Surface {
  const element = html(document, 'canvas', { 'aria-hidden': 'true' })
  const context = element.getContext('2d')
  const begin = (width: number, height: number) => {
    const density = document.defaultView?.devicePixelRatio ?? 1
    const [w, h] = [Math.round(width * density), Math.round(height * density)]
    if (element.width !== w || element.height !== h) {
      element.width = w
      element.height = h
    }
    context?.setTransform(density, 0, 0, density, 0, 0)
    context?.clearRect(0, 0, width, height)
    return context
  }
  return { element, begin }
}
