import type { StallMsByPolicy } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { ABSENT, formatDuration } from '../figures/format.ts'

/** Stalled time per buffer size: what another player would have shown of the same arrivals. */
export function policyTable(document: Document, stalled: StallMsByPolicy): HTMLElement {
  const columns = Object.entries(stalled).sort(([a], [b]) => Number(a) - Number(b))
  const head = columns.map(([size]) => html(document, 'th', { scope: 'col' }, formatDuration(Number(size))))
  const cells = columns.map(([, ms]) => {
    const title = ms === null ? 'Playback never starts under this policy' : null
    return html(document, 'td', { title }, ms === null ? ABSENT : formatDuration(ms))
  })
  return html(
    document,
    'table',
    { class: 'policy' },
    html(
      document,
      'thead',
      {},
      html(document, 'tr', {}, html(document, 'th', { scope: 'row' }, 'Buffer'), ...head),
    ),
    html(
      document,
      'tbody',
      {},
      html(document, 'tr', {}, html(document, 'th', { scope: 'row' }, 'Stalled'), ...cells),
    ),
  )
}
