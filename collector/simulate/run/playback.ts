import type { Stall } from '@streamgauge/contract'

/** Media that has arrived, in ms, as straight lines between points: what a player is given. Only grows. */
export interface Arrivals {
  readonly at_ms: readonly number[]
  readonly media_ms: readonly number[]
}

/** What a player makes of arrivals; `startup_ms` is `null` when it never starts. */
export interface Playback {
  readonly startup_ms: number | null
  readonly stalls: readonly Stall[]
  readonly stall_ms: number
  /** Media in the buffer at each whole second. */
  readonly buffer_series_ms: readonly number[]
}

/** Media or time less than this is none: the sum of what floating point leaves over. */
const LEAST_MS = 1e-6

/**
 * The agent's model player on arrivals that flow: it starts with `bufferMs` of media, stops when the buffer is dry, goes on
 * with `bufferMs` again. The last point of `arrivals` is the end of the run, and each whole second is a point.
 */
export function playThrough(arrivals: Arrivals, bufferMs: number): Playback {
  const { at_ms, media_ms } = arrivals
  const stalls: Stall[] = []
  const levels: number[] = []
  let startup: number | null = null
  let playing = false
  let playhead = 0
  let stalledAt = 0
  let stalled = 0

  const note = (at: number, level: number) => {
    if (at > 0 && at % 1_000 === 0) levels.push(level)
  }
  for (let index = 1; index < at_ms.length; index++) {
    let from = at_ms[index - 1] ?? 0
    const to = at_ms[index] ?? from
    let media = media_ms[index - 1] ?? 0
    const end = media_ms[index] ?? media
    const slope = to > from ? (end - media) / (to - from) : 0
    for (;;) {
      if (playing) {
        const level = media - playhead
        const left = level + (slope - 1) * (to - from)
        if (left > -LEAST_MS) {
          playhead += to - from
          break
        }
        const dry = from + level / (1 - slope)
        playing = false
        playhead += dry - from
        stalledAt = dry
        media += slope * (dry - from)
        from = dry
      } else {
        const missing = bufferMs - (media - playhead)
        if (end - media < missing - LEAST_MS) break
        const ready = slope > 0 ? Math.min(to, from + Math.max(0, missing) / slope) : from
        if (startup === null) startup = ready
        else {
          stalls.push({ at_ms: stalledAt, length_ms: ready - stalledAt })
          stalled += ready - stalledAt
        }
        playing = true
        media += slope * (ready - from)
        from = ready
      }
    }
    note(to, Math.max(0, end - playhead))
  }
  const over = at_ms.at(-1) ?? 0
  if (!playing && startup !== null && over > stalledAt) {
    stalls.push({ at_ms: stalledAt, length_ms: over - stalledAt })
    stalled += over - stalledAt
  }
  return { startup_ms: startup, stalls, stall_ms: stalled, buffer_series_ms: levels }
}
