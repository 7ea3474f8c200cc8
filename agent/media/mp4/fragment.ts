import { MediaError } from '../error.ts'
import { boxesIn, boxIn, part, uint64 } from './box.ts'
import type { Mp4Track, SampleDefaults } from './movie.ts'

/** More samples than this in one fragment are damage or an attack: it is seven minutes of AAC. */
const SAMPLES_MAX = 20_000
const IS_NOT_KEY = 0x0001_0000

/** One sample of one track, and where its bytes stand in the file. */
export interface Sample {
  readonly track: 'video' | 'audio'
  readonly dts_ms: number
  /** `null`: the fragment says nothing, or 0. */
  readonly duration_ms: number | null
  readonly key: boolean
  readonly start: number
  readonly end: number
}

/**
 * Reads the body of `moof` (ISO/IEC 14496-12 §8.8.4 and following), in file order.
 * @param nextTicks where each track goes on when its fragment does not say (`tfdt` missing); moved along
 * @throws MediaError for tracks nobody announced, and for more samples than anybody sends
 */
export function readFragment(
  moof: DataView,
  moofStart: number,
  tracks: ReadonlyMap<number, Mp4Track>,
  nextTicks: Map<number, number>,
): Sample[] {
  const samples: Sample[] = []
  // Without any base the data of one track follows that of the track before it (§8.8.7).
  let dataEnd = moofStart
  for (const { type, body } of boxesIn(moof)) {
    if (type !== 'traf') continue
    const traf = readTrafHeader(body, tracks, moofStart, dataEnd)
    let ticks = decodeTimeOf(boxIn(body, 'tfdt')) ?? nextTicks.get(traf.track.id) ?? 0
    let at = traf.base
    for (const box of boxesIn(body)) {
      if (box.type !== 'trun') continue
      const run = readRun(box.body, traf, ticks, at, samples)
      ticks = run.ticks
      at = run.at
    }
    nextTicks.set(traf.track.id, ticks)
    dataEnd = at
  }
  return samples
}

interface Traf {
  readonly track: Mp4Track
  readonly base: number
  readonly defaults: SampleDefaults
}

function readTrafHeader(
  traf: DataView,
  tracks: ReadonlyMap<number, Mp4Track>,
  moofStart: number,
  dataEnd: number,
): Traf {
  const tfhd = boxIn(traf, 'tfhd')
  if (tfhd === null) throw new MediaError('an MP4 track fragment without header')
  const flags = tfhd.getUint32(0) & 0xff_ffff
  const track = tracks.get(tfhd.getUint32(4))
  if (track === undefined)
    throw new MediaError(`an MP4 fragment of track ${tfhd.getUint32(4)}, which nobody announced`)
  let at = 8
  const optional = (flag: number, bytes: number) => {
    if ((flags & flag) === 0) return null
    at += bytes
    return bytes === 8 ? uint64(tfhd, at - 8) : tfhd.getUint32(at - 4)
  }
  const base = optional(0x01, 8)
  optional(0x02, 4)
  const duration = optional(0x08, 4) ?? track.defaults.duration
  const size = optional(0x10, 4) ?? track.defaults.size
  const sampleFlags = optional(0x20, 4) ?? track.defaults.flags
  const baseIsMoof = (flags & 0x02_0000) !== 0
  return {
    track,
    base: base ?? (baseIsMoof ? moofStart : dataEnd),
    defaults: { duration, size, flags: sampleFlags },
  }
}

function decodeTimeOf(tfdt: DataView | null): number | null {
  if (tfdt === null) return null
  return tfdt.getUint8(0) === 1 ? uint64(tfdt, 4) : tfdt.getUint32(4)
}

function readRun(
  trun: DataView,
  traf: Traf,
  fromTicks: number,
  fromByte: number,
  samples: Sample[],
): { ticks: number; at: number } {
  const flags = trun.getUint32(0) & 0xff_ffff
  const count = trun.getUint32(4)
  if (samples.length + count > SAMPLES_MAX)
    throw new MediaError(`an MP4 fragment that claims ${samples.length + count} samples`)
  let field = 8
  const optional = (flag: number): number | null => {
    if ((flags & flag) === 0) return null
    field += 4
    return trun.getUint32(field - 4)
  }
  const offset = optional(0x01)
  const firstFlags = optional(0x04)
  const { track, defaults } = traf
  let at = offset === null ? fromByte : traf.base + (offset | 0)
  let ticks = fromTicks
  // Reading past the last field fails here, before anything is made of it.
  const fieldBytes = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => (flags & flag) !== 0).length
  part(trun, field, field + count * fieldBytes)
  for (let i = 0; i < count; i++) {
    const duration = optional(0x100) ?? defaults.duration
    const size = optional(0x200) ?? defaults.size
    const own = optional(0x400)
    const sampleFlags = (i === 0 ? firstFlags : null) ?? own ?? defaults.flags
    optional(0x800)
    if (track.kind !== null)
      samples.push({
        track: track.kind,
        dts_ms: ((ticks + track.shift_ticks) * 1_000) / track.timescale,
        duration_ms: duration === 0 ? null : (duration * 1_000) / track.timescale,
        key: track.kind === 'video' && (sampleFlags & IS_NOT_KEY) === 0,
        start: at,
        end: at + size,
      })
    at += size
    ticks += duration
  }
  return { ticks, at }
}
