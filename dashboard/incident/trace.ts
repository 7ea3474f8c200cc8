import type { Hop, TraceAnswer } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { dataTable } from '../dom/table.ts'
import { explainButton } from '../figures/definition.ts'
import { ABSENT, NO_BREAK } from '../figures/format.ts'
import { DEFINITIONS } from '../incidents/definitions.ts'

/** The way to the node, folded away, or why there is none. */
export function traceContent(document: Document, answer: TraceAnswer, id: string): readonly HTMLElement[] {
  if (!answer.ok)
    return [html(document, 'p', { class: 'muted' }, `No trace: ${answer.message} (${answer.code})`)]
  const { tool, address, reached, hops } = answer.trace
  const end = reached ? 'which answered' : 'which did not answer'
  const rtt = html(document, 'span', {}, 'Round trips', explainButton(document, DEFINITIONS.rtt, `rtt-${id}`))
  const rows = hops.map((hop) => [
    String(hop.hop),
    hop.address ?? 'no answer',
    rttText(hop),
    answeredText(hop),
  ])
  const summary = html(
    document,
    'summary',
    {},
    `The way to ${address}, ${end}: ${hops.length} hops by ${tool}`,
  )
  return [
    html(
      document,
      'details',
      { class: 'trace' },
      summary,
      dataTable(document, ['Hop', 'Router', rtt, 'Answered'], rows, `The way to ${address}`),
    ),
  ]
}

/** The round trips of a hop, each as it was: `12.1, 12.4 ms`. */
export function rttText({ rtt_ms }: Pick<Hop, 'rtt_ms'>): string {
  return rtt_ms.length === 0 ? ABSENT : `${rtt_ms.map((ms) => ms.toFixed(1)).join(', ')}${NO_BREAK}ms`
}

/** How many of the packets sent were answered. */
export function answeredText({ rtt_ms, sent_count }: Pick<Hop, 'rtt_ms' | 'sent_count'>): string {
  return `${rtt_ms.length} of ${sent_count}`
}
