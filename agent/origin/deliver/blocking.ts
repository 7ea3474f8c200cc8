import { PART_TARGET_MS } from '../clip/clip.ts'
import { isBefore, type LowLatencyTrack, type PartPosition } from '../low_latency.ts'
import type { Reply } from '../reply.ts'

/** Requests of one stream that may wait at once. */
export const HELD_MAX = 1_000
/** A wait is given up after so many segments (RFC 8216bis, 6.2.5.2). */
const PATIENCE_SEGMENTS = 3
/** How far ahead of the newest part one may ask (RFC 8216bis, 6.2.5.2): three, or three seconds of short ones. */
const ADVANCE_PARTS = PART_TARGET_MS >= 1_000 ? 3 : Math.ceil(3_000 / PART_TARGET_MS)
/** How far ahead of the newest finished segment. */
const ADVANCE_SEGMENTS = 2

/** Why a blocking request is refused. */
export interface Refusal {
  readonly status: 400
  readonly code: 'BLOCKING_RELOAD_MALFORMED' | 'BLOCKING_RELOAD_TOO_FAR'
  readonly why: string
}

/** Why a request that waited is let go without what it waited for. */
export type GivenUp = 'TOO_MANY_WAITING' | 'BLOCKING_RELOAD_TIMEOUT' | 'STREAM_ENDED'

/**
 * The part that a playlist must contain before it may be sent, from `_HLS_msn` and `_HLS_part` of the query; `null`:
 * as it is now. A whole segment is there with the last of its parts.
 */
export function awaitedBy(query: string, track: LowLatencyTrack): PartPosition | Refusal | null {
  const asked = new URLSearchParams(query)
  const [sequence, ...more] = asked.getAll('_HLS_msn').map(wholeNumber)
  const [part, ...moreParts] = asked.getAll('_HLS_part').map(wholeNumber)
  if (Number.isNaN(sequence) || Number.isNaN(part) || more.length > 0 || moreParts.length > 0)
    return malformed('_HLS_msn and _HLS_part are one whole number each')
  if (sequence === undefined) return part === undefined ? null : malformed('_HLS_part needs _HLS_msn')

  const { next } = track
  if (sequence > next.sequence - 1 + ADVANCE_SEGMENTS)
    return tooFar(`segment ${sequence}, when ${next.sequence - 1} is the last one finished`)
  if (part === undefined) return { sequence, part: track.parts_per_segment - 1 }
  const ahead = (sequence - next.sequence) * track.parts_per_segment + part - (next.part - 1)
  if (ahead > ADVANCE_PARTS) return tooFar(`part ${part} of segment ${sequence} is ${ahead} parts ahead`)
  // One after the last of its segment stands for the first of the next.
  return part < track.parts_per_segment ? { sequence, part } : { sequence: sequence + 1, part: 0 }
}

/**
 * Answers once that part is there: now if it is, never if the viewer leaves first. Over HTTP/3 the library tells of a
 * viewer that has left with its connection, but not of one that cancels a request: that waits until it is answered.
 * @param answer gets `null`, or why the wait is over without it
 */
export function whenMade(
  at: PartPosition,
  reply: Reply,
  track: LowLatencyTrack,
  answer: (givenUp: GivenUp | null) => void,
): void {
  if (isBefore(at, track.next) || track.waiting_count >= HELD_MAX) {
    answer(isBefore(at, track.next) ? null : 'TOO_MANY_WAITING')
    return
  }
  const leave = track.wait(at, (made) => {
    clearTimeout(timer)
    answer(made ? null : 'STREAM_ENDED')
  })
  const timer = setTimeout(() => {
    leave()
    answer('BLOCKING_RELOAD_TIMEOUT')
  }, PATIENCE_SEGMENTS * track.segment_ms)
  reply.onClose(() => {
    leave()
    clearTimeout(timer)
  })
}

/** A decimal-integer (RFC 8216, 4.2); NaN when it is none. */
function wholeNumber(text: string): number {
  return /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN
}

function malformed(why: string): Refusal {
  return { status: 400, code: 'BLOCKING_RELOAD_MALFORMED', why }
}

function tooFar(why: string): Refusal {
  return { status: 400, code: 'BLOCKING_RELOAD_TOO_FAR', why }
}
