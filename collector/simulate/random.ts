/** A hash of up to four 32-bit integers, well mixed (the finalizer of MurmurHash3). The same integers, the same hash. */
export function hash(a: number, b = 0, c = 0, d = 0): number {
  let state = 0x9e3779b9
  state = mix(state ^ a)
  state = mix(state ^ b)
  state = mix(state ^ c)
  return mix(state ^ d)
}

/** A number in [0, 1) made of the same integers. */
export function share(a: number, b = 0, c = 0, d = 0): number {
  return hash(a, b, c, d) / 2 ** 32
}

/** A hash of a text (FNV-1a), for names that stand for themselves wherever they are in a list. */
export function hashOf(text: string): number {
  let state = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
  return mix(state)
}

/**
 * Numbers in [0, 1) that depend on nothing but the key they were begun with, so that rows can be made in any order.
 * xoroshiro64* (Blackman and Vigna 2018), begun anew for each row.
 */
export class Draws {
  #a = 1
  #b = 2

  begin(a: number, b: number, c: number, d: number) {
    this.#a = hash(a, b, c, d)
    this.#b = hash(d, a, b, c) | 1
  }

  next(): number {
    return this.word() / 2 ** 32
  }

  /** Evenly between `low` and `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** Mean 1, never negative, skewed to the right: what waiting in queues looks like. */
  exponential(): number {
    return -Math.log(1 - this.next())
  }

  /** 32 bits. */
  word(): number {
    const a = this.#a
    let b = this.#b
    const result = Math.imul(a, 0x9e3779bb) >>> 0
    b ^= a
    this.#a = ((a << 26) | (a >>> 6)) ^ b ^ (b << 9)
    this.#b = (b << 13) | (b >>> 19)
    return result
  }
}

function mix(value: number): number {
  let state = value
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}
