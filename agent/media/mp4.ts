import { ChunkQueue } from './chunks.ts'
import { MediaError } from './error.ts'
import { type BoxHeader, boxHeader, reading } from './mp4/box.ts'
import { readFragment, type Sample } from './mp4/fragment.ts'
import { type Mp4Track, readMovie } from './mp4/movie.ts'
import type { MediaSink } from './timeline.ts'

/** An init segment or a fragment header bigger than this is damage or an attack; real ones have kilobytes. */
const LARGEST_TABLE_BYTES = 4 * 1024 * 1024
/** Boxes nobody reads are skipped; one bigger than this is not a box. */
const LARGEST_BOX_BYTES = 16 * 1024 * 1024
/** A minute of 100 Mbit/s. */
const LARGEST_MEDIA_BYTES = 1024 * 1024 * 1024

/**
 * Reads fragmented MP4 far enough to time it: `moov` once, `moof` and `mdat` again and again. A sample is
 * complete when its last byte in `mdat` has arrived. Memory is bounded: only tables are kept, never media.
 *
 * Follows ISO/IEC 14496-12. The tracks stay from one segment to the next, as HLS wants it (RFC 8216 §3.3).
 */
export class Mp4Demuxer {
  readonly #sink: MediaSink
  readonly #nextTicks = new Map<number, number>()
  #queue = new ChunkQueue()
  #tracks = new Map<number, Mp4Track>()
  /** Where the first byte of the queue stands in the file. */
  #position = 0
  #box: OpenBox | null = null
  /** Announced and not yet complete, in the order of their last bytes. */
  #pending: PendingSample[] = []
  #complete = 0
  /** Whether a fragment has announced what the media is. */
  #fragmented = false

  constructor(sink: MediaSink) {
    this.#sink = sink
  }

  /** What the init segment said. */
  get tracks(): readonly Mp4Track[] {
    return [...this.#tracks.values()]
  }

  /** Another segment begins. @param offset where its first byte stands in its file, for byte ranges */
  begin(offset = 0): void {
    this.#queue = new ChunkQueue()
    this.#position = offset
    this.#box = null
    this.#pending = []
    this.#complete = 0
    this.#fragmented = false
  }

  /** @throws MediaError `MEDIA_INVALID` when it is not fragmented MP4 */
  push(bytes: Uint8Array, atMs: number): void {
    this.#queue.push(bytes, atMs)
    while (this.#step(atMs)) {
      // Every box that is there has been read.
    }
  }

  /** The segment is over. @throws MediaError when it ends inside a box, or before all its samples came */
  end(): void {
    const unfinished = this.#box !== null && this.#box.left_bytes !== Number.POSITIVE_INFINITY
    if (unfinished || this.#queue.length > 0) throw new MediaError('an MP4 segment that ends inside a box')
    this.#box = null
    this.#nothingPending()
  }

  #step(atMs: number): boolean {
    const box = this.#box ?? this.#open()
    if (box === null) return false
    this.#box = box
    if (box.keep && this.#queue.length < box.left_bytes) return false
    if (box.keep) this.#readTable(box)
    const here = Math.min(box.left_bytes, this.#queue.length)
    this.#queue.skip(here)
    this.#position += here
    box.left_bytes -= here
    if (box.type === 'mdat') this.#passed(box, atMs)
    if (box.left_bytes > 0) return false
    this.#box = null
    return true
  }

  #open(): OpenBox | null {
    const seen = viewOf(this.#queue.peek(16))
    const header = boxHeader(seen)
    if (header === null) return null
    checkSize(header)
    const start = this.#position
    const { type, bytes, header_bytes } = header
    if (type === 'moof' || type === 'moov') this.#nothingPending()
    if (type === 'moof' && this.#tracks.size === 0) throw new MediaError('an MP4 fragment before its movie')
    this.#queue.skip(header_bytes)
    this.#position += header_bytes
    const end = start + bytes
    if (type === 'mdat') this.#checkReach(this.#position)
    if (type === 'moof') this.#fragmented = true
    return { type, start, end, left_bytes: bytes - header_bytes, keep: type === 'moov' || type === 'moof' }
  }

  #readTable(box: OpenBox): void {
    const body = viewOf(this.#queue.peek(box.left_bytes))
    if (box.type === 'moov') {
      this.#tracks = reading('movie', () => readMovie(body))
      const kinds = new Set(this.tracks.map((track) => track.kind))
      if (!kinds.has('video') && !kinds.has('audio')) throw new MediaError('MP4 without video and audio')
      this.#sink.tracks({ video: kinds.has('video'), audio: kinds.has('audio') })
      return
    }
    const samples = reading('fragment', () => readFragment(body, box.start, this.#tracks, this.#nextTicks))
    this.#pending = samples
      .filter((sample) => sample.end > sample.start)
      .map((sample) => ({ sample, first_byte_at_ms: null }))
      .sort((a, b) => a.sample.end - b.sample.end)
    this.#complete = 0
  }

  /** Media came in: reports what is complete. */
  #passed(box: OpenBox, atMs: number): void {
    for (let i = this.#complete; i < this.#pending.length; i++) {
      const pending = this.#pending[i]
      if (pending === undefined || pending.sample.start >= this.#position) break
      pending.first_byte_at_ms ??= atMs
    }
    for (;;) {
      const pending = this.#pending[this.#complete]
      if (pending === undefined || pending.sample.end > this.#position) break
      this.#complete++
      const { start: _start, end: _end, duration_ms, ...frame } = pending.sample
      const lasts = duration_ms === null ? {} : { duration_ms }
      this.#sink.frame({
        ...frame,
        ...lasts,
        at_ms: atMs,
        first_byte_at_ms: pending.first_byte_at_ms ?? atMs,
      })
    }
    const next = this.#pending[this.#complete]
    if (box.left_bytes === 0 && next !== undefined && next.sample.start < box.end)
      throw new MediaError('an MP4 sample that reaches beyond its media')
  }

  /** Every sample still to come must lie ahead: what has passed was not kept. */
  #checkReach(from: number): void {
    if (!this.#fragmented)
      throw new MediaError('MP4 media before any fragment: this agent plays fragmented MP4')
    for (let i = this.#complete; i < this.#pending.length; i++) {
      const sample = this.#pending[i]?.sample
      if (sample !== undefined && sample.start < from)
        throw new MediaError('an MP4 sample that lies outside the media of its fragment')
    }
  }

  #nothingPending(): void {
    const missing = this.#pending.length - this.#complete
    if (missing > 0) throw new MediaError(`an MP4 fragment that lacks the media of ${missing} samples`)
  }
}

interface OpenBox {
  readonly type: string
  readonly start: number
  readonly end: number
  /** Whether it is read as a whole. */
  readonly keep: boolean
  left_bytes: number
}

interface PendingSample {
  readonly sample: Sample
  first_byte_at_ms: number | null
}

function checkSize({ type, bytes }: BoxHeader): void {
  const table = type === 'moov' || type === 'moof'
  const limit = type === 'mdat' ? LARGEST_MEDIA_BYTES : table ? LARGEST_TABLE_BYTES : LARGEST_BOX_BYTES
  const endless = bytes === Number.POSITIVE_INFINITY && type === 'mdat'
  if (bytes > limit && !endless) throw new MediaError(`an MP4 box '${type}' that claims ${bytes} bytes`)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
