import type { Clip, VideoSample } from './clip.ts'
import { AUDIO_FRAMES, CLIP_MS } from './clip.ts'

/** A key frame weighs this much more than the others, as an encoder's would. */
const KEY_WEIGHT = 6
/** The smallest filler: four bytes of length, the NAL header, the trailing bits. */
const SMALLEST_FILLER_BYTES = 6
const NAL_FILLER = 0x0c

/** What a container adds around so many bytes of one frame. */
export type WireBytes = (payloadBytes: number) => number

/** The clip says more than the bitrate allows. */
export class BitrateTooLow extends Error {
  readonly code = 'BITRATE_TOO_LOW'
}

/**
 * The clip's pictures, padded so that the container carries `bitrate_bps` over each round of the loop. The padding
 * is filler data (NAL unit type 12, ITU-T H.264 §7.3.2.7), which decoders ignore.
 * @throws BitrateTooLow
 */
export function padded(
  clip: Clip,
  bitrate_bps: number,
  wire: { readonly video: WireBytes; readonly audio: WireBytes },
): VideoSample[] {
  const audioBytes = clip.audio.reduce((sum, frame) => sum + wire.audio(frame.length), 0)
  const videoBytes = clip.video.reduce((sum, sample) => sum + wire.video(sample.nal_units.length), 0)
  const spare = (bitrate_bps * CLIP_MS) / 8_000 - audioBytes - videoBytes
  if (spare < 0) {
    const least = Math.ceil(((audioBytes + videoBytes) * 8_000) / CLIP_MS / 1_000)
    throw new BitrateTooLow(`the clip alone needs ${least} kbit/s (${AUDIO_FRAMES} audio frames included)`)
  }
  return spread(clip, spare, wire.video)
}

/** Hands out `bytes` of the wire over the pictures, by weight; what one cannot use goes to the next. */
function spread(clip: Clip, bytes: number, wire: WireBytes): VideoSample[] {
  const weights = clip.video.map((sample) => (sample.key ? KEY_WEIGHT : 1))
  const unit = bytes / weights.reduce((sum, weight) => sum + weight, 0)
  let owed = 0
  return clip.video.map((sample, index) => {
    owed += unit * (weights[index] ?? 1)
    const added = (filler: number) => wire(sample.nal_units.length + filler) - wire(sample.nal_units.length)
    // Containers round up to whole packets: give back what would be too much.
    let filler = Math.floor(owed)
    while (filler > 0 && added(filler) > owed) filler -= Math.ceil(added(filler) - owed)
    if (filler < SMALLEST_FILLER_BYTES) return sample
    owed -= added(filler)
    return { key: sample.key, nal_units: withFiller(sample.nal_units, filler) }
  })
}

function withFiller(nalUnits: Uint8Array, bytes: number): Uint8Array {
  const result = new Uint8Array(nalUnits.length + bytes)
  result.set(nalUnits)
  const view = new DataView(result.buffer, nalUnits.length)
  view.setUint32(0, bytes - 4)
  result.fill(0xff, nalUnits.length + 4)
  view.setUint8(4, NAL_FILLER)
  view.setUint8(bytes - 1, 0x80)
  return result
}
