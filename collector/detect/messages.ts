import type { Incident } from '@streamgauge/contract'
import type { RoundReport } from './watch.ts'

/** What the thread of detection is told to do; see `Watch`. `text`: rows, one line each. */
export type Order =
  | { readonly name: 'adopt'; readonly incidents: readonly Incident[]; readonly now_ms: number }
  | {
      readonly name: 'learn'
      readonly text: string
      readonly to_ms: number
      readonly incidents: readonly Incident[]
    }
  | { readonly name: 'learnt'; readonly now_ms: number }
  | { readonly name: 'observe'; readonly text: string; readonly since_ms: number; readonly now_ms: number }
  | { readonly name: 'end'; readonly now_ms: number }

/** What comes back. */
export interface Answer {
  /** Of `observe`. */
  readonly newest_ms?: number
  /** Of `end`. */
  readonly report?: RoundReport
}
