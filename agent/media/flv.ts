import { ChunkQueue } from './chunks.ts'
import { MediaError } from './error.ts'
import type { Frame, MediaSink } from './timeline.ts'

/** A tag bigger than this is damage or an attack: 8 MiB is ten seconds of 6 Mbit/s in one frame. */
const LARGEST_TAG_BYTES = 8 * 1024 * 1024
const TAG_AUDIO = 8
const TAG_VIDEO = 9
const TAG_SCRIPT = 18

/**
 * Reads FLV far enough to time it: tag by tag, without touching the media itself. AVC and HEVC (both the
 * codec id 12 in use in China and Enhanced RTMP's `hvc1`), AAC and the older audio codecs. Memory is bounded
 * by one tag's header: bodies are skipped as they arrive.
 *
 * Follows Adobe's Video File Format Specification 10.1, annex E, and Enhanced RTMP v1.
 */
export class FlvDemuxer {
  readonly #sink: MediaSink
  readonly #queue = new ChunkQueue()
  #header = true
  #tag: Tag | null = null

  constructor(sink: MediaSink) {
    this.#sink = sink
  }

  /** @throws MediaError `MEDIA_INVALID` when this is not FLV */
  push(bytes: Uint8Array, atMs: number): void {
    this.#queue.push(bytes, atMs)
    if (this.#header && !this.#readHeader()) return
    while (this.#readTag(atMs)) {
      // Every complete tag has been reported.
    }
  }

  #readHeader(): boolean {
    const seen = this.#queue.peek(13)
    const signature = [0x46, 0x4c, 0x56]
    for (let i = 0; i < Math.min(3, seen.length); i++) {
      if (seen[i] !== signature[i]) throw new MediaError('not FLV: the signature is missing')
    }
    if (seen.length < 13) return false
    const view = viewOf(seen)
    const headerBytes = view.getUint32(5)
    if (headerBytes !== 9) throw new MediaError(`not FLV: a header of ${headerBytes} bytes`)
    const flags = view.getUint8(4)
    // Many servers leave the flags empty; then both are expected and the timeline gives up on an absent one.
    const none = (flags & 0x05) === 0
    this.#sink.tracks({ video: none || (flags & 0x01) !== 0, audio: none || (flags & 0x04) !== 0 })
    this.#queue.skip(13)
    this.#header = false
    return true
  }

  #readTag(atMs: number): boolean {
    const tag = this.#tag ?? this.#readTagHeader()
    if (tag === null) return false
    this.#tag = tag
    const here = Math.min(tag.left_bytes, this.#queue.length)
    // What is still missing decides when the tag was complete; the four trailing size bytes are not media.
    const media = Math.min(tag.left_bytes - 4, here)
    if (tag.left_bytes > 4 && media > 0) tag.at_ms = this.#queue.arrivedAt(media - 1)
    this.#queue.skip(here)
    tag.left_bytes -= here
    if (tag.left_bytes <= 4 && !tag.reported) {
      tag.reported = true
      if (tag.frame !== null) this.#sink.frame({ ...tag.frame, at_ms: Math.min(tag.at_ms, atMs) })
    }
    if (tag.left_bytes > 0) return false
    this.#tag = null
    return true
  }

  #readTagHeader(): Tag | null {
    const head = this.#queue.peek(16)
    if (head.length < 11) return null
    const view = viewOf(head)
    const type = view.getUint8(0) & 0x1f
    const bodyBytes = view.getUint32(0) & 0xffffff
    if (type !== TAG_AUDIO && type !== TAG_VIDEO && type !== TAG_SCRIPT)
      throw new MediaError(`not FLV: a tag of type ${type}`)
    if (bodyBytes > LARGEST_TAG_BYTES) throw new MediaError(`an FLV tag that claims ${bodyBytes} bytes`)
    if (head.length < 11 + Math.min(bodyBytes, 5)) return null
    const dts_ms = ((view.getUint32(4) >>> 8) | (view.getUint8(7) << 24)) >>> 0
    const first = this.#queue.arrivedAt(0)
    const frame = frameOf(type, head.subarray(11, 11 + Math.min(bodyBytes, 5)), dts_ms, first)
    const header = { at_ms: this.#queue.arrivedAt(10), left_bytes: bodyBytes + 4, frame, reported: false }
    this.#queue.skip(11)
    return header
  }
}

interface Tag {
  /** Body bytes and the four bytes of PreviousTagSize that have not arrived. */
  left_bytes: number
  at_ms: number
  readonly frame: Omit<Frame, 'at_ms'> | null
  reported: boolean
}

/** The first body bytes tell frames from sequence headers and metadata. */
function frameOf(
  type: number,
  body: Uint8Array,
  dts_ms: number,
  firstMs: number,
): Omit<Frame, 'at_ms'> | null {
  const b0 = body[0]
  const b1 = body[1]
  if (b0 === undefined || b1 === undefined || type === TAG_SCRIPT) return null
  const base = { dts_ms, first_byte_at_ms: firstMs }
  if (type === TAG_AUDIO) {
    const isAacConfig = b0 >>> 4 === 10 && b1 === 0
    return isAacConfig ? null : { ...base, track: 'audio', key: false }
  }
  if ((b0 & 0x80) !== 0) {
    // Enhanced RTMP: 1 = coded frames, 3 = coded frames without composition time.
    const packet = b0 & 0x0f
    if (packet !== 1 && packet !== 3) return null
    return { ...base, track: 'video', key: ((b0 >>> 4) & 0x07) === 1 }
  }
  const codec = b0 & 0x0f
  const frameType = b0 >>> 4
  if (frameType === 5) return null
  const hasPacketType = codec === 7 || codec === 12 || codec === 13
  if (hasPacketType && b1 !== 1) return null
  return { ...base, track: 'video', key: frameType === 1 }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
