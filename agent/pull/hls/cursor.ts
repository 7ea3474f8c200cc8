import type { MediaPiece, MediaPlaylist, Segment } from './playlist.ts'

/** Which piece comes next: a segment by its media sequence number, and a part of it by its index. */
export interface Position {
  readonly number: number
  readonly part: number
}

/** The next thing to pull. */
export interface Step {
  readonly segment: Segment
  readonly piece: MediaPiece
  /** Whether it begins its segment. */
  readonly begins: boolean
  /** Whether something between it and what was pulled before is left out. */
  readonly skips: boolean
  readonly after: Position
}

/** RFC 8216 §6.3.3: begin no nearer to the end than three target durations. */
const START_BEHIND_SEGMENTS = 3
/** A playlist that ends this many segments before what was pulled is not late: the server counts anew. */
const COUNTS_ANEW_SEGMENTS = 10

/** Two playlists of one stream cut it at frames of their own, so their segments are not of quite the same lengths. */
const SAME_START_MS = 100

/**
 * Where playback begins: three segments from the end, or, by parts, at the last independent one that lies at least
 * the hold-back away from the end. `null`: nothing is listed yet.
 * @param besideMs how far from its end the playlist beside this one begins; `null`: there is none
 */
export function startOf(
  playlist: MediaPlaylist,
  byParts: boolean,
  besideMs: number | null = null,
): Position | null {
  const { segments, part_hold_back_ms } = playlist
  if (byParts && part_hold_back_ms !== null) return startByParts(segments, besideMs ?? part_hold_back_ms)
  const finished = segments.filter((segment) => segment.whole !== null)
  if (besideMs !== null) return startByParts(finished.map(withoutParts), besideMs - SAME_START_MS)
  const first = finished[Math.max(0, finished.length - START_BEHIND_SEGMENTS)]
  return first === undefined ? null : { number: first.number, part: 0 }
}

/** The next piece from `position` on; `null`: it is not listed yet. */
export function stepFrom(playlist: MediaPlaylist, position: Position, byParts: boolean): Step | null {
  const first = playlist.segments[0]
  const last = playlist.segments.at(-1)
  if (first === undefined || last === undefined) return null
  const countsAnew = position.number > last.number + COUNTS_ANEW_SEGMENTS
  let at: Position | null = position
  let skips = false
  if (countsAnew || position.number < first.number) {
    // What is gone is gone. Who plays by parts wants to be near the end again.
    at = countsAnew || byParts ? startOf(playlist, byParts) : { number: first.number, part: 0 }
    skips = true
  }
  while (at !== null) {
    const segment: Segment | undefined = playlist.segments[at.number - first.number]
    if (segment === undefined) return null
    const { whole, parts } = segment
    const next: Position = { number: segment.number + 1, part: 0 }
    if (at.part === 0 && whole !== null) return { segment, piece: whole, begins: true, skips, after: next }
    if (!byParts) return null
    const piece = parts[at.part]
    if (piece !== undefined) {
      const isLast = whole !== null && at.part + 1 === parts.length
      const after = isLast ? next : { number: segment.number, part: at.part + 1 }
      return { segment, piece, begins: at.part === 0, skips, after }
    }
    if (whole === null) return null
    // Its parts are no longer listed, and to pull all of it would pull some of it again.
    if (parts.length === 0) skips = true
    at = next
  }
  return null
}

/** How far from the end of the playlist a position lies, ms of media. */
export function behindEnd(playlist: MediaPlaylist, position: Position, byParts: boolean): number {
  const lengths = playlist.segments.map((segment) => {
    if (segment.number < position.number) return 0
    const parts = segment.number === position.number ? segment.parts.slice(position.part) : segment.parts
    if (segment.whole !== null && (segment.number > position.number || position.part === 0))
      return segment.whole.duration_ms
    return byParts ? parts.reduce((sum, part) => sum + part.duration_ms, 0) : 0
  })
  return lengths.reduce((sum, length) => sum + length, 0)
}

/** What the server will list next. */
export function endOf(playlist: MediaPlaylist): Position {
  const last = playlist.segments.at(-1)
  if (last === undefined) return { number: 0, part: 0 }
  return last.whole === null
    ? { number: last.number, part: last.parts.length }
    : { number: last.number + 1, part: 0 }
}

function startByParts(segments: readonly Segment[], holdBackMs: number): Position | null {
  let behind_ms = 0
  for (const segment of segments.toReversed()) {
    const { number, whole, parts } = segment
    if (parts.length === 0) behind_ms += whole?.duration_ms ?? 0
    else
      for (const [part, piece] of [...parts.entries()].reverse()) {
        behind_ms += piece.duration_ms
        if (piece.independent && behind_ms >= holdBackMs) return { number, part }
      }
    // Segments begin with a key frame, whether or not the playlist says so.
    if (behind_ms >= holdBackMs) return { number, part: 0 }
  }
  const first = segments[0]
  return first === undefined ? null : { number: first.number, part: 0 }
}

function withoutParts(segment: Segment): Segment {
  return { ...segment, parts: [] }
}
