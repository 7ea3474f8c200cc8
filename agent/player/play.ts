import type { Stall } from '@streamgauge/contract'

/** At `at_ms` into the run the buffer held everything up to `media_ms`; both only grow. */
export interface Arrival {
  readonly at_ms: number
  readonly media_ms: number
}

/** How much media a player wants before it starts, and before it goes on after a stall. */
export interface Policy {
  readonly start_ms: number
  readonly resume_ms: number
}

/** What a viewer would have seen. */
export interface Playback {
  /** Start of the run to playback start; `null`: never started. */
  readonly startup_ms: number | null
  readonly played_ms: number
  readonly stall_ms: number
  readonly stall_max_ms: number
  readonly stalls: readonly Stall[]
  /** Media in the buffer at the end of each whole second of the run. */
  readonly buffer_series_ms: readonly number[]
}

/**
 * Replays arrivals through a model player buffer, from the start of the run to `endMs`. Pure, so a recorded
 * run can be scored again under another policy.
 *
 * Playback starts once `start_ms` of media is buffered and stalls from the moment the buffer runs dry until
 * `resume_ms` is buffered again, or until the end of the run. Arrivals after `endMs` do not count.
 */
export function play(arrivals: readonly Arrival[], policy: Policy, endMs: number): Playback {
  let state: 'starting' | 'playing' | 'stalled' = 'starting'
  let buffered = 0
  let playhead = 0
  let since = 0
  let startup: number | null = null
  let played = 0
  const stalls: Stall[] = []
  const series: number[] = []

  const levelAt = (ms: number) =>
    state === 'playing' ? Math.max(0, buffered - playhead - (ms - since)) : buffered - playhead

  const advanceTo = (ms: number) => {
    while ((series.length + 1) * 1_000 <= ms) series.push(levelAt((series.length + 1) * 1_000))
    if (state !== 'playing') return
    const wanted = ms - since
    const step = Math.min(wanted, buffered - playhead)
    playhead += step
    played += step
    since += step
    // A buffer that runs dry exactly at `ms` has not stalled yet: the next arrival may come at this instant.
    if (step < wanted) state = 'stalled'
  }

  const resumeAt = (ms: number) => {
    if (state === 'starting' && buffered > 0 && buffered >= policy.start_ms) {
      startup = ms
    } else if (state === 'stalled' && buffered > playhead && buffered - playhead >= policy.resume_ms) {
      stalls.push({ at_ms: since, length_ms: ms - since })
    } else return
    state = 'playing'
    since = ms
  }

  const cutOffAt = (ms: number) => {
    if (state === 'stalled' && ms > since) stalls.push({ at_ms: since, length_ms: ms - since })
  }

  for (const arrival of arrivals) {
    if (arrival.at_ms > endMs) break
    advanceTo(arrival.at_ms)
    buffered = Math.max(buffered, arrival.media_ms)
    resumeAt(arrival.at_ms)
  }
  advanceTo(endMs)
  cutOffAt(endMs)

  return {
    startup_ms: startup,
    played_ms: played,
    stall_ms: stalls.reduce((total, stall) => total + stall.length_ms, 0),
    stall_max_ms: stalls.reduce((most, stall) => Math.max(most, stall.length_ms), 0),
    stalls,
    buffer_series_ms: series,
  }
}
