/** Milliseconds since the Unix epoch; handed in so that tests choose the time. */
export type Now = () => number

/** The wall clock: the only place that reads it. */
export const wallClock: Now = () => Date.now()

/** A monotonic reading in ms, for durations. */
export const monotonic: Now = () => performance.now()

/** UTC, ISO 8601 with milliseconds, as every record carries it. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString()
}
