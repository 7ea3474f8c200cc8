/** Milliseconds on the monotonic clock; only differences mean anything. */
export function monotonicMs(): number {
  return performance.now()
}

/** The wall clock now, UTC, ISO 8601 with milliseconds. For labels, never for durations. */
export function utcNow(): string {
  return new Date().toISOString()
}

/** The wall clock now, in milliseconds since 1970. For comparing with other people's clocks, never for durations. */
export function epochMs(): number {
  return Date.now()
}

/** Resolves after `ms`, or as soon as `signal` says stop; never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
