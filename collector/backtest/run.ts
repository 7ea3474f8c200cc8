import type { FailureCode } from '@streamgauge/contract'
import { type Observed, type ObservedRow, observedOf } from '../detect/row.ts'

/** A row of `backtest/runs`: one of detection's, and what judging needs besides. */
export type ReplayedRow = readonly [...ObservedRow, stolen: boolean, first_frame_ms: number | null]

/** A stored run as a replay has it. */
export interface Run {
  /** What detection is given. */
  readonly observed: Observed
  readonly country: string
  readonly isp: string
  readonly node_id: string
  readonly started_ms: number
  /** When the collector got it. */
  readonly heard_ms: number
  /** Steering counts it: untainted but for stolen processor time, and neither its agent nor a resolver is to blame. */
  readonly counts: boolean
  /** A viewer is judged by it: it counts, it was to play, and its times are its own. */
  readonly judges: boolean
  /** By halves, one can choose where the other is judged: 0 or 1, by its id. */
  readonly half: 0 | 1
  readonly stolen: boolean
  readonly failure_code: FailureCode | null
  readonly handshake_ms: number | null
  readonly startup_ms: number | null
  readonly first_frame_ms: number | null
  readonly stall_ms: number | null
  readonly played_ms: number | null
}

/** Reads rows, one line each, as the store writes them. */
export function readRuns(text: string): Run[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => runOf(JSON.parse(line) as ReplayedRow))
}

/** The run that a row is. */
export function runOf(row: ReplayedRow): Run {
  const [own, stolen, first_frame_ms] = [row.slice(0, 20) as unknown as ObservedRow, row[20], row[21]]
  const observed = observedOf(own)
  const { country, isp, node_id, started_ms, failed, handshake_ms, kind } = observed.run
  const counts = !observed.tainted && failed !== null
  return {
    ...{ observed, country, isp, node_id, started_ms, stolen, handshake_ms, first_frame_ms },
    heard_ms: observed.inserted_ms,
    counts,
    judges: counts && !stolen && kind === 'stream',
    // The end of a UUIDv7 is random.
    half: (observed.measurement_id.charCodeAt(observed.measurement_id.length - 1) & 1) as 0 | 1,
    failure_code: own[13] as FailureCode | null,
    startup_ms: own[16],
    stall_ms: own[17],
    played_ms: own[18],
  }
}
