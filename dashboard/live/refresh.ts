/** Loads something again whenever asked, but never twice at once, and never while it would be the same or within `gapMs`. */
export interface Refresh {
  /** At once when the last load is long enough ago, else as soon as it is. */
  readonly request: () => void
  /** Drops the load that is going on and starts a new one: what is shown has changed. */
  readonly restart: () => void
  readonly close: () => void
}

/** What to load and how to show it. `show` gets the value, `fail` the reason; neither is called after `close`. */
export interface RefreshOptions<T> {
  readonly load: (signal: AbortSignal) => Promise<T>
  readonly show: (value: T) => void
  readonly fail: (error: unknown) => void
  readonly gapMs: number
  /** How long the server gives out the same value, ms: what has happened since it was made is seen after that. */
  readonly keptMs?: (value: T) => number
}

/** Makes a refresh; nothing is loaded until it is asked for. */
export function createRefresh<T>(options: RefreshOptions<T>): Refresh {
  let going: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let wanted = false
  let keptMs = 0
  let closed = false

  const start = () => {
    const controller = new AbortController()
    going = controller
    wanted = false
    keptMs = 0
    const current = () => going === controller && !closed
    options
      .load(controller.signal)
      .then((value) => {
        if (!current()) return
        keptMs = options.keptMs?.(value) ?? 0
        options.show(value)
      })
      .catch((error: unknown) => current() && options.fail(error))
      .finally(() => current() && rest())
  }
  const rest = () => {
    going = null
    if (keptMs > 0) wanted = true
    timer = setTimeout(
      () => {
        timer = null
        if (wanted) start()
      },
      Math.max(options.gapMs, keptMs),
    )
  }
  const stop = () => {
    going?.abort()
    going = null
    if (timer !== null) clearTimeout(timer)
    timer = null
  }
  return {
    request: () => {
      if (going === null && timer === null && !closed) start()
      else wanted = true
    },
    restart: () => {
      stop()
      if (!closed) start()
    },
    close: () => {
      closed = true
      stop()
    },
  }
}
