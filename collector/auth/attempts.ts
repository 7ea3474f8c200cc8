import type { Now } from '../clock.ts'

const WINDOW_MS = 60_000
const FAILURES_MAX_COUNT = 10
const ADDRESSES_MAX_COUNT = 10_000

/** Failed sign-ins per address: after ten in a minute, an address waits for the minute to end. */
export class Attempts {
  readonly #now: Now
  readonly #failures = new Map<string, { count: number; until: number }>()

  constructor(now: Now) {
    this.#now = now
  }

  /** Seconds an address has to wait; 0: it may try. */
  waitS(address: string): number {
    const entry = this.#failures.get(address)
    if (entry === undefined || entry.count < FAILURES_MAX_COUNT) return 0
    return Math.max(0, Math.ceil((entry.until - this.#now()) / 1_000))
  }

  /** Notes a failed sign-in. Bounded: the oldest address is forgotten first. */
  failed(address: string) {
    const known = this.#failures.get(address)
    const alive = known !== undefined && known.until > this.#now()
    const entry = alive ? known : { count: 0, until: this.#now() + WINDOW_MS }
    entry.count += 1
    this.#failures.delete(address)
    this.#failures.set(address, entry)
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > ADDRESSES_MAX_COUNT && oldest !== undefined) this.#failures.delete(oldest)
  }
}
