/**
 * A clock of a fixed number of bits read as one that goes on: every reading is taken to be the one nearest to the
 * last. One instance serves all tracks of a stream, so that those on either side of a wrap stay together.
 */
export class WrappingClock {
  readonly #modulus: number
  #last: number | null = null

  /** @param bits of the clock: 33 for MPEG-TS (ISO/IEC 13818-1 §2.4.3.7), 32 for FLV */
  constructor(bits: number) {
    this.#modulus = 2 ** bits
  }

  /** The reading, whole turns added or taken away. */
  continued(reading: number): number {
    const last = this.#last ?? reading
    const result = reading + Math.round((last - reading) / this.#modulus) * this.#modulus
    this.#last = result
    return result
  }
}
