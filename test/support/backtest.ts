import { type Run, runOf } from '@streamgauge/collector/backtest/run.ts'
import type { FailureCode } from '@streamgauge/contract'

/** What of a run a test chooses. */
export interface ChosenRun {
  readonly agent_id: string
  readonly node_id: string
  readonly started_ms: number
  readonly heard_ms: number
  readonly isp: string
  readonly half: 0 | 1
  readonly stall_ms: number
  readonly kind: 'stream' | 'connect'
  readonly tainted: boolean
  readonly stolen: boolean
  readonly failure_code: FailureCode | null
  readonly failure_source: string | null
}

let count = 0

/** A run of ten seconds by an agent of TH/AIS that went well, and was heard of as it was over. */
export function aRun(chosen: Partial<ChosenRun> = {}): Run {
  const { agent_id = 'th-1', node_id = 'near', started_ms = 0, isp = 'AIS', half = 0, stall_ms = 0 } = chosen
  const { heard_ms = started_ms + 10_000, kind = 'stream', failure_code = null } = chosen
  const { tainted = false, stolen = false, failure_source = null } = chosen
  count += 1
  return runOf([
    ...([heard_ms, `${count}-${half}`, agent_id, 'TH', isp, null, node_id, 'own', 'public'] as const),
    ...(['tcp', kind, tainted, started_ms, failure_code, failure_source, 40, 100] as const),
    ...([stall_ms, 10_000 - stall_ms, 0, stolen, 90] as const),
  ])
}
