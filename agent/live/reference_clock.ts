import { epochMs, monotonicMs } from '../clock.ts'

/** This machine's wall clock less the collector's, and how far off that can be. */
export interface ClockEstimate {
  readonly offset_ms: number
  readonly error_ms: number
}

/** Enough to find one round trip that was not held up. */
const KEPT_COUNT = 16
/** Two crystals part by no more than this. */
const DRIFT_PPM = 50

interface Sample {
  readonly at_ms: number
  /** The collector's wall clock less this machine's monotonic clock, which nobody sets. */
  readonly reference_ms: number
  readonly error_ms: number
}

/**
 * Compares this machine's clock with the collector's as NTP does (RFC 5905 §8): the answer was written somewhere
 * within the round trip, so half of that is the error; the shortest of the last round trips counts. Setting the wall
 * clock changes the offset at once, and no sample.
 */
export class ReferenceClock {
  #samples: Sample[] = []

  /** Takes one exchange: when it was sent and answered by the monotonic clock, and what the collector's clock said. */
  add(sentMs: number, answeredMs: number, collectorEpochMs: number): void {
    if (!Number.isFinite(collectorEpochMs) || answeredMs < sentMs) return
    const error_ms = (answeredMs - sentMs) / 2
    this.#samples.push({ at_ms: answeredMs, reference_ms: collectorEpochMs - (sentMs + error_ms), error_ms })
    if (this.#samples.length > KEPT_COUNT) this.#samples.shift()
  }

  /** The estimate now; `null`: the collector was never asked. */
  estimate(nowMs: number = monotonicMs(), wallMs: number = epochMs()): ClockEstimate | null {
    const aged = this.#samples.map((sample) => ({
      ...sample,
      error_ms: sample.error_ms + ((nowMs - sample.at_ms) * DRIFT_PPM) / 1e6,
    }))
    const best = aged.toSorted((a, b) => a.error_ms - b.error_ms)[0]
    return best === undefined
      ? null
      : { offset_ms: wallMs - (nowMs + best.reference_ms), error_ms: best.error_ms }
  }
}
