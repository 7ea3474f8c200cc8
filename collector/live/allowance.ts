import type { Now } from '../clock.ts'

/** A token bucket: `perSecond` on average, `burst` at once. */
export class Allowance {
  readonly #perSecond: number
  readonly #burst: number
  readonly #now: Now
  #left: number
  #at: number

  constructor(perSecond: number, burst: number, now: Now) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#now = now
    this.#left = burst
    this.#at = now()
  }

  /** Whether one more is allowed now; counts it when it is. */
  take(): boolean {
    const at = this.#now()
    this.#left = Math.min(this.#burst, this.#left + (Math.max(0, at - this.#at) / 1_000) * this.#perSecond)
    this.#at = at
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
