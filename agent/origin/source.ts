import { epochMs, monotonicMs } from '../clock.ts'
import {
  AUDIO_FRAME_TICKS,
  AUDIO_FRAMES,
  type Clip,
  startsPart,
  TICKS_PER_MS,
  VIDEO_FRAME_TICKS,
  VIDEO_FRAMES,
  type VideoSample,
} from './clip/clip.ts'
import { padded } from './clip/padding.ts'
import { LowLatencyTrack } from './low_latency.ts'
import { flvAudio, flvVideo, flvWire } from './mux/flv.ts'
import type { MuxFrame } from './mux/frame.ts'
import { mp4Wire } from './mux/mp4.ts'
import { TsMuxer, tsWire } from './mux/ts.ts'

/** One finished HLS segment of MPEG-TS. */
export interface Segment {
  readonly sequence: number
  readonly duration_ms: number
  /** Wall-clock time of its first frame, ms since 1970. */
  readonly made_epoch_ms: number
  readonly bytes: Buffer
}

/** One frame on its way to FLV viewers. */
export interface LiveFrame {
  readonly timestamp_ms: number
  readonly startsGop: boolean
  readonly bytes: Buffer
}

/** Finished segments in a playlist. */
export const WINDOW_SEGMENTS = 6
/** One that has left the playlist stays for its own length and that of the playlist (RFC 8216, 6.2.2). */
const KEPT_SEGMENTS = 2 * WINDOW_SEGMENTS + 1
const SHORTEST_SEGMENT_S = 2
/** Both clocks are read to the millisecond, one after the other. */
const WALL_CLOCK_SLACK_MS = 5

/**
 * One live stream: the clip, looped in real time with timestamps that go on, made once for all its viewers. A frame
 * becomes available at its own time on the monotonic clock, so the pace never drifts.
 */
export class LiveSource {
  readonly clip: Clip
  readonly bitrate_bps: number
  readonly segment_ms: number
  /** The same segments as fragmented MP4, with their parts. */
  readonly low_latency: LowLatencyTrack
  readonly #origin_ms: number
  readonly #flvVideo: readonly VideoSample[]
  readonly #tsVideo: readonly VideoSample[]
  readonly #mp4Video: readonly VideoSample[]
  readonly #muxer: TsMuxer
  #originEpoch_ms = 0
  readonly #viewers = new Set<(frame: LiveFrame) => void>()
  #gop: LiveFrame[] = []
  #segments: Segment[] = []
  #open: MuxFrame[] = []
  #openedAtTicks = 0
  #sequence = 0
  #videoCount = 0
  #audioCount = 0
  #timer: NodeJS.Timeout | null = null

  /** @throws BitrateTooLow */
  constructor(clip: Clip, bitrate_bps: number) {
    this.clip = clip
    this.bitrate_bps = bitrate_bps
    this.segment_ms = Math.max(SHORTEST_SEGMENT_S, clip.gop_s) * 1_000
    this.#flvVideo = padded(clip, bitrate_bps, flvWire)
    this.#tsVideo = padded(clip, bitrate_bps, tsWire)
    this.#mp4Video = padded(clip, bitrate_bps, mp4Wire)
    this.#muxer = new TsMuxer(clip)
    // The first viewer finds a full playlist: the stream has been on for a while.
    this.#origin_ms = monotonicMs() - WINDOW_SEGMENTS * this.segment_ms - 100
    this.low_latency = new LowLatencyTrack(clip, this.segment_ms, KEPT_SEGMENTS, (ticks) =>
      this.#epochOf(ticks),
    )
    this.#catchUp()
  }

  /** Who watches now, over FLV. */
  get viewer_count(): number {
    return this.#viewers.size
  }

  /** The segments of the playlist, oldest first. */
  get window(): readonly Segment[] {
    return this.#segments.slice(-WINDOW_SEGMENTS)
  }

  /** A segment still kept; `null`: gone, or not made yet. */
  segment(sequence: number): Segment | null {
    return this.#segments.find((segment) => segment.sequence === sequence) ?? null
  }

  /** The frames since the last key frame, and then every frame as it comes, until the returned function is called. */
  watch(viewer: (frame: LiveFrame) => void): {
    readonly burst: readonly LiveFrame[]
    readonly leave: () => void
  } {
    this.#viewers.add(viewer)
    return { burst: [...this.#gop], leave: () => this.#viewers.delete(viewer) }
  }

  /** Ends the stream for everybody. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#viewers.clear()
    this.low_latency.close()
  }

  /** Makes every frame that is due, then waits for the next. */
  #catchUp(): void {
    const now = (monotonicMs() - this.#origin_ms) * TICKS_PER_MS
    for (let due = this.#nextTicks(); due <= now; due = this.#nextTicks()) {
      // On equal times the picture comes first: it may open a segment.
      if (this.#videoCount * VIDEO_FRAME_TICKS <= this.#audioCount * AUDIO_FRAME_TICKS) this.#makeVideo(due)
      else this.#makeAudio(due)
    }
    const wait = this.#origin_ms + this.#nextTicks() / TICKS_PER_MS - monotonicMs()
    this.#timer = setTimeout(() => this.#catchUp(), Math.max(1, wait))
  }

  #nextTicks(): number {
    return Math.min(this.#videoCount * VIDEO_FRAME_TICKS, this.#audioCount * AUDIO_FRAME_TICKS)
  }

  #makeVideo(ticks: number): void {
    const index = this.#videoCount++ % VIDEO_FRAMES
    const forFlv = this.#flvVideo[index]
    const forTs = this.#tsVideo[index]
    const forMp4 = this.#mp4Video[index]
    if (forFlv === undefined || forTs === undefined || forMp4 === undefined) return
    const key = forFlv.key
    const endsSegment = key && ticks - this.#openedAtTicks >= this.segment_ms * TICKS_PER_MS
    if (endsSegment) this.#finishSegment(ticks)
    if (ticks > 0 && startsPart(index)) this.low_latency.endPart(ticks, endsSegment)
    this.#open.push({ track: 'video', ticks, key, payload: forTs.nal_units })
    this.low_latency.push({ track: 'video', ticks, key, payload: forMp4.nal_units })
    const timestamp_ms = Math.floor(ticks / TICKS_PER_MS)
    this.#deliver({ timestamp_ms, startsGop: key, bytes: flvVideo(timestamp_ms, key, forFlv.nal_units) })
  }

  #makeAudio(ticks: number): void {
    const payload = this.clip.audio[this.#audioCount++ % AUDIO_FRAMES]
    if (payload === undefined) return
    const frame: MuxFrame = { track: 'audio', ticks, key: false, payload }
    this.#open.push(frame)
    this.low_latency.push(frame)
    const timestamp_ms = Math.floor(ticks / TICKS_PER_MS)
    this.#deliver({ timestamp_ms, startsGop: false, bytes: flvAudio(timestamp_ms, payload) })
  }

  #deliver(frame: LiveFrame): void {
    if (frame.startsGop) this.#gop = []
    this.#gop.push(frame)
    for (const viewer of this.#viewers) viewer(frame)
  }

  #finishSegment(nextTicks: number): void {
    this.#segments.push({
      sequence: this.#sequence++,
      duration_ms: (nextTicks - this.#openedAtTicks) / TICKS_PER_MS,
      made_epoch_ms: this.#epochOf(this.#openedAtTicks),
      bytes: this.#muxer.segment(this.#open),
    })
    if (this.#segments.length > KEPT_SEGMENTS) this.#segments.shift()
    this.#open = []
    this.#openedAtTicks = nextTicks
  }

  /** Segments must follow one another to the millisecond, so the wall clock is looked at anew only when it has moved. */
  #epochOf(ticks: number): number {
    const origin = epochMs() - monotonicMs() + this.#origin_ms
    if (Math.abs(origin - this.#originEpoch_ms) > WALL_CLOCK_SLACK_MS)
      this.#originEpoch_ms = Math.round(origin)
    return this.#originEpoch_ms + ticks / TICKS_PER_MS
  }
}
