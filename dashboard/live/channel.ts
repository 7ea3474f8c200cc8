/** One kind of news, and whoever wants it. */
export interface Channel<T> {
  readonly emit: (value: T) => void
  /** Returns what ends the subscription. */
  readonly subscribe: (listener: (value: T) => void) => () => void
}

/** Makes a channel without listeners. */
export function createChannel<T>(): Channel<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    emit: (value) => {
      for (const listener of [...listeners]) listener(value)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
