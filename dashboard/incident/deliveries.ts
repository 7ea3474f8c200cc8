import type { Delivery } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { dataTable } from '../dom/table.ts'
import { ABSENT, formatInstant } from '../figures/format.ts'
import { emptyNotice } from '../shell/notice.ts'

type Attempt = Delivery['attempts'][number]

/** What each status means, in one plain sentence. */
const STATUSES: Readonly<Record<Delivery['status'], string>> = {
  waiting: 'It was not delivered yet and is tried again.',
  delivered: 'The receiver took it.',
  'given up': 'It was refused, or nobody took it for a day.',
  silenced: 'A silence holds it back.',
}

/** Who was told of an incident, when, and what became of it. */
export function deliveriesContent(document: Document, deliveries: readonly Delivery[]): HTMLElement {
  if (deliveries.length === 0) {
    const hint =
      'No rule is for it, it is silenced or not yet due, or what was told is more than 90 days ago.'
    return emptyNotice(document, 'Nobody was told of it', hint)
  }
  const rows = deliveries.map(({ created_at, receiver, status, attempts }) => [
    formatInstant(created_at),
    receiver,
    html(
      document,
      'span',
      { class: `delivery ${status.replace(' ', '-')}`, title: STATUSES[status] },
      status,
    ),
    attempts.length === 0
      ? ABSENT
      : html(
          document,
          'ol',
          { class: 'attempts' },
          ...attempts.map((one) => html(document, 'li', {}, attemptText(one))),
        ),
  ])
  const names = ['Decided on', 'Receiver', 'Status', 'Attempts']
  return dataTable(document, names, rows, 'Who was told')
}

/** What came of one attempt: `2026-11-22 10:00:00 UTC: 500, internal error`. */
export function attemptText({ at, reply_code, reason }: Attempt): string {
  const code = reply_code === null ? 'no answer' : String(reply_code)
  return `${formatInstant(at)}: ${code}${reason === null ? '' : `, ${reason}`}`
}
