import type { Decision } from '@streamgauge/contract'
import { NO_BREAK } from '../figures/format.ts'

const SIGNS = { helped: '▲', hurt: '▼', 'no difference': '=' } as const

/** Moves that are judged; the others had no choice, or moved nobody. */
export function isJudged({ motive, dry_run }: Pick<Decision, 'motive' | 'dry_run'>): boolean {
  return !dry_run && (motive === 'ill' || motive === 'better')
}

/** What came of a move, in a word with its sign. */
export function verdictText(decision: Decision): string {
  if (decision.verdict !== null) return `${SIGNS[decision.verdict]} ${decision.verdict}`
  return isJudged(decision) ? 'not judged yet' : 'not judged'
}

/** The gain with its interval and how many pairs it comes from: `+0.123 0.051–0.195, n 12`. */
export function effectText({ effect }: Decision): string {
  if (effect === null) return ''
  const { gain, low, high, pairs_count } = effect
  return `${signed(gain)} (${signed(low)} to ${signed(high)}), n${NO_BREAK}${pairs_count}`
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
}
