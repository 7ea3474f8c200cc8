import { type Clip, VIDEO_HEIGHT, VIDEO_WIDTH } from '../clip/clip.ts'

/** Bytes around the body of every tag: header before, size after. */
const TAG_BYTES = 15
const VIDEO_BODY_BYTES = 5
const AUDIO_BODY_BYTES = 2

/** What FLV adds around a frame. */
export const flvWire = {
  video: (payload: number) => TAG_BYTES + VIDEO_BODY_BYTES + payload,
  audio: (payload: number) => TAG_BYTES + AUDIO_BODY_BYTES + payload,
}

/** What every FLV stream begins with: header, metadata, and both sequence headers; these are of no time, so 0. */
export function flvOpening(clip: Clip): Buffer {
  const header = Buffer.from([0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0])
  return Buffer.concat([
    header,
    flvTag(18, 0, [metadata()]),
    flvTag(9, 0, [Buffer.from([0x17, 0, 0, 0, 0]), clip.avc_config]),
    flvTag(8, 0, [Buffer.from([AAC_MONO_OR_STEREO, 0]), clip.aac_config]),
  ])
}

/** One picture. */
export function flvVideo(timestampMs: number, key: boolean, nalUnits: Uint8Array): Buffer {
  return flvTag(9, timestampMs, [Buffer.from([key ? 0x17 : 0x27, 1, 0, 0, 0]), nalUnits])
}

/** One AAC frame. */
export function flvAudio(timestampMs: number, frame: Uint8Array): Buffer {
  return flvTag(8, timestampMs, [Buffer.from([AAC_MONO_OR_STEREO, 1]), frame])
}

/** AAC, "44 kHz", 16 bit, "stereo": fixed values, the truth is in the AudioSpecificConfig (FLV 10.1, E.4.2.1). */
const AAC_MONO_OR_STEREO = 0xaf

/** FLV 10.1, E.4.1. The timestamp is 32 bits with its highest byte last, and wraps. */
function flvTag(type: 8 | 9 | 18, timestampMs: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const tag = Buffer.alloc(11 + length + 4)
  const timestamp = timestampMs % 2 ** 32
  tag.writeUInt8(type, 0)
  tag.writeUIntBE(length, 1, 3)
  tag.writeUIntBE(timestamp % 2 ** 24, 4, 3)
  tag.writeUInt8(Math.floor(timestamp / 2 ** 24), 7)
  let at = 11
  for (const part of parts) {
    tag.set(part, at)
    at += part.length
  }
  tag.writeUInt32BE(11 + length, at)
  return tag
}

/** `onMetaData` with an ECMA array in AMF0. */
function metadata(): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value)
    return Buffer.concat([Buffer.from([bytes.length >>> 8, bytes.length & 0xff]), bytes])
  }
  const number = (name: string, value: number) => {
    const bytes = Buffer.alloc(9)
    bytes.writeDoubleBE(value, 1)
    return Buffer.concat([text(name), bytes])
  }
  const fields = [
    number('width', VIDEO_WIDTH),
    number('height', VIDEO_HEIGHT),
    number('framerate', 25),
    number('videocodecid', 7),
    number('audiocodecid', 10),
    number('audiosamplerate', 48_000),
  ]
  const count = Buffer.alloc(4)
  count.writeUInt32BE(fields.length)
  return Buffer.concat([
    Buffer.from([2]),
    text('onMetaData'),
    Buffer.from([8]),
    count,
    ...fields,
    Buffer.from([0, 0, 9]),
  ])
}
