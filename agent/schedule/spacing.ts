import { monotonicMs, pause } from '../clock.ts'

/**
 * Keeps the starts of runs apart: two handshakes on one event loop at the same moment would each be blamed on the
 * network for the other's share.
 */
export class Spacing {
  readonly #apart_ms: number
  #next = 0

  constructor(apartMs: number) {
    this.#apart_ms = apartMs
  }

  /** Resolves when it is this caller's turn, in the order they asked, or when `signal` says stop. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = monotonicMs()
    const at = Math.max(now, this.#next)
    this.#next = at + this.#apart_ms
    if (at > now) await pause(at - now, signal)
  }
}
