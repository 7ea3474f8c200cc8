import { ChunkQueue } from './chunks.ts'
import { MediaError } from './error.ts'
import { audioFrame, type FrameKind, LOOKED_AT_BYTES, videoFrame } from './flv/body.ts'
import type { Frame, MediaSink } from './timeline.ts'
import { WrappingClock } from './wrap.ts'

/** A tag bigger than this is damage or an attack: 8 MiB is ten seconds of 6 Mbit/s in one frame. */
const LARGEST_TAG_BYTES = 8 * 1024 * 1024
const HEADER_BYTES = 9
/** A later version's header may be longer (E.2), if not by much. */
const LARGEST_HEADER_BYTES = 256
const TAG_BYTES = 11
const SIZE_BYTES = 4
const TAG_AUDIO = 8
const TAG_VIDEO = 9
/** Metadata as AMF0, and as the AMF3 and the aggregates that RTMP dumps carry over (RTMP 1.0 §7.1). */
const KNOWN_TYPES = new Set([TAG_AUDIO, TAG_VIDEO, 15, 18, 22])
const TAG_AGGREGATE = 22

/**
 * Reads FLV far enough to time it: tag by tag, without touching the media itself. AVC and HEVC (both the
 * codec id 12 in use in China and Enhanced RTMP's `hvc1`), AAC and the older audio codecs. Memory is bounded
 * by the first bytes of one tag: bodies are skipped as they arrive.
 *
 * What real servers get wrong is taken as it is: sizes after tags, flags in the header, tags nobody knows.
 *
 * Follows Adobe's Video File Format Specification 10.1, annex E, and Enhanced RTMP v2.
 */
export class FlvDemuxer {
  readonly #sink: MediaSink
  readonly #queue = new ChunkQueue()
  readonly #clock = new WrappingClock(32)
  #header = true
  #tag: Tag | null = null
  #aggregate: Aggregate | null = null

  constructor(sink: MediaSink) {
    this.#sink = sink
  }

  /** @throws MediaError `MEDIA_INVALID` when this is not FLV */
  push(bytes: Uint8Array, atMs: number): void {
    this.#queue.push(bytes, atMs)
    while (this.#header ? this.#readHeader() : this.#readTag(atMs)) {
      // Everything complete has been reported.
    }
  }

  #readHeader(): boolean {
    const seen = this.#queue.peek(HEADER_BYTES)
    for (const [i, byte] of SIGNATURE.entries()) {
      if (i < seen.length && seen[i] !== byte) throw new MediaError('not FLV: the signature is missing')
    }
    if (seen.length < HEADER_BYTES) return false
    const view = viewOf(seen)
    const headerBytes = view.getUint32(5)
    if (headerBytes < HEADER_BYTES || headerBytes > LARGEST_HEADER_BYTES)
      throw new MediaError(`not FLV: a header of ${headerBytes} bytes`)
    if (this.#queue.length < headerBytes + SIZE_BYTES) return false
    const flags = view.getUint8(4)
    // Many servers leave the flags empty; then both are expected and the timeline gives up on an absent one.
    const none = (flags & 0x05) === 0
    this.#sink.tracks({ video: none || (flags & 0x01) !== 0, audio: none || (flags & 0x04) !== 0 })
    this.#queue.skip(headerBytes + SIZE_BYTES)
    this.#header = false
    return true
  }

  #readTag(atMs: number): boolean {
    const tag = this.#tag ?? this.#readTagHeader()
    if (tag === null) return false
    if (tag === 'again') return true
    this.#tag = tag
    const here = Math.min(tag.left_bytes, this.#queue.length)
    if (here > 0) tag.at_ms = this.#queue.arrivedAt(here - 1)
    this.#queue.skip(here)
    tag.left_bytes -= here
    if (tag.left_bytes > 0) return false
    // The size that follows is not media: the frame is complete without it.
    if (!tag.reported && tag.frame !== null)
      this.#sink.frame({ ...tag.frame, at_ms: Math.min(tag.at_ms, atMs) })
    tag.reported = true
    if (this.#queue.length < SIZE_BYTES) return false
    this.#endTag(tag)
    return true
  }

  #readTagHeader(): Tag | 'again' | null {
    if (this.#aggregate !== null && this.#aggregate.left_bytes <= 0) return this.#endAggregate()
    const head = this.#queue.peek(TAG_BYTES)
    if (head.length < TAG_BYTES) return null
    if (this.#aggregate === null && SIGNATURE.every((byte, i) => head[i] === byte)) {
      // The server's own source began anew, and it passed the second header on.
      this.#header = true
      return 'again'
    }
    const view = viewOf(head)
    const flags = view.getUint8(0)
    const type = flags & 0x1f
    const bodyBytes = view.getUint32(0) & 0xff_ffff
    if (flags > 0x3f) throw new MediaError(`not FLV: a tag that begins with 0x${flags.toString(16)}`)
    if (flags > 0x1f) throw new MediaError('FLV with encrypted tags')
    if (bodyBytes > LARGEST_TAG_BYTES) throw new MediaError(`an FLV tag that claims ${bodyBytes} bytes`)
    const timestamp = ((view.getUint32(4) >>> 8) | (view.getUint8(7) << 24)) >>> 0
    const first_byte_at_ms = this.#queue.arrivedAt(0)
    const at_ms = this.#queue.arrivedAt(TAG_BYTES - 1)
    if (type === TAG_AGGREGATE && this.#aggregate === null) {
      this.#queue.skip(TAG_BYTES)
      this.#aggregate = { left_bytes: bodyBytes, timestamp, offset: null }
      return 'again'
    }
    const looked = Math.min(bodyBytes, LOOKED_AT_BYTES)
    const isMedia = type === TAG_AUDIO || type === TAG_VIDEO
    if (isMedia && this.#queue.length < TAG_BYTES + looked) return null
    const kind = isMedia
      ? kindOf(type, this.#queue.peek(TAG_BYTES + looked).subarray(TAG_BYTES), bodyBytes)
      : null
    const dts = this.#withinAggregate(timestamp, TAG_BYTES + bodyBytes + SIZE_BYTES)
    // Only media moves the clock: metadata often says 0.
    const frame = kind === null ? null : { ...kind, dts_ms: this.#clock.continued(dts), first_byte_at_ms }
    this.#queue.skip(TAG_BYTES)
    const checked_size = KNOWN_TYPES.has(type) ? null : TAG_BYTES + bodyBytes
    return { at_ms, left_bytes: bodyBytes, frame, checked_size, reported: false }
  }

  /** Messages inside an aggregate keep their distances and begin at the time of the aggregate (RTMP 1.0 §7.1.6). */
  #withinAggregate(timestamp: number, bytes: number): number {
    const outer = this.#aggregate
    if (outer === null) return timestamp
    outer.left_bytes -= bytes
    if (outer.left_bytes < 0) throw new MediaError('an FLV aggregate whose messages reach beyond it')
    outer.offset ??= outer.timestamp - timestamp
    return (timestamp + outer.offset) >>> 0
  }

  #endAggregate(): 'again' | null {
    if (this.#queue.length < SIZE_BYTES) return null
    this.#queue.skip(SIZE_BYTES)
    this.#aggregate = null
    return 'again'
  }

  /** A wrong size after a tag harms nobody. After a tag of no known type it means that these are not tags at all. */
  #endTag(tag: Tag): void {
    const size = viewOf(this.#queue.peek(SIZE_BYTES)).getUint32(0)
    if (tag.checked_size !== null && tag.checked_size !== size)
      throw new MediaError('not FLV: a tag of an unknown type, and the size after it is not its own')
    this.#queue.skip(SIZE_BYTES)
    this.#tag = null
  }
}

const SIGNATURE = [0x46, 0x4c, 0x56] as const

interface Tag {
  /** Body bytes that have not arrived. */
  left_bytes: number
  at_ms: number
  readonly frame: Omit<Frame, 'at_ms'> | null
  /** What PreviousTagSize must be; `null`: nobody minds. */
  checked_size: number | null
  reported: boolean
}

interface Aggregate {
  /** Of its body, not yet read. */
  left_bytes: number
  readonly timestamp: number
  /** What its messages' timestamps lack; known with the first. */
  offset: number | null
}

function kindOf(type: number, body: Uint8Array, bodyBytes: number): FrameKind | null {
  return type === TAG_AUDIO ? audioFrame(body, bodyBytes) : videoFrame(body, bodyBytes)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
