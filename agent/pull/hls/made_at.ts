import type { Recording } from '../../probe/recording.ts'

/** Dates further than this off what the last one led to expect begin a line of their own. */
const SAME_LINE_MS = 100
const LINES_MAX = 256

/** What of a recording dates are kept by. */
export type Dated = Pick<Recording, 'now' | 'madeAt'> & {
  readonly timeline: Pick<Recording['timeline'], 'next_ms' | 'firstKeyFrameAt'>
}

/**
 * Keeps `run.madeAt` right for what is on screen: after a discontinuity the new dates hold once playback can have
 * got there, and not before.
 */
export class MadeAt {
  readonly #run: Dated
  readonly #lines: { readonly media_ms: number; readonly epoch_ms: number }[] = []

  constructor(run: Dated) {
    this.#run = run
  }

  /** The media about to be pulled was made at `epochMs`. */
  note(epochMs: number): void {
    const run = this.#run
    const last = this.#lines.at(-1)
    const line = { media_ms: run.timeline.next_ms, epoch_ms: epochMs }
    const off = last && epochMs - last.epoch_ms - (line.media_ms - last.media_ms)
    if (off === undefined || Math.abs(off) > SAME_LINE_MS) this.#lines.push(line)
    if (this.#lines.length > LINES_MAX) this.#lines.shift()
    // Playback began with the first key frame at the earliest.
    const played_ms = run.now() - (run.timeline.firstKeyFrameAt ?? run.now())
    while (this.#lines[1] !== undefined && this.#lines[1].media_ms <= played_ms) this.#lines.shift()
    run.madeAt = this.#lines[0] ?? null
  }
}
