import { readFileSync } from 'node:fs'

/** Length of the clip, and so of one round of the loop. */
export const CLIP_MS = 8_000
export const VIDEO_FRAMES = 200
export const AUDIO_FRAMES = 375
export const VIDEO_WIDTH = 640
export const VIDEO_HEIGHT = 360
/** The clock of MPEG-TS, in which both frame lengths are whole: 40 ms and 1,024 / 48,000 s. */
export const TICKS_PER_MS = 90
export const VIDEO_FRAME_TICKS = 3_600
export const AUDIO_FRAME_TICKS = 1_920

const PICTURES_PER_S = 25
/** Low-latency parts: three a second, cut so that every key frame begins one. */
export const PARTS_PER_S = 3
/** On average: 9, 8 and 8. */
export const PICTURES_PER_PART = PICTURES_PER_S / PARTS_PER_S
/** The longest part: nine pictures. */
export const PART_TARGET_MS = (Math.ceil(PICTURES_PER_PART) * 1_000) / PICTURES_PER_S

/** Whether a low-latency part begins with this picture, counted from the start of the stream. */
export function startsPart(picture: number): boolean {
  const part = (of: number) => Math.floor((of * PARTS_PER_S) / PICTURES_PER_S)
  return part(picture) !== part(picture - 1)
}

/** Seconds between key frames that there is a clip for. */
export const GOPS_S = [1, 2, 4] as const
export type GopSeconds = (typeof GOPS_S)[number]

/** The clip, in memory. */
export interface Clip {
  readonly gop_s: GopSeconds
  /** AVCDecoderConfigurationRecord, ISO/IEC 14496-15. */
  readonly avc_config: Uint8Array
  /** AudioSpecificConfig, ISO/IEC 14496-3. */
  readonly aac_config: Uint8Array
  readonly video: readonly VideoSample[]
  /** Raw AAC frames. */
  readonly audio: readonly Uint8Array[]
}

/** One picture: NAL units, each after its length in four bytes. */
export interface VideoSample {
  readonly key: boolean
  readonly nal_units: Uint8Array
}

/** Reads the clip with a key frame every `gop_s` seconds. @throws when the file is damaged */
export function loadClip(gop_s: GopSeconds): Clip {
  const file = readFileSync(new URL(`./gop${gop_s}.flv`, import.meta.url))
  const video: VideoSample[] = []
  const audio: Uint8Array[] = []
  let avc_config: Uint8Array | null = null
  let aac_config: Uint8Array | null = null
  for (const { type, body } of tagsOf(file)) {
    if (type === 9 && body[1] === 0) avc_config ??= body.subarray(5)
    else if (type === 9 && body[1] === 1)
      video.push({ key: (body[0] ?? 0) >>> 4 === 1, nal_units: body.subarray(5) })
    else if (type === 8 && body[1] === 0) aac_config ??= body.subarray(2)
    else if (type === 8 && body[1] === 1) audio.push(body.subarray(2))
  }
  const played = audio.slice(1, 1 + AUDIO_FRAMES)
  if (
    avc_config === null ||
    aac_config === null ||
    video.length !== VIDEO_FRAMES ||
    played.length !== AUDIO_FRAMES
  )
    throw new Error(
      `the clip gop${gop_s}.flv is damaged: ${video.length} pictures, ${played.length} audio frames`,
    )
  return { gop_s, avc_config, aac_config, video, audio: played }
}

function* tagsOf(file: Buffer): Generator<{ type: number; body: Uint8Array }> {
  let at = 13
  while (at + 11 <= file.length) {
    const length = file.readUIntBE(at + 1, 3)
    yield { type: file.readUInt8(at), body: file.subarray(at + 11, at + 11 + length) }
    at += 11 + length + 4
  }
}
