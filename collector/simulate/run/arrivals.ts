import type { Draws } from '../random.ts'
import type { Arrivals } from './playback.ts'

/** How media comes in. */
export interface Flow {
  /** First byte of the answer, after the start of the run. */
  readonly first_byte_ms: number
  /** First key frame complete. */
  readonly first_frame_ms: number
  /** Where the run ends. */
  readonly end_ms: number
  /** Media that the server has ready for a new viewer. */
  readonly ahead_ms: number
  /** Capacity over the bitrate of the media, on average. */
  readonly speed: number
  /** How much that swings: 0 is a steady line. */
  readonly swing: number
  /** The first of so many seconds in which hardly anything comes. */
  readonly hiccup_s: number
  readonly hiccup_count: number
  readonly hiccup_speed: number
}

/** A frame at 25 a second. */
const FRAME_MS = 40
/** Behind by less is not behind: what floating point leaves over. */
const LEAST_MS = 1e-6

/**
 * Media over time: as fast as the path brings it until the viewer has caught up with what is live, then as it is made.
 * Takes one draw for each second of the run.
 */
export function arrivalsOf(flow: Flow, draws: Draws): Arrivals {
  const { first_byte_ms, first_frame_ms, end_ms, ahead_ms } = flow
  const at_ms: number[] = [0]
  const media_ms: number[] = [0]
  let media = 0
  const point = (at: number, value: number) => {
    at_ms.push(at)
    media_ms.push(value)
    media = value
  }
  for (let second = 0; second * 1_000 < end_ms; second++) {
    const speed = speedIn(flow, second, draws)
    let from = second * 1_000
    const to = Math.min(from + 1_000, end_ms)
    if (to <= first_frame_ms) {
      point(to, 0)
      continue
    }
    if (from < first_frame_ms) {
      point(first_frame_ms, 0)
      from = first_frame_ms
      point(from, FRAME_MS)
    }
    // Live: what was ready at the first byte, and what has been made since.
    const behind = ahead_ms + (from - first_byte_ms) - media
    const caughtUp = speed > 1 ? from + behind / (speed - 1) : Infinity
    const catchesUp = behind > LEAST_MS && caughtUp < to
    if (catchesUp) point(caughtUp, media + speed * (caughtUp - from))
    const rest = to - (at_ms.at(-1) ?? from)
    point(to, media + rest * (behind <= LEAST_MS || catchesUp ? Math.min(1, speed) : speed))
  }
  return { at_ms, media_ms }
}

function speedIn(flow: Flow, second: number, draws: Draws): number {
  const swung = flow.speed * (1 + flow.swing * (2 * draws.next() - 1))
  const hiccup = second >= flow.hiccup_s && second < flow.hiccup_s + flow.hiccup_count
  return hiccup ? Math.min(swung, flow.hiccup_speed) : swung
}
