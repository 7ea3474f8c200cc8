import type { Frame } from '../timeline.ts'

/** What the first bytes of a tag say of the frame in it. */
export type FrameKind = Pick<Frame, 'track' | 'key'>

/** As many bytes of a tag's body as are looked at; only Enhanced RTMP's ModEx can ask for more, and nobody does. */
export const LOOKED_AT_BYTES = 600

const AAC = 10
/** AVC, HEVC and AV1 by number: the last two are in use in China, outside Adobe's list. */
const CODECS_WITH_PACKET_TYPE = new Set([7, 12, 13])
const FRAME_KEY = 1
const FRAME_COMMAND = 5
/** Enhanced RTMP packet types. */
const SEQUENCE_START = 0
const CODED_FRAMES = 1
const CODED_FRAMES_X = 3
const ONE_TRACK = 0

/** Tells an audio frame from configuration and from nothing; `null`: not a frame. `bodyBytes` is the whole body's. */
export function audioFrame(body: Uint8Array, bodyBytes: number): FrameKind | null {
  const head = body[0]
  if (head === undefined) return null
  const format = head >>> 4
  const sound: FrameKind = { track: 'audio', key: false }
  if (format === 9) return codedFrames(body, 5, [CODED_FRAMES]) ? sound : null
  if (format === AAC) return body[1] === SEQUENCE_START || bodyBytes <= 2 ? null : sound
  return bodyBytes <= 1 ? null : sound
}

/** Tells a picture from configuration, from commands and from nothing; `null`: not a picture. */
export function videoFrame(body: Uint8Array, bodyBytes: number): FrameKind | null {
  const head = body[0]
  if (head === undefined) return null
  const enhanced = (head & 0x80) !== 0
  const frameType = (head >>> 4) & (enhanced ? 0x07 : 0x0f)
  const picture: FrameKind = { track: 'video', key: frameType === FRAME_KEY }
  if (frameType === FRAME_COMMAND) return null
  if (enhanced) return codedFrames(body, 6, [CODED_FRAMES, CODED_FRAMES_X]) ? picture : null
  if (!CODECS_WITH_PACKET_TYPE.has(head & 0x0f)) return bodyBytes <= 1 ? null : picture
  return body[1] === 1 && bodyBytes > 5 ? picture : null
}

/**
 * Whether an extended body (Enhanced RTMP v2) holds coded frames of the main track. ModEx prefixes are passed over;
 * of several tracks the first, track 0, is the one that players without a choice play.
 */
function codedFrames(body: Uint8Array, multitrack: number, coded: readonly number[]): boolean {
  const modEx = 7
  let packet = (body[0] ?? 0) & 0x0f
  let at = 1
  while (packet === modEx) {
    const short = (body[at] ?? 0) + 1
    const long = short === 256
    const dataBytes = long ? (((body[at + 1] ?? 0) << 8) | (body[at + 2] ?? 0)) + 1 : short
    at += (long ? 3 : 1) + dataBytes
    const next = body[at]
    if (next === undefined) return false
    packet = next & 0x0f
    at++
  }
  if (packet !== multitrack) return coded.includes(packet)
  const head = body[at] ?? 0
  const type = head >>> 4
  // One codec for all tracks is named once, before them.
  const trackId = body[at + 1 + 4]
  if (!coded.includes(head & 0x0f)) return false
  return type === ONE_TRACK ? trackId === 0 : trackId !== undefined
}
