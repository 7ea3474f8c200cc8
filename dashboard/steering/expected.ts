import type { Expectation } from '@streamgauge/contract'
import type { Cell } from '../dom/table.ts'
import { ABSENT, formatDuration, formatRatio } from '../figures/format.ts'

/** A cost as `0.031`; a dash where it is not known. */
export function costText(cost: number | null): string {
  return cost === null ? ABSENT : cost.toFixed(3).replace('-', '−')
}

/** A weight of runs as `12.4`. */
export function weightText(runs: number): string {
  return runs.toFixed(runs < 100 ? 1 : 0)
}

/** What is expected of a node, as cells: success, stall ratio, connect, first frame, n. */
export function expectedCells(expected: Expectation | null): readonly Cell[] {
  if (expected === null) return [ABSENT, ABSENT, ABSENT, ABSENT, 'not measured']
  const { success_ratio, stall_ratio, handshake_ms, startup_ms, runs } = expected
  const time = (ms: number | null) => (ms === null ? ABSENT : formatDuration(ms))
  return [
    formatRatio(success_ratio),
    formatRatio(stall_ratio),
    time(handshake_ms),
    time(startup_ms),
    weightText(runs),
  ]
}

/** The columns of `expectedCells`, each with the name of its definition. */
export const EXPECTED_COLUMNS = ['success', 'stall', 'handshake', 'startup', 'n'] as const
