import { AUDIO_FRAME_TICKS, PICTURES_PER_PART, VIDEO_FRAME_TICKS } from '../clip/clip.ts'
import { box, fullBox, u32, u64 } from './boxes.ts'
import type { MuxFrame } from './frame.ts'
import { AUDIO_TIMESCALE, AUDIO_TRACK_ID, VIDEO_TIMESCALE, VIDEO_TRACK_ID } from './mp4_init.ts'

/** moof and mfhd, two times traf, tfhd, tfdt and trun, and the header of mdat. */
const FRAGMENT_BYTES = 8 + 16 + 2 * (8 + 16 + 20 + 20) + 8
/** Duration, size and flags of one sample in a trun. */
const SAMPLE_BYTES = 12
/** Depends on no other sample, and is a sync sample. */
const SYNC_FLAGS = 0x02000000
/** Depends on others, and is not a sync sample (14496-12, 8.8.3.1). */
const NON_SYNC_FLAGS = 0x01010000
const DEFAULT_BASE_IS_MOOF = 0x020000
/** Data offset, and of each sample its duration, size and flags. */
const TRUN_FLAGS = 0x000701

/** What fragmented MP4 adds around a frame; a picture also bears its share of its fragment. */
export const mp4Wire = {
  video: (payload: number) => payload + SAMPLE_BYTES + FRAGMENT_BYTES / PICTURES_PER_PART,
  audio: (payload: number) => payload + SAMPLE_BYTES,
}

const TRACKS = [
  {
    track: 'video',
    id: VIDEO_TRACK_ID,
    timescale: VIDEO_TIMESCALE,
    frame_ticks: VIDEO_FRAME_TICKS,
  },
  { track: 'audio', id: AUDIO_TRACK_ID, timescale: AUDIO_TIMESCALE, frame_ticks: AUDIO_FRAME_TICKS },
] as const

/**
 * One movie fragment with both tracks: moof, then mdat with all pictures before all sound (ISO/IEC 14496-12, 8.8).
 * Decode times are exact on each track's own clock, in 64 bits: they neither drift nor wrap.
 * @param sequence_number of the fragment in its stream, from 1; wraps after 32 bits
 */
export function mp4Fragment(sequence_number: number, frames: readonly MuxFrame[]): Buffer {
  const runs = TRACKS.map((track) => ({
    ...track,
    samples: frames.filter((frame) => frame.track === track.track),
  })).filter((run) => run.samples.length > 0)
  const moofBytes = 8 + 16 + runs.reduce((sum, run) => sum + 64 + run.samples.length * SAMPLE_BYTES, 0)
  let offset = moofBytes + 8
  const trafs = runs.map((run) => {
    const traf = trackFragment(run, offset)
    offset += run.samples.reduce((sum, sample) => sum + sample.payload.length, 0)
    return traf
  })
  return Buffer.concat([
    box('moof', fullBox('mfhd', 0, 0, u32(sequence_number % 2 ** 32)), ...trafs),
    box('mdat', ...runs.flatMap((run) => run.samples.map((sample) => sample.payload))),
  ])
}

interface Run {
  readonly id: number
  readonly timescale: number
  readonly frame_ticks: number
  readonly samples: readonly MuxFrame[]
}

function trackFragment({ id, timescale, frame_ticks, samples }: Run, dataOffset: number): Buffer {
  const onClock = (ticks: number) => (ticks * timescale) / VIDEO_TIMESCALE
  const duration = onClock(frame_ticks)
  const entries = samples.flatMap((sample) => [
    duration,
    sample.payload.length,
    sample.key || sample.track === 'audio' ? SYNC_FLAGS : NON_SYNC_FLAGS,
  ])
  return box(
    'traf',
    fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, u32(id)),
    fullBox('tfdt', 1, 0, u64(onClock(samples[0]?.ticks ?? 0))),
    fullBox('trun', 0, TRUN_FLAGS, u32(samples.length, dataOffset, ...entries)),
  )
}
