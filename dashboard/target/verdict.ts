import type { Comparison, Estimate } from '@streamgauge/contract'
import { html } from '../dom/element.ts'
import { estimateAside, estimateText } from '../figures/estimate.ts'
import { formatCount, NO_BREAK, onScale } from '../figures/format.ts'
import { METRICS } from '../figures/metrics.ts'
import { TRANSPORT_NAMES } from '../figures/words.ts'

const SIGNS = { better: '▲', worse: '▼', equivalent: '≈', 'insufficient data': '?' } as const

/** A comparison's verdict as one sentence about B. Never a bare percentage. */
export function verdictText(comparison: Comparison): string {
  const { a, b, metric, verdict } = comparison
  const [nameA, nameB] = [armName(a), armName(b)]
  const what = METRICS[metric].name.toLowerCase()
  if (verdict === 'insufficient data') return `Not enough data to compare ${nameB} with ${nameA} in ${what}`
  if (verdict === 'equivalent') return `${nameB} and ${nameA} are equivalent in ${what}`
  return `${nameB} is ${verdict} than ${nameA} in ${what}`
}

/** The change from A to B with its interval: `−48.1 % (−51.0 to −44.2)`; in points for the success rate. `null`: unknown, or with no interval; a bare percentage is never shown. */
export function changeText(comparison: Comparison): string | null {
  const { value, low, high } = comparison.change
  if (value === null || low === null || high === null) return null
  const unit = comparison.metric === 'success_ratio' ? 'percentage points' : '%'
  const scale = { unit, divisor: 0.01, digits: Math.abs(value) < 0.01 ? 2 : 1 }
  const signed = (ratio: number) => `${ratio > 0 ? '+' : ''}${onScale(ratio, scale)}`
  const interval =
    low === null || high === null ? 'no interval: too few' : `${signed(low)} to ${signed(high)}`
  return `${signed(value)}${NO_BREAK}${unit} (${interval})`
}

/** The comparison of two transports: the verdict in words, both arms, the change, and what it all rests on. */
export function verdictPanel(document: Document, comparison: Comparison): HTMLElement {
  const { a, b, a_estimate, b_estimate, metric, verdict, reason, pairs_count, blocks_count } = comparison
  const change = changeText(comparison)
  const arm = (name: string, estimate: Estimate) => {
    const text = estimateText(metric, estimate)
    const value = html(document, 'span', { class: 'value' }, text.value)
    const aside = html(document, 'span', { class: 'aside' }, ` ${estimateAside(text)}`)
    const label = html(
      document,
      'dt',
      {},
      html(document, 'span', { class: `transport ${name}` }, armName(name)),
    )
    return [label, html(document, 'dd', { title: text.title }, value, aside)]
  }
  const rests = `${formatCount(pairs_count)} pairs in ${formatCount(blocks_count)} independent (agent, hour) blocks`
  return html(
    document,
    'div',
    { class: 'verdict', 'data-verdict': verdict },
    html(
      document,
      'strong',
      {},
      html(document, 'span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[verdict]),
      verdictText(comparison),
    ),
    html(document, 'p', {}, reason),
    html(
      document,
      'dl',
      {},
      ...arm(a, a_estimate),
      ...arm(b, b_estimate),
      html(document, 'dt', {}, `Change, ${armName(b)} against ${armName(a)}`),
      html(document, 'dd', {}, change ?? '— too few to say how sure it would be'),
      html(document, 'dt', {}, 'Rests on'),
      html(document, 'dd', {}, rests),
    ),
  )
}

function armName(arm: string): string {
  return arm === 'tcp' || arm === 'quic' ? TRANSPORT_NAMES[arm] : arm
}
