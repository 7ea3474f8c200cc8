import { type Clip, VIDEO_HEIGHT, VIDEO_WIDTH } from '../clip/clip.ts'
import { box, descriptor, fullBox, u16, u32 } from './boxes.ts'

export const VIDEO_TRACK_ID = 1
export const AUDIO_TRACK_ID = 2
/** Ticks a second of the video track. */
export const VIDEO_TIMESCALE = 90_000
/** Ticks a second of the audio track: one a sample. */
export const AUDIO_TIMESCALE = 48_000

const AUDIO_BITRATE_BPS = 24_000
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
const UNDETERMINED_LANGUAGE = 0x55c4

/**
 * What every fragmented MP4 stream begins with: ftyp, and a moov that describes both tracks and holds no sample
 * (ISO/IEC 14496-12, 14496-14 and 14496-15). Both tracks in one file is what HLS allows and CMAF does not, so no CMAF
 * brand is claimed.
 */
export function mp4Init(clip: Clip): Buffer {
  const movieHeader = fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, 1_000, 0, 0x10000),
    u16(0x0100),
    Buffer.alloc(10),
    MATRIX,
    Buffer.alloc(24),
    u32(AUDIO_TRACK_ID + 1),
  )
  return Buffer.concat([
    box('ftyp', Buffer.from('iso6'), u32(0), Buffer.from('iso6mp41avc1')),
    box(
      'moov',
      movieHeader,
      videoTrack(clip),
      audioTrack(clip),
      box('mvex', trackExtends(VIDEO_TRACK_ID), trackExtends(AUDIO_TRACK_ID)),
    ),
  ])
}

function videoTrack(clip: Clip): Buffer {
  const entry = box(
    'avc1',
    ENTRY_HEADER,
    Buffer.alloc(16),
    u16(VIDEO_WIDTH, VIDEO_HEIGHT),
    // 72 dpi both ways, one picture a sample, no compressor's name, 24 bits, no colour table.
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(0x18, 0xffff),
    box('avcC', clip.avc_config),
  )
  return track(VIDEO_TRACK_ID, VIDEO_TIMESCALE, 'vide', [VIDEO_WIDTH, VIDEO_HEIGHT], entry)
}

function audioTrack(clip: Clip): Buffer {
  const channels = ((clip.aac_config[1] ?? 0) >>> 3) & 0x0f
  const entry = box(
    'mp4a',
    ENTRY_HEADER,
    Buffer.alloc(8),
    u16(channels, 16, 0, 0),
    u32(AUDIO_TIMESCALE * 0x10000),
    fullBox('esds', 0, 0, elementaryStream(clip.aac_config)),
  )
  return track(AUDIO_TRACK_ID, AUDIO_TIMESCALE, 'soun', null, entry)
}

/** Six reserved bytes and the index of the data reference. */
const ENTRY_HEADER = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1])

/** The ES_Descriptor of AAC in MP4 (ISO/IEC 14496-1, 7.2.6.5; 14496-14, 3.1.2). */
function elementaryStream(aacConfig: Uint8Array): Buffer {
  const decoder = descriptor(
    0x04,
    // MPEG-4 audio, an audio stream, no buffer size, and both bitrates.
    Buffer.from([0x40, 0x15, 0, 0, 0]),
    u32(AUDIO_BITRATE_BPS, AUDIO_BITRATE_BPS),
    descriptor(0x05, aacConfig),
  )
  return descriptor(0x03, u16(AUDIO_TRACK_ID), Buffer.from([0]), decoder, descriptor(0x06, Buffer.from([2])))
}

function track(
  id: number,
  timescale: number,
  kind: 'vide' | 'soun',
  size: readonly [width: number, height: number] | null,
  entry: Buffer,
): Buffer {
  const sound = size === null
  const [width, height] = size ?? [0, 0]
  const header = fullBox(
    'tkhd',
    0,
    // Enabled, and part of the presentation.
    0x000003,
    u32(0, 0, id, 0, 0, 0, 0),
    u16(0, 0, sound ? 0x0100 : 0, 0),
    MATRIX,
    u32(width * 0x10000, height * 0x10000),
  )
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(0, 0, timescale, 0), u16(UNDETERMINED_LANGUAGE, 0)),
    fullBox('hdlr', 0, 0, u32(0), Buffer.from(kind), u32(0, 0, 0), Buffer.from([0])),
    box(
      'minf',
      sound ? fullBox('smhd', 0, 0, u32(0)) : fullBox('vmhd', 0, 1, u32(0, 0)),
      // The media is in this very file.
      box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
      sampleTable(entry),
    ),
  )
  return box('trak', header, media)
}

/** One sample entry and no samples: those come in fragments. */
function sampleTable(entry: Buffer): Buffer {
  return box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), entry),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  )
}

/** Defaults that every fragment overrides. */
function trackExtends(id: number): Buffer {
  return fullBox('trex', 0, 0, u32(id, 1, 0, 0, 0))
}
