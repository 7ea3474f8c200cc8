import { MediaError } from '../error.ts'
import { boxesIn, boxIn, fourCharacters, uint64 } from './box.ts'

const TRACKS_MAX = 64

/** What the init segment says of one track. */
export interface Mp4Track {
  readonly id: number
  /** `null`: neither picture nor sound; its samples are passed over. */
  readonly kind: 'video' | 'audio' | null
  /** Sample entry: `avc1`, `hvc1`, `mp4a`, ... */
  readonly codec: string
  /** Ticks a second. */
  readonly timescale: number
  /** What the edit list adds to every decode time, in ticks. */
  readonly shift_ticks: number
  readonly defaults: SampleDefaults
}

/** What a sample is when its fragment does not say (`trex`, then `tfhd`). */
export interface SampleDefaults {
  readonly duration: number
  readonly size: number
  readonly flags: number
}

const NO_DEFAULTS: SampleDefaults = { duration: 0, size: 0, flags: 0 }

/**
 * Reads the body of `moov` as an init segment (ISO/IEC 14496-12 §8.2, §8.8.3).
 * @throws MediaError for a movie without tracks, with a clock of no ticks, or encrypted (ISO/IEC 23001-7)
 */
export function readMovie(moov: DataView): Map<number, Mp4Track> {
  const movieTimescale = timescaleOf(boxIn(moov, 'mvhd'), 'movie')
  const defaults = new Map<number, SampleDefaults>()
  const mvex = boxIn(moov, 'mvex')
  if (mvex !== null)
    for (const { type, body } of boxesIn(mvex)) {
      if (type !== 'trex') continue
      const fields = { duration: body.getUint32(12), size: body.getUint32(16), flags: body.getUint32(20) }
      defaults.set(body.getUint32(4), fields)
      if (defaults.size > TRACKS_MAX) throw new MediaError(`an MP4 movie of more than ${TRACKS_MAX} tracks`)
    }
  const tracks = new Map<number, Mp4Track>()
  for (const { type, body } of boxesIn(moov)) {
    if (type !== 'trak') continue
    const track = readTrack(body, movieTimescale, defaults)
    tracks.set(track.id, track)
    if (tracks.size > TRACKS_MAX) throw new MediaError(`an MP4 movie of more than ${TRACKS_MAX} tracks`)
  }
  if (tracks.size === 0) throw new MediaError('an MP4 movie without tracks')
  return tracks
}

function readTrack(
  trak: DataView,
  movieTimescale: number,
  defaults: ReadonlyMap<number, SampleDefaults>,
): Mp4Track {
  const tkhd = boxIn(trak, 'tkhd')
  const mdia = boxIn(trak, 'mdia')
  const hdlr = boxIn(mdia, 'hdlr')
  if (tkhd === null || hdlr === null) throw new MediaError('an MP4 track without header or handler')
  const id = tkhd.getUint32(tkhd.getUint8(0) === 1 ? 20 : 12)
  const handler = fourCharacters(hdlr, 8)
  const kind = handler === 'vide' ? 'video' : handler === 'soun' ? 'audio' : null
  const timescale = timescaleOf(boxIn(mdia, 'mdhd'), 'track')
  const stsd = boxIn(boxIn(boxIn(mdia, 'minf'), 'stbl'), 'stsd')
  return {
    id,
    kind,
    codec: kind === null ? '' : codecOf(stsd, kind),
    timescale,
    shift_ticks: shiftOf(boxIn(boxIn(trak, 'edts'), 'elst'), timescale / movieTimescale),
    defaults: defaults.get(id) ?? NO_DEFAULTS,
  }
}

function timescaleOf(header: DataView | null, what: string): number {
  if (header === null) throw new MediaError(`an MP4 ${what} without header`)
  const timescale = header.getUint32(header.getUint8(0) === 1 ? 20 : 12)
  if (timescale === 0) throw new MediaError(`an MP4 ${what} whose clock has no ticks`)
  return timescale
}

/** Bytes of a sample entry before the boxes in it. */
const ENTRY_BYTES = { video: 78, audio: 28 } as const

function codecOf(stsd: DataView | null, kind: 'video' | 'audio'): string {
  if (stsd === null) throw new MediaError('an MP4 track without sample descriptions')
  for (const { type, body } of boxesIn(stsd, 8)) {
    if (type !== 'encv' && type !== 'enca') return type
    const scheme = boxIn(boxIn(body, 'sinf', ENTRY_BYTES[kind]), 'schm')
    throw new MediaError(
      `MP4 ${kind} encrypted with ${scheme ? fourCharacters(scheme, 4) : 'no known scheme'}`,
    )
  }
  throw new MediaError('an MP4 track without sample descriptions')
}

/** An empty edit delays the track, the first other one cuts off what comes before it (§8.6.6). */
function shiftOf(elst: DataView | null, ticksPerMovieTick: number): number {
  if (elst === null) return 0
  const long = elst.getUint8(0) === 1
  const entryBytes = long ? 20 : 12
  let delay = 0
  for (let i = 0; i < elst.getUint32(4) && i < TRACKS_MAX; i++) {
    const at = 8 + i * entryBytes
    const duration = long ? uint64(elst, at) : elst.getUint32(at)
    const mediaTime = long ? Number(elst.getBigInt64(at + 8)) : elst.getInt32(at + 4)
    if (mediaTime !== -1) return delay - mediaTime
    delay += duration * ticksPerMovieTick
  }
  return delay
}
