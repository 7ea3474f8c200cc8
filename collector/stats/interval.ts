/** A figure with its interval; `null`: nothing to tell it from. */
export interface Interval {
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  /** How often chance alone would be as far from 0, or farther; `null`: that cannot be told. */
  readonly chance: number | null
}

/** Of which nothing but a value is known. */
export function bare(value: number | null): Interval {
  return { value, low: null, high: null, chance: null }
}
