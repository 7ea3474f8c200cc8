/** Times of so many runs must be known before one can be called slow. */
const KNOWN_COUNT = 6
/** A slow time is longer than the median by a fifth at least, by 5 ms at least, and by so many deviations. */
const SLOW_RATIO = 1.2
const SLOW_MS = 5
const DEVIATIONS = 5
/** The median absolute deviation of a normal distribution, as a standard deviation. */
const NORMAL = 1.4826
/** Of a new time, the estimates move by so much of a deviation at least: they follow, and one time more or less moves them little. */
const STEP_MIN = 0.05

/**
 * The median of the times of one thread, and how far they lie from it, learnt one by one: each time moves the estimates by a step
 * of fixed size, so that an outlier moves them no further than any other. Logarithms of ms.
 */
export class Level {
  #count = 0
  #median = 0
  #deviation = Math.log(1.1)

  /** Whether a time is slow; `null` while too little is known. */
  isSlow(ms: number): boolean | null {
    if (this.#count < KNOWN_COUNT) return null
    const usual = Math.exp(this.#median)
    const limit = Math.max(Math.log(SLOW_RATIO), DEVIATIONS * NORMAL * this.#deviation)
    return Math.log(Math.max(ms, 0.01)) > this.#median + limit && ms > usual + SLOW_MS
  }

  learn(ms: number) {
    const value = Math.log(Math.max(ms, 0.01))
    this.#count += 1
    if (this.#count === 1) {
      this.#median = value
      return
    }
    const gain = Math.max(STEP_MIN, 1 / this.#count)
    const away = Math.abs(value - this.#median)
    this.#median += Math.sign(value - this.#median) * gain * this.#deviation * 2
    this.#deviation *= 1 + gain * (away > this.#deviation ? 1 : -1)
    this.#deviation = Math.min(1, Math.max(0.005, this.#deviation))
  }
}
