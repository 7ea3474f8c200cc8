import { html, setAttribute } from '../dom/element.ts'
import { ABSENT, formatClock, formatDuration, formatInstant, formatRatio } from '../figures/format.ts'
import { outcomeElement } from '../figures/outcome.ts'
import type { Result } from '../live/state.ts'
import { newestFirst } from '../overview/feed.ts'
import { measurementHash, type Route } from '../routing/hash.ts'

const SHOWN = 50

/** A target's latest measurements, newest first. */
export interface LatestTable {
  readonly element: HTMLElement
  /** Adds what is not there yet; beyond the newest 50 the oldest go. */
  readonly add: (results: readonly Result[], route: Route) => void
}

/** Makes the table, empty. */
export function createLatestTable(document: Document): LatestTable {
  const names = ['Began, UTC', 'Outcome', 'Connect time', 'First frame', 'Stalled', 'Stall rate', 'Agent']
  const head = html(document, 'tr', {}, ...names.map((name) => html(document, 'th', { scope: 'col' }, name)))
  const body = html(document, 'tbody')
  const element = html(document, 'table', { class: 'latest' }, html(document, 'thead', {}, head), body)
  let kept: readonly Result[] = []
  const rows = new Map<string, HTMLTableRowElement>()
  const add = (results: readonly Result[], route: Route) => {
    const byId = new Map([...results, ...kept].map((result) => [result.measurement_id, result]))
    kept = newestFirst([...byId.values()]).slice(0, SHOWN)
    const ids = new Set(kept.map((result) => result.measurement_id))
    for (const [id, row] of rows) {
      if (ids.has(id)) continue
      row.remove()
      rows.delete(id)
    }
    kept.forEach((result, index) => {
      const row = rows.get(result.measurement_id) ?? createRow(document, result, names)
      rows.set(result.measurement_id, row)
      const link = row.querySelector('a')
      if (link) setAttribute(link, 'href', measurementHash(route, result.measurement_id))
      if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null)
    })
  }
  return { element, add }
}

function createRow(document: Document, result: Result, names: readonly string[]): HTMLTableRowElement {
  const { stall_ms, played_ms } = result
  const share =
    stall_ms === null || played_ms === null || stall_ms + played_ms === 0
      ? null
      : stall_ms / (stall_ms + played_ms)
  const link = html(
    document,
    'a',
    { title: formatInstant(result.started_at) },
    html(document, 'time', { datetime: result.started_at }, formatClock(result.started_at)),
  )
  const contents: readonly (Node | string)[] = [
    link,
    outcomeElement(document, result),
    duration(result.handshake_ms),
    duration(result.first_frame_ms),
    duration(stall_ms),
    share === null ? ABSENT : formatRatio(share),
    result.agent_id,
  ]
  const cells = contents.map((content, index) => {
    const title = content === ABSENT ? 'Not reached, or not measurable' : null
    return html(document, 'td', { 'data-name': names[index] ?? null, title }, content)
  })
  const row = html(document, 'tr', {}, ...cells)
  row.addEventListener('click', (event) => {
    const isOther = event.target instanceof Element && event.target.closest('a') !== null
    if (!isOther && (document.getSelection()?.toString() ?? '') === '') link.click()
  })
  return row
}

function duration(valueMs: number | null): string {
  return valueMs === null ? ABSENT : formatDuration(valueMs)
}
