import { COUNTS_LENGTH } from './evidence.ts'

const SCOPES_AT_FIRST = 1_024

/** Counts added up by scope, for one shape after the other. The memory is kept from one to the next. */
export class Sums {
  /** By scope: when it was last added to, and where its counts are. */
  #times = new Uint32Array(SCOPES_AT_FIRST)
  #places = new Uint32Array(SCOPES_AT_FIRST)
  /** By place. */
  #scopes = new Uint32Array(SCOPES_AT_FIRST)
  #counts = new Float64Array(SCOPES_AT_FIRST * COUNTS_LENGTH)
  #time = 0
  #length = 0

  /** Of every scope nothing. */
  begin() {
    this.#time += 1
    this.#length = 0
  }

  /** How many scopes have counts: their places are 0 up to this. */
  get length(): number {
    return this.#length
  }

  /** All counts; those of a place begin at `place * COUNTS_LENGTH`. They hold until the next `add`. */
  get counts(): Float64Array {
    return this.#counts
  }

  /** Which scope has a place. */
  scopeAt(place: number): number {
    return this.#scopes[place] ?? 0
  }

  /** Where the counts of a scope are; -1: it has none. */
  placeOf(scope: number): number {
    return this.#times[scope] === this.#time ? (this.#places[scope] ?? -1) : -1
  }

  /** Adds counts to those of a scope. */
  add(scope: number, counts: Float64Array) {
    let place = this.placeOf(scope)
    if (place < 0) {
      place = this.#placeFor(scope)
      this.#counts.set(counts, place * COUNTS_LENGTH)
    } else this.addAt(place, counts)
  }

  /** Adds counts to those at a place. */
  addAt(place: number, counts: Float64Array) {
    const sums = this.#counts
    const offset = place * COUNTS_LENGTH
    for (let index = 0; index < COUNTS_LENGTH; index += 1)
      sums[offset + index] = (sums[offset + index] ?? 0) + (counts[index] ?? 0)
  }

  #placeFor(scope: number): number {
    if (scope >= this.#times.length) {
      this.#times = grown(this.#times, scope + 1)
      this.#places = grown(this.#places, scope + 1)
    }
    const place = this.#length
    this.#length += 1
    if (place >= this.#scopes.length) {
      this.#scopes = grown(this.#scopes, place + 1)
      const more = new Float64Array(this.#scopes.length * COUNTS_LENGTH)
      more.set(this.#counts)
      this.#counts = more
    }
    this.#times[scope] = this.#time
    this.#places[scope] = place
    this.#scopes[place] = scope
    return place
  }
}

function grown(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(Math.max(length, 2 * array.length))
  more.set(array)
  return more
}
