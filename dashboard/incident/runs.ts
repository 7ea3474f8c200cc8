import type { Incident } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { formatCount, formatInstant } from '../figures/format.ts'
import { measurementHash, type Route } from '../routing/hash.ts'
import { emptyNotice } from '../shell/notice.ts'

/** How many are listed before the rest is folded away. */
const SHOWN = 12

/** Links to the measurements that show an incident, by the time each was made. */
export function runLinks(
  document: Document,
  { measurement_ids: ids, evidence }: Pick<Incident, 'measurement_ids' | 'evidence'>,
  route: Route,
): readonly HTMLElement[] {
  if (ids.length === 0) {
    const isSilence = evidence.some(({ signal }) => signal === 'silent')
    const hint = isSilence
      ? 'Agents are silent: what shows it is that there is none.'
      : 'None was kept with it.'
    return [emptyNotice(document, 'No run shows it', hint)]
  }
  const list = (some: readonly string[]) =>
    html(
      document,
      'ul',
      { class: 'runs' },
      ...some.map((id) => {
        const link = html(document, 'a', { href: measurementHash(route, id), title: id }, madeText(id))
        return html(document, 'li', {}, link)
      }),
    )
  const rest = ids.slice(SHOWN)
  if (rest.length === 0) return [list(ids)]
  const summary = html(document, 'summary', {}, `${formatCount(rest.length)} more`)
  return [list(ids.slice(0, SHOWN)), html(document, 'details', {}, summary, list(rest))]
}

/** When a UUIDv7 was made (RFC 9562, 5.7), and what tells it from others made in that second. */
export function madeText(id: string): string {
  const madeMs = Number.parseInt(id.replace('-', '').slice(0, 12), 16)
  const made = new Date(madeMs)
  return Number.isNaN(made.getTime()) ? id : `${formatInstant(made.toISOString())} …${id.slice(-4)}`
}
