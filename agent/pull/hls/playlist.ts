import { parse, setOptions, type types } from 'hls-parser'
import { MediaError } from '../../media/error.ts'
import type { ByteRange } from '../request.ts'
import { essentialLines } from './essential.ts'

/** Something to be pulled with one request. */
export interface Piece {
  /** As it stands in the playlist. */
  readonly uri: string
  /** `null`: the whole resource. */
  readonly range: ByteRange | null
}

/** A segment, or a part of one. */
export interface MediaPiece extends Piece {
  readonly duration_ms: number
  /** Whether decoding can begin here. */
  readonly independent: boolean
  /** Listed, and known not to be there. */
  readonly gap: boolean
  /** When its media was made, ms since 1970; `null`: the playlist does not say. */
  readonly made_at_ms: number | null
}

/** One segment of a media playlist. */
export interface Segment {
  /** Media sequence number. */
  readonly number: number
  /** `null`: still being made, only parts of it are there. */
  readonly whole: MediaPiece | null
  readonly parts: readonly MediaPiece[]
  /** Whether clocks and formats may start anew with it. */
  readonly discontinuity: boolean
  /** How often they have done so, as the server counts. */
  readonly discontinuity_number: number
  /** Its init segment; `null`: MPEG-TS, or one that needs none. */
  readonly map: Piece | null
  /** Name of the method; `null`: in the clear. */
  readonly encryption: string | null
}

/** A playlist that lists segments. */
export interface MediaPlaylist {
  readonly kind: 'media'
  readonly target_ms: number
  /** `null`: it has no parts. */
  readonly part_target_ms: number | null
  /** How far from its end a player of parts begins; `null`: it has no parts. */
  readonly part_hold_back_ms: number | null
  /** Whether the server holds a request back until there is something new. */
  readonly blocks: boolean
  /** Whether nothing more will come. */
  readonly ended: boolean
  readonly segments: readonly Segment[]
}

/** A playlist that lists playlists. */
export interface MasterPlaylist {
  readonly kind: 'master'
  /** The first variant: what a player starts with (RFC 8216 §6.2.4). */
  readonly variant_uri: string
  /** Sound that is in a playlist of its own; `null`: it is in the variant, or there is none. */
  readonly audio_uri: string | null
}

const LONGEST_MS = 3_600_000
/** Room above it for counting on: 2^53 is where numbers stop being exact. */
const LARGEST_NUMBER = 2 ** 52

/**
 * Reads a playlist (RFC 8216, and the parts of draft-pantos-hls-rfc8216bis that low latency needs).
 * @throws MediaError `MEDIA_INVALID` for anything else, and for what is encrypted as a whole
 */
export function readPlaylist(text: string): MediaPlaylist | MasterPlaylist {
  const lines = essentialLines(text)
  // Servers break rules that harm nobody; the parser would print each breach.
  setOptions({ silent: true })
  let playlist: types.Playlist
  try {
    playlist = parse(lines)
  } catch (error) {
    throw new MediaError(`not a playlist: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
  if (!lines.startsWith('#EXTM3U')) throw new MediaError('not a playlist: it does not begin with #EXTM3U')
  if (playlist.isMasterPlaylist) return masterOf(playlist as types.MasterPlaylist)
  return mediaOf(playlist as types.MediaPlaylist)
}

function masterOf(master: types.MasterPlaylist): MasterPlaylist {
  const key = master.sessionKeyList[0]
  if (key !== undefined) throw new MediaError(`a stream encrypted with ${String(key.method)}`)
  const variant = master.variants[0]
  if (variant === undefined || typeof variant.uri !== 'string')
    throw new MediaError('a master playlist without variants')
  const audio = variant.audio[variant.currentRenditions.audio] ?? variant.audio[0]
  const audio_uri = audio?.uri === undefined || audio.uri === variant.uri ? null : audio.uri
  return { kind: 'master', variant_uri: variant.uri, audio_uri }
}

function mediaOf(media: types.MediaPlaylist): MediaPlaylist {
  const { lowLatencyCompatibility: control, partTargetDuration } = media
  const target_ms = milliseconds(media.targetDuration, 'target duration')
  if (target_ms === 0) throw new MediaError('a playlist without a target duration')
  const part_target_ms = partTargetDuration ? milliseconds(partTargetDuration, 'part target') : null
  const hold = control?.partHoldBack ? milliseconds(control.partHoldBack, 'part hold-back') : null
  return {
    kind: 'media',
    target_ms,
    part_target_ms,
    // Three part targets are the least that is recommended (rfc8216bis §4.4.3.8).
    part_hold_back_ms: part_target_ms === null ? null : (hold ?? part_target_ms * 3),
    blocks: control?.canBlockReload === true,
    ended: media.endlist === true,
    segments: segmentsOf(media),
  }
}

/**
 * What holds for one segment holds for those after it, until something else is said. The parser gets that wrong for
 * the last one when it has no address yet: it swaps key and map.
 */
function segmentsOf(media: types.MediaPlaylist): Segment[] {
  const segments: Segment[] = []
  let discontinuity_number = whole(media.discontinuitySequenceBase ?? 0, 'discontinuity sequence')
  let map: Piece | null = null
  let encryption: string | null = null
  let made_at_ms: number | null = null
  for (const one of media.segments) {
    const unfinished = one.uri === ''
    if (unfinished && one.parts.length === 0) continue
    const discontinuity = one.discontinuity === true
    if (discontinuity) discontinuity_number++
    if (one.map) map = { uri: text(one.map.uri), range: rangeOf(one.map.byterange, 0) }
    if (one.key && 'method' in one.key) encryption = one.key.method === 'NONE' ? null : String(one.key.method)
    const date = one.programDateTime?.getTime() ?? Number.NaN
    if (Number.isFinite(date)) made_at_ms = date
    else if (discontinuity) made_at_ms = null
    const independent = media.independentSegments === true
    const parts = partsOf(one.parts, made_at_ms, independent)
    const segment: MediaPiece | null = unfinished
      ? null
      : {
          uri: one.uri,
          range: rangeOf(one.byterange, null),
          duration_ms: milliseconds(one.duration ?? 0, 'segment'),
          independent: true,
          gap: one.gap === true,
          made_at_ms,
        }
    // A sequence number in the middle of the list is against the rules, and would send readers round in circles.
    const before = segments.at(-1)
    const number = before === undefined ? whole(one.mediaSequenceNumber, 'media sequence') : before.number + 1
    segments.push({ number, whole: segment, parts, discontinuity, discontinuity_number, map, encryption })
    if (made_at_ms !== null && segment !== null) made_at_ms += segment.duration_ms
  }
  return segments
}

function partsOf(
  parts: readonly types.PartialSegment[],
  segmentMadeAt: number | null,
  independentSegments: boolean,
): MediaPiece[] {
  const pieces: MediaPiece[] = []
  let into_ms = 0
  for (const [i, part] of parts.entries()) {
    const before = pieces.at(-1)
    const goesOn = before?.range && before.uri === part.uri ? before.range.offset + before.range.length : null
    const duration_ms = milliseconds(part.duration ?? 0, 'part')
    pieces.push({
      uri: text(part.uri),
      range: rangeOf(part.byterange, goesOn),
      duration_ms,
      independent: part.independent === true || (i === 0 && independentSegments),
      gap: part.gap === true,
      made_at_ms: segmentMadeAt === null ? null : segmentMadeAt + into_ms,
    })
    into_ms += duration_ms
  }
  return pieces
}

/** @param implied where it begins when it does not say; the parser marks that with -1 */
function rangeOf(range: types.Byterange | undefined, implied: number | null): ByteRange | null {
  if (!range) return null
  const offset = range.offset === -1 ? implied : range.offset
  if (offset === null)
    throw new MediaError('a byte range that says neither where it begins nor follows another')
  const length = whole(range.length, 'byte range')
  if (length === 0) throw new MediaError('a byte range of no bytes')
  return { offset: whole(offset, 'byte range'), length }
}

function text(uri: unknown): string {
  if (typeof uri !== 'string' || uri === '') throw new MediaError('a playlist entry without an address')
  return uri
}

function whole(value: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > LARGEST_NUMBER)
    throw new MediaError(`a ${what} of ${value}`)
  return value
}

function milliseconds(seconds: number, what: string): number {
  const ms = (seconds ?? 0) * 1_000
  if (!(ms >= 0 && ms <= LONGEST_MS)) throw new MediaError(`a ${what} of ${seconds} s`)
  return ms
}
