/** One access unit of one track, complete. */
export interface Frame {
  readonly track: 'video' | 'audio'
  /** Decode time on the stream's own clock, ms; may jump. */
  readonly dts_ms: number
  readonly key: boolean
  /** When its last byte arrived, ms into the run. */
  readonly at_ms: number
  /** When its first byte arrived, ms into the run. */
  readonly first_byte_at_ms: number
  /** How long it lasts, where the container tells; else the step from the frame before it is taken. */
  readonly duration_ms?: number
  /** Counts the places at which clocks start anew and say so (HLS discontinuities); absent: 0. */
  readonly period?: number
}

/** The tracks a container announces. */
export interface Tracks {
  readonly video: boolean
  readonly audio: boolean
  /** Whether the announcement is to be trusted: then a track that is late is waited for, however long it takes. */
  readonly certain?: boolean
}

/** Where a demuxer announces the tracks of a stream and its frames. */
export interface MediaSink {
  tracks(present: Tracks): void
  frame(frame: Frame): void
}

/**
 * A step on a track's clock beyond these is a jump: what lies between was never sent, so nobody can watch it. Pictures
 * up to two seconds apart are a slow stream.
 */
const JUMP_FORWARD_MS = 2_000
const JUMP_BACK_MS = 1_000
/** Two tracks that jump to within this of each other made the same jump, and stay together. */
const SAME_JUMP_MS = 500
/** One track this far ahead of a silent one: the silent one is taken to be absent. */
const ABSENT_AFTER_MS = 2_000
const FALLBACK_FRAME_MS = 40
/** Audio that came before its key frame: half a minute of AAC, and no more. */
const PENDING_MAX = 1_500
const PENDING_MS = 30_000

/** A stretch of the stream on one clock: `origin_ms` on that clock is `base_ms` of media time. */
interface Period {
  readonly number: number
  readonly origin_ms: number
  readonly base_ms: number
}

interface Track {
  readonly period: number
  readonly last_dts_ms: number
  readonly frame_ms: number
  /** Media time at which the last frame begins. */
  readonly start_ms: number
  /** Media time up to which this track is complete. */
  readonly end_ms: number
}

/**
 * Turns frames into the media time up to which playback could continue. Playback begins at the first key
 * frame; from there on both tracks must be there, unless one of them never shows up.
 */
export class Timeline {
  #expected: Tracks
  /** The period under way and the one before it, whose audio may still be coming. */
  #periods: Period[] = []
  #video: Track | null = null
  #audio: Track | null = null
  #pendingAudio: Frame[] = []
  /** The last jump that only one track has made. */
  #jump: { readonly track: Frame['track']; readonly offset_ms: number } | null = null
  #furthest = 0
  /** When the first key frame was complete, ms into the run; `null`: none yet. */
  firstKeyFrameAt: number | null = null
  /** When its first byte arrived. */
  firstKeyFrameFirstByteAt: number | null = null

  /** @param expected the tracks the container announces; announcements are often wrong, so an absent one is given up on */
  constructor(expected: Tracks = { video: true, audio: true }) {
    this.#expected = expected
  }

  /** What the container turned out to announce. */
  expect(expected: Tracks): void {
    this.#expected = expected
  }

  /** Media time, ms, at which the next picture will begin, or the next sound where there are no pictures. */
  get next_ms(): number {
    return (this.#video ?? this.#audio)?.end_ms ?? 0
  }

  /** Takes the next complete frame; returns the media time, ms, up to which playback could now continue. */
  push(frame: Frame): number {
    const number = frame.period ?? 0
    const period = this.#periods.find((one) => one.number === number) ?? this.#begun(frame, number)
    if (period === null) {
      if (frame.track === 'audio') this.#keepAudio(frame)
      return this.#furthest
    }
    this.#take(frame, period)
    this.#furthest = Math.max(this.#furthest, this.#playable())
    return this.#furthest
  }

  #begun(frame: Frame, number: number): Period | null {
    const audioOnly = !this.#expected.video && frame.track === 'audio'
    if (!audioOnly && !(frame.track === 'video' && frame.key)) return null
    const period = { number, origin_ms: frame.dts_ms, base_ms: this.next_ms }
    this.#periods = [...this.#periods.slice(-1), period]
    this.firstKeyFrameAt ??= frame.at_ms
    this.firstKeyFrameFirstByteAt ??= frame.first_byte_at_ms
    const pending = this.#pendingAudio
    this.#pendingAudio = pending.filter((early) => (early.period ?? 0) > number)
    for (const early of pending) {
      const ahead = early.dts_ms - frame.dts_ms
      if ((early.period ?? 0) === number && ahead >= -JUMP_BACK_MS && ahead <= PENDING_MS)
        this.#take(early, period)
    }
    return period
  }

  /** Audio may be muxed ahead of the key frame it goes with, or come in segments of its own. */
  #keepAudio(frame: Frame): void {
    this.#pendingAudio.push(frame)
    if (this.#pendingAudio.length > PENDING_MAX) this.#pendingAudio.shift()
  }

  #take(frame: Frame, period: Period): void {
    if (frame.track === 'video') this.#video = this.#advanced(this.#video, frame, period)
    else this.#audio = this.#advanced(this.#audio, frame, period)
  }

  #advanced(track: Track | null, frame: Frame, period: Period): Track {
    const { dts_ms } = frame
    if (track === null || track.period !== period.number) {
      const usual = frame.track === 'audio' ? 1_024 / 48 : FALLBACK_FRAME_MS
      const start_ms = period.base_ms + dts_ms - period.origin_ms
      return trackAt(frame, period, start_ms, frame.duration_ms ?? track?.frame_ms ?? usual)
    }
    const step = dts_ms - track.last_dts_ms
    const jumped = step > JUMP_FORWARD_MS || step < -JUMP_BACK_MS
    // Repeated or reordered: nothing new to play.
    if (step <= 0 && !jumped) return track
    const start_ms = jumped ? this.#afterJump(track, frame) : track.start_ms + step
    return trackAt(frame, period, start_ms, frame.duration_ms ?? (jumped ? track.frame_ms : step))
  }

  /** A jump counts as one frame: a player would skip it, not wait. The other track's same jump leads to the same place. */
  #afterJump(track: Track, frame: Frame): number {
    const following = track.start_ms + track.frame_ms
    const jump = this.#jump
    this.#jump = null
    if (jump !== null && jump.track !== frame.track) {
      const together = frame.dts_ms - jump.offset_ms
      if (Math.abs(together - following) <= SAME_JUMP_MS) return together
    }
    this.#jump = { track: frame.track, offset_ms: frame.dts_ms - following }
    return following
  }

  #playable(): number {
    const period = this.#periods.at(-1)
    if (period === undefined) return 0
    const { number, base_ms } = period
    const video = this.#video?.period === number ? this.#video.end_ms : null
    const audio = this.#audio?.period === number ? this.#audio.end_ms : null
    if (video !== null && audio !== null) return Math.min(video, audio)
    const there = video ?? audio ?? base_ms
    const other = video === null ? this.#video : this.#audio
    const missed = video === null ? this.#expected.video : this.#expected.audio
    // What was given up on in one period is not waited for in the next.
    const hopeful = there - base_ms < ABSENT_AFTER_MS && (other !== null || this.#periods.length === 1)
    if (!missed || !(hopeful || this.#expected.certain === true)) return there
    // What is missing here may still be coming for the period before.
    return other === null ? 0 : Math.min(base_ms, other.end_ms)
  }
}

function trackAt(frame: Frame, period: Period, start_ms: number, lastsMs: number): Track {
  const frame_ms = Math.min(Math.max(lastsMs, 0), 1_000)
  const { dts_ms } = frame
  return { period: period.number, last_dts_ms: dts_ms, frame_ms, start_ms, end_ms: start_ms + frame_ms }
}
