import { html } from '../dom/element.ts'
import { formatClock, formatDuration, formatInstant } from '../figures/format.ts'
import { outcomeElement } from '../figures/outcome.ts'
import { TRANSPORT_NAMES } from '../figures/words.ts'
import type { LiveState, Result } from '../live/state.ts'
import { measurementHash, type Route } from '../routing/hash.ts'

const SHOWN = 30

/** The latest results, newest first. */
export interface Feed {
  readonly element: HTMLElement
  readonly show: (live: LiveState, route: Route) => void
}

/** Makes the list, empty. While the reader points at it or is inside it, nothing moves. */
export function createFeed(document: Document): Feed {
  const list = html(document, 'ol', {})
  const none = html(document, 'p', { class: 'muted' }, 'None yet. Each appears here the moment it is stored.')
  const heading = html(document, 'h2', {}, 'Latest results')
  const element = html(
    document,
    'section',
    { class: 'feed', 'aria-label': 'Latest results' },
    heading,
    none,
    list,
  )
  const drawn = new Map<string, HTMLElement>()
  let pending: (() => void) | null = null
  const release = () => {
    if (pending === null || element.matches(':hover, :focus-within')) return
    pending()
    pending = null
  }
  element.addEventListener('pointerleave', release)
  element.addEventListener('focusout', () => queueMicrotask(release))
  const draw = (live: LiveState, route: Route) => {
    const results = newestFirst(live.recent.newest()).slice(0, SHOWN)
    const keep = new Set(results.map((result) => result.measurement_id))
    for (const [id, item] of drawn) {
      if (keep.has(id)) continue
      item.remove()
      drawn.delete(id)
    }
    results.forEach((result, index) => {
      const item = drawn.get(result.measurement_id) ?? html(document, 'li', {}, entry(document, result))
      drawn.set(result.measurement_id, item)
      item.querySelector('a')?.setAttribute('href', measurementHash(route, result.measurement_id))
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null)
    })
    none.hidden = results.length > 0
  }
  const show = (live: LiveState, route: Route) => {
    pending = () => draw(live, route)
    release()
  }
  return { element, show }
}

/** Results by the time their run began, the newest first: a late one from an outbox is not news. */
export function newestFirst(results: readonly Result[]): readonly Result[] {
  return [...results].sort((a, b) => (a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : 0))
}

function entry(document: Document, result: Result): HTMLElement {
  const name = html(
    document,
    'span',
    { class: `transport ${result.transport}` },
    TRANSPORT_NAMES[result.transport],
  )
  const figures = figuresText(result)
  return html(
    document,
    'a',
    { title: formatInstant(result.started_at) },
    html(document, 'time', { datetime: result.started_at }, formatClock(result.started_at)),
    name,
    html(document, 'span', { class: 'of' }, `${result.target_id} ← ${result.agent_id}`),
    outcomeElement(document, result),
    html(document, 'span', { class: 'figures' }, figures),
  )
}

/** What a successful run measured, shortly; a failed one is told by its code. */
function figuresText(result: Result): string {
  const { failure_code, handshake_ms, stall_ms } = result
  if (failure_code !== null || handshake_ms === null) return ''
  const connect = `connect ${formatDuration(handshake_ms)}`
  if (stall_ms === null) return connect
  return stall_ms === 0 ? `${connect} · no stall` : `${connect} · stalled ${formatDuration(stall_ms)}`
}
