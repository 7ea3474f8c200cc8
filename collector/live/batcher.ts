import type { StoredMeasurement } from '@streamgauge/contract'

/** Most measurements in one live event. */
export const LIVE_BATCH_MAX_COUNT = 500

/** Gathers what was stored between two ticks; when there is more than one event holds, the oldest are left out. */
export class Batcher {
  #waiting: StoredMeasurement[] = []

  /** Adds a batch. */
  add(batch: readonly StoredMeasurement[]) {
    this.#waiting = this.#waiting.concat(batch.slice(-LIVE_BATCH_MAX_COUNT)).slice(-LIVE_BATCH_MAX_COUNT)
  }

  /** What is waiting, in the order it arrived; none of it is waiting after that. */
  take(): readonly StoredMeasurement[] {
    const batch = this.#waiting
    this.#waiting = []
    return batch
  }
}
