/** The newest values, newest first, never more than its capacity: what keeps a page's memory bounded. */
export interface Ring<T> {
  readonly capacity: number
  readonly push: (value: T) => void
  /** Newest first. */
  readonly newest: (count?: number) => readonly T[]
}

/** Makes an empty ring. */
export function createRing<T>(capacity: number): Ring<T> {
  const slots: T[] = []
  let next = 0
  return {
    capacity,
    push: (value) => {
      slots[next] = value
      next = (next + 1) % capacity
    },
    newest: (count = capacity) => {
      const ordered = [...slots.slice(next), ...slots.slice(0, next)]
      return ordered.reverse().slice(0, count)
    },
  }
}
