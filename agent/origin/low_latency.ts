import { type Clip, PARTS_PER_S, TICKS_PER_MS } from './clip/clip.ts'
import type { MuxFrame } from './mux/frame.ts'
import { mp4Fragment } from './mux/mp4.ts'
import { mp4Init } from './mux/mp4_init.ts'

/** A piece of a segment that can be had before the segment is finished. */
export interface Part {
  readonly duration_ms: number
  /** Whether it begins with a key frame. */
  readonly independent: boolean
  readonly bytes: Buffer
}

/** A segment of fragmented MP4, or as much of it as there is. */
export interface PartedSegment {
  readonly sequence: number
  /** Wall-clock time of its first frame, ms since 1970. */
  readonly made_epoch_ms: number
  readonly parts: readonly Part[]
}

/** A finished one; its bytes are those of its parts. */
export interface FinishedSegment extends PartedSegment {
  readonly duration_ms: number
  readonly bytes: Buffer
}

/** Where in the stream a part is: its segment, and its place there from 0. */
export interface PartPosition {
  readonly sequence: number
  readonly part: number
}

/** Who waits for a part; `false`: the stream has ended instead. */
type Waiter = (made: boolean) => void

/** The parts and segments of one live stream, and who waits for the next of them. */
export class LowLatencyTrack {
  readonly init: Buffer
  readonly segment_ms: number
  readonly parts_per_segment: number
  readonly #kept: number
  readonly #epochOf: (ticks: number) => number
  readonly #waiters = new Map<Waiter, PartPosition>()
  #segments: FinishedSegment[] = []
  #frames: MuxFrame[] = []
  #open: { readonly sequence: number; readonly made_epoch_ms: number; readonly parts: Part[] }
  #partTicks = 0
  #fragments = 0

  /** @param epochOf the wall-clock time, ms since 1970, at which a media time is live */
  constructor(clip: Clip, segment_ms: number, kept_segments: number, epochOf: (ticks: number) => number) {
    this.init = mp4Init(clip)
    this.segment_ms = segment_ms
    this.parts_per_segment = (segment_ms / 1_000) * PARTS_PER_S
    this.#kept = kept_segments
    this.#epochOf = epochOf
    this.#open = { sequence: 0, made_epoch_ms: epochOf(0), parts: [] }
  }

  /** The finished segments still kept, oldest first. */
  get segments(): readonly FinishedSegment[] {
    return this.#segments
  }

  /** The segment under way; it may have no part yet. */
  get open(): PartedSegment {
    return this.#open
  }

  /** The part that will be finished next. */
  get next(): PartPosition {
    return { sequence: this.#open.sequence, part: this.#open.parts.length }
  }

  /** How many wait for a part. */
  get waiting_count(): number {
    return this.#waiters.size
  }

  /** A finished segment still kept; `null`: gone, or not finished yet. */
  segment(sequence: number): FinishedSegment | null {
    return this.#segments.find((segment) => segment.sequence === sequence) ?? null
  }

  /** A part still kept; `null`: gone, or not made yet. */
  part(at: PartPosition): Part | null {
    const segment = at.sequence === this.#open.sequence ? this.#open : this.segment(at.sequence)
    return segment?.parts[at.part] ?? null
  }

  /** Calls `waiter` once, when that part is there or the stream ends, unless the returned function is called first. */
  wait(at: PartPosition, waiter: Waiter): () => void {
    this.#waiters.set(waiter, at)
    return () => void this.#waiters.delete(waiter)
  }

  /** Adds a frame to the part under way. */
  push(frame: MuxFrame): void {
    this.#frames.push(frame)
  }

  /** Ends the part under way, and with it the segment if so. `ticks` is where the next one begins. */
  endPart(ticks: number, endsSegment: boolean): void {
    this.#open.parts.push({
      duration_ms: (ticks - this.#partTicks) / TICKS_PER_MS,
      independent: this.#frames.find((frame) => frame.track === 'video')?.key ?? false,
      bytes: mp4Fragment(++this.#fragments, this.#frames),
    })
    this.#frames = []
    this.#partTicks = ticks
    if (endsSegment) this.#endSegment(ticks)
    const next = this.next
    for (const [waiter, at] of this.#waiters) {
      if (!isBefore(at, next)) continue
      this.#waiters.delete(waiter)
      waiter(true)
    }
  }

  /** Ends the stream for everybody who waits. */
  close(): void {
    const waiters = [...this.#waiters.keys()]
    this.#waiters.clear()
    for (const waiter of waiters) waiter(false)
  }

  #endSegment(ticks: number): void {
    const { parts, ...opened } = this.#open
    const bytes = Buffer.concat(parts.map((part) => part.bytes))
    // The parts become views of the segment: its bytes are in memory once.
    let at = 0
    const views = parts.map((part) => {
      const from = at
      at += part.bytes.length
      return { ...part, bytes: bytes.subarray(from, at) }
    })
    const duration_ms = parts.reduce((sum, part) => sum + part.duration_ms, 0)
    this.#segments.push({ ...opened, parts: views, duration_ms, bytes })
    if (this.#segments.length > this.#kept) this.#segments.shift()
    this.#open = { sequence: opened.sequence + 1, made_epoch_ms: this.#epochOf(ticks), parts: [] }
  }
}

/** Whether a position comes earlier in the stream than another. */
export function isBefore(a: PartPosition, b: PartPosition): boolean {
  return a.sequence < b.sequence || (a.sequence === b.sequence && a.part < b.part)
}
