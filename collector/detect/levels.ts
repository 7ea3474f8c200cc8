import { COUNTS_LENGTH, excessOf, PER_WINDOW, WINDOWS } from './evidence.ts'
import { SHAPES, type Shape } from './scope.ts'

/** Threads that are one as far as some shapes can tell: their counts together, and the scopes of any of them. */
export interface Merged {
  readonly scopes: Uint32Array
  readonly counts: Float64Array
}

/** A level is made of the one it names, by merging what is in one scope of that shape. */
interface Level {
  readonly vantage: Shape['vantage']
  readonly destination: Shape['destination']
  readonly from: number
}

/**
 * From fine to coarse: a country's runs are added up from its cells', not from every agent's. The first is the threads
 * themselves.
 */
const LEVELS: readonly Level[] = [
  { vantage: 'agent', destination: 'node', from: 0 },
  { vantage: 'cell', destination: 'node', from: 0 },
  { vantage: 'country', destination: 'node', from: 1 },
  { vantage: 'agent', destination: 'provider', from: 0 },
  { vantage: 'cell', destination: 'provider', from: 1 },
  { vantage: 'country', destination: 'provider', from: 4 },
]
/** The coarsest level that still tells the scopes of a shape apart. */
const LEVEL_OF: readonly number[] = SHAPES.map(({ vantage, destination }) => {
  const from = vantage === 'isp' ? 'cell' : vantage === 'any' ? 'country' : vantage
  const to = destination === 'any' ? 'provider' : destination
  return LEVELS.findIndex((level) => level.vantage === from && level.destination === to)
})
const FINEST: readonly number[] = LEVELS.map(({ vantage, destination }) =>
  SHAPES.findIndex(
    (shape) =>
      shape.vantage === vantage && shape.destination === destination && shape.route && shape.transport,
  ),
)

/** Where the counts of some threads are added up, round after round. */
class Slot implements Merged {
  readonly scopes: Uint32Array
  readonly counts = new Float64Array(COUNTS_LENGTH)
  /** By level: those that what is added up here is part of. */
  readonly slots: readonly Slot[]
  /** The last time it was begun anew. */
  time = 0

  constructor(scopes: Uint32Array, slots: readonly Slot[]) {
    this.scopes = scopes
    this.slots = slots
  }
}

/** Something whose counts are added up. */
export interface Part extends Merged {
  /** By level. */
  readonly slots: readonly Slot[]
}

/** The runs to add up the scopes of a shape from: those with more that is bad than expected in the longest window, and the others. */
export interface Parts {
  readonly bad: readonly Merged[]
  readonly good: readonly Merged[]
}

/** Adds up counts level by level. */
export class Levels {
  readonly #slots = LEVELS.map(() => new Map<number, Slot>())
  #time = 0

  /** Where something with these scopes is added up: by level, made where it is the first of its kind. */
  slotsOf(scopes: Uint32Array): readonly Slot[] {
    const slots: Slot[] = []
    for (const [level, known] of this.#slots.entries()) {
      const scope = scopes[FINEST[level] ?? 0] ?? 0
      const slot = known.get(scope) ?? new Slot(scopes, slots)
      known.set(scope, slot)
      slots.push(slot)
    }
    return slots
  }

  /** For each shape, its parts. They hold until the next call. */
  of(parts: readonly Part[]): readonly Parts[] {
    this.#time += 1
    const levels: (readonly Part[])[] = [parts]
    for (let level = 1; level < LEVELS.length; level += 1)
      levels.push(this.#merge(levels[LEVELS[level]?.from ?? 0] ?? [], level))
    const parted = levels.map((level) => {
      const [bad, good]: [Merged[], Merged[]] = [[], []]
      for (const part of level) (hasExcess(part) ? bad : good).push(part)
      return { bad, good }
    })
    return LEVEL_OF.map((level) => parted[level] ?? { bad: [], good: [] })
  }

  #merge(parts: readonly Part[], level: number): readonly Part[] {
    const merged: Slot[] = []
    for (const { slots, counts } of parts) {
      const slot = slots[level]
      if (slot === undefined) continue
      if (slot.time !== this.#time) {
        slot.time = this.#time
        slot.counts.fill(0)
        merged.push(slot)
      }
      addTo(slot.counts, 0, counts)
    }
    return merged
  }
}

/** Adds counts to those that begin at `offset`. */
export function addTo(sums: Float64Array, offset: number, counts: Float64Array) {
  for (let index = 0; index < counts.length; index += 1)
    sums[offset + index] = (sums[offset + index] ?? 0) + (counts[index] ?? 0)
}

function hasExcess({ counts }: Merged): boolean {
  return excessOf(counts, (WINDOWS.length - 1) * PER_WINDOW) > 0
}
