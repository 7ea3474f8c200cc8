import { html, svg } from '../dom/element.ts'

/** What the map's signs mean. */
export function mapLegend(document: Document): HTMLElement {
  const entry = (glyph: readonly SVGElement[], words: string) =>
    html(
      document,
      'li',
      {},
      svg(document, 'svg', { viewBox: '0 0 26 14', width: 26, height: 14, 'aria-hidden': 'true' }, ...glyph),
      words,
    )
  const path = (className: string, d: string) => svg(document, 'path', { class: className, d })
  return html(
    document,
    'ul',
    { class: 'legend', 'aria-label': 'Legend' },
    entry([svg(document, 'rect', { class: 'node', x: 8, y: 2, width: 10, height: 10 })], 'data centre'),
    entry([svg(document, 'circle', { class: 'node', cx: 13, cy: 7, r: 4 })], 'edge point'),
    entry([path('agent', 'M13 1.500l5.500 10.500h-11z')], 'agent'),
    entry([path('agent hollow', 'M13 1.500l5.500 10.500h-11z')], 'hollow: away, or no run'),
    entry([path('share', 'M13 1.500a5.500 5.500 0 0 1 5.500 5.500')], 'share of runs failed'),
    entry([path('tcp', 'M1 7h24')], 'TCP run'),
    entry([path('quic', 'M1 7h24')], 'QUIC run'),
    entry([path('failed', 'M1 7h16M17 2l8 10M25 2l-8 10')], 'failed'),
  )
}
