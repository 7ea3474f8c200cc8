import { html, setAttribute, setText } from '../dom/element.ts'
import { estimateAside, estimateText } from '../figures/estimate.ts'
import { ABSENT, formatClock, formatInstant } from '../figures/format.ts'
import { METRICS, OVERVIEW_METRICS, type OverviewMetric } from '../figures/metrics.ts'
import { cleartextBadge, outcomeElement } from '../figures/outcome.ts'
import { TRANSPORT_NAMES } from '../figures/words.ts'
import type { Result } from '../live/state.ts'
import { measurementHash, type Route, targetHash } from '../routing/hash.ts'
import type { TargetEntry, TargetGroup } from './groups.ts'

/** What the rows are drawn from beside their own group. */
export interface RowContext {
  readonly document: Document
  readonly route: Route
  readonly lastOf: (targetId: string) => Result | null
}

/** The rows of one group: one body of the table. Cells are kept and only their text changes, so that focus stays. */
export interface GroupRows {
  readonly element: HTMLTableSectionElement
  readonly show: (group: TargetGroup, context: RowContext) => void
}

interface Row {
  readonly element: HTMLTableRowElement
  readonly show: (entry: TargetEntry, context: RowContext) => void
}

/** Makes the rows of a group; they are filled by `show`. */
export function createGroupRows(document: Document): GroupRows {
  const element = html(document, 'tbody')
  let rows = new Map<string, Row>()
  const show = (group: TargetGroup, context: RowContext) => {
    const ids = group.entries.map((entry) => entry.target_id)
    if (ids.join(' ') !== [...rows.keys()].join(' ')) {
      rows = new Map(group.entries.map((entry) => [entry.target_id, createRow(context, group, entry)]))
      element.replaceChildren(...[...rows.values()].map((row) => row.element))
    }
    for (const entry of group.entries) rows.get(entry.target_id)?.show(entry, context)
  }
  return { element, show }
}

function createRow(context: RowContext, group: TargetGroup, entry: TargetEntry): Row {
  const { document } = context
  const name = TRANSPORT_NAMES[entry.transport]
  const described = `${group.stream_id} on ${group.node_id}, route ${group.route}, ${name}`
  const link = html(document, 'a', { class: `transport ${entry.transport}`, 'aria-label': described }, name)
  const metrics = OVERVIEW_METRICS.map((metric) => metricCell(document, metric))
  const last = html(document, 'td', { class: 'last', 'data-name': 'Last result' })
  const element = html(
    document,
    'tr',
    { 'data-target': entry.target_id },
    ...(entry === group.entries[0] ? [identityCell(document, group)] : []),
    html(document, 'td', { class: 'of-transport' }, link, entry.cleartext ? cleartextBadge(document) : null),
    ...metrics.map((cell) => cell.element),
    last,
  )
  element.addEventListener('click', (event) => follow(event, link))
  let lastShown: string | null = null
  let hadResult = false
  const show = (shown: TargetEntry, { route, lastOf }: RowContext) => {
    setAttribute(link, 'href', targetHash(route, shown.target_id))
    for (const cell of metrics) cell.show(shown)
    const result = lastOf(shown.target_id)
    const at = result?.measurement_id ?? shown.row?.last_started_at ?? ''
    if (at === lastShown) return
    // What was there when the page was opened is not news.
    if (hadResult) flash(element)
    lastShown = at
    hadResult = result !== null
    last.replaceChildren(lastContent(document, route, shown, result))
  }
  return { element, show }
}

function identityCell(document: Document, group: TargetGroup): HTMLElement {
  const { stream_id, node_id, route, format, provider, entries } = group
  return html(
    document,
    'th',
    { scope: 'rowgroup', rowspan: entries.length, class: 'identity' },
    html(document, 'span', { class: 'node' }, node_id),
    html(document, 'span', { class: 'aside' }, `${stream_id} · ${route} · ${format} · ${provider}`),
  )
}

function metricCell(document: Document, metric: OverviewMetric) {
  const value = html(document, 'span', { class: 'value' })
  const aside = html(document, 'span', { class: 'aside' })
  const element = html(
    document,
    'td',
    { class: 'metric', 'data-metric': metric, 'data-name': METRICS[metric].name },
    value,
    ' ',
    aside,
  )
  const show = (entry: TargetEntry) => {
    const text = entry.row === null ? null : estimateText(metric, entry.row[metric])
    setText(value, text?.value ?? ABSENT)
    setText(aside, text === null ? '' : estimateAside(text))
    setAttribute(element, 'title', text?.title ?? 'No run of this target began in this window')
  }
  return { element, show }
}

function lastContent(document: Document, route: Route, entry: TargetEntry, result: Result | null): Node {
  if (result === null) {
    const at = entry.row?.last_started_at
    return document.createTextNode(at === undefined ? ABSENT : `run at ${formatClock(at)}`)
  }
  return html(
    document,
    'a',
    { href: measurementHash(route, result.measurement_id), title: formatInstant(result.started_at) },
    html(document, 'time', { datetime: result.started_at }, formatClock(result.started_at)),
    ' ',
    outcomeElement(document, result),
  )
}

/** A click anywhere in a row goes where its link goes, unless it was for something else. */
function follow(event: MouseEvent, link: HTMLAnchorElement): void {
  const isOther = event.target instanceof Element && event.target.closest('a, button') !== null
  const selected = link.ownerDocument.getSelection()?.toString() ?? ''
  if (!isOther && selected === '' && event.button === 0) link.click()
}

function flash(element: HTMLElement): void {
  element.classList.remove('news')
  // Reading a size makes the browser notice the removal, so that the animation starts over.
  void element.offsetWidth
  element.classList.add('news')
}
