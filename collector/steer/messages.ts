import type { Incident } from '@streamgauge/contract'
import type { CellChoice, Said } from './world.ts'

/** What the thread of steering is told: what was read, and what is so besides. */
export interface Order {
  /** Rows of `steering/recent`, one line each. */
  readonly text: string
  readonly incidents: readonly Incident[]
  readonly now_ms: number
  readonly said: Said
  /** Where cells are sent now: these nodes stay in the answer. */
  readonly positions: ReadonlyMap<string, string>
  /** Whether the nearest nodes are wanted too. */
  readonly nearest: boolean
}

/** Every cell with the best of its options, and when the latest run began that they are made from, ms since 1970. */
export interface Answer {
  readonly choices: readonly CellChoice[]
  readonly newest_ms: number
}
