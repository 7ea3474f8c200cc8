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
}

/** Where a demuxer announces the tracks of a stream and its frames. */
export interface MediaSink {
  tracks(present: { readonly video: boolean; readonly audio: boolean }): void
  frame(frame: Frame): void
}

/**
 * A step on a track's clock beyond these is a jump: what lies between was never sent, so nobody can watch it. Pictures
 * up to two seconds apart are a slow stream.
 */
const JUMP_FORWARD_MS = 2_000
const JUMP_BACK_MS = 1_000
/** One track this far ahead of a silent one: the silent one is taken to be absent. */
const ABSENT_AFTER_MS = 2_000
const FALLBACK_FRAME_MS = 40

interface Track {
  last_dts_ms: number
  frame_ms: number
  /** Media time at which the last frame begins. */
  start_ms: number
  /** Media time up to which this track is complete. */
  end_ms: number
}

/**
 * Turns frames into the media time up to which playback could continue. Playback begins at the first key
 * frame; from there on both tracks must be there, unless one of them never shows up.
 */
export class Timeline {
  #origin_ms: number | null = null
  #video: Track | null = null
  #audio: Track | null = null
  #expected: { video: boolean; audio: boolean }
  #pendingAudio: Frame[] = []
  #furthest = 0
  /** When the first key frame was complete, ms into the run; `null`: none yet. */
  firstKeyFrameAt: number | null = null
  /** When its first byte arrived. */
  firstKeyFrameFirstByteAt: number | null = null

  /** @param expected the tracks the container announces; announcements are often wrong, so an absent one is given up on */
  constructor(expected: { video: boolean; audio: boolean } = { video: true, audio: true }) {
    this.#expected = { ...expected }
  }

  /** What the container turned out to announce. */
  expect(expected: { video: boolean; audio: boolean }): void {
    this.#expected = { ...expected }
  }

  /** Takes the next complete frame; returns the media time, ms, up to which playback could now continue. */
  push(frame: Frame): number {
    if (this.#origin_ms === null && !this.#begins(frame)) {
      if (frame.track === 'audio') this.#keepAudio(frame)
      return 0
    }
    if (frame.track === 'video') this.#video = advance(this.#video, frame, this.#origin_ms ?? 0)
    else this.#audio = advance(this.#audio, frame, this.#origin_ms ?? 0)
    this.#furthest = Math.max(this.#furthest, this.#playable())
    return this.#furthest
  }

  #begins(frame: Frame): boolean {
    const audioOnly = !this.#expected.video && frame.track === 'audio'
    if (!audioOnly && !(frame.track === 'video' && frame.key)) return false
    this.#origin_ms = frame.dts_ms
    this.firstKeyFrameAt = frame.at_ms
    this.firstKeyFrameFirstByteAt = frame.first_byte_at_ms
    for (const early of this.#pendingAudio) {
      if (early.dts_ms >= frame.dts_ms - JUMP_BACK_MS) this.#audio = advance(this.#audio, early, frame.dts_ms)
    }
    this.#pendingAudio = []
    return true
  }

  /** Audio may be muxed ahead of the key frame it goes with; a few seconds of it are kept. */
  #keepAudio(frame: Frame): void {
    this.#pendingAudio.push(frame)
    if (this.#pendingAudio.length > 512) this.#pendingAudio.shift()
  }

  #playable(): number {
    const video = this.#video?.end_ms ?? null
    const audio = this.#audio?.end_ms ?? null
    if (video === null && audio === null) return 0
    if (audio === null) return this.#expected.audio && (video ?? 0) < ABSENT_AFTER_MS ? 0 : (video ?? 0)
    if (video === null) return this.#expected.video && audio < ABSENT_AFTER_MS ? 0 : audio
    return Math.max(0, Math.min(video, audio))
  }
}

function advance(track: Track | null, frame: Frame, originMs: number): Track {
  if (track === null) {
    const frame_ms = frame.duration_ms ?? (frame.track === 'audio' ? 1_024 / 48 : FALLBACK_FRAME_MS)
    const start_ms = frame.dts_ms - originMs
    return { last_dts_ms: frame.dts_ms, frame_ms, start_ms, end_ms: start_ms + frame_ms }
  }
  const step = frame.dts_ms - track.last_dts_ms
  const jumped = step > JUMP_FORWARD_MS || step < -JUMP_BACK_MS
  // Repeated or reordered: nothing new to play.
  if (step <= 0 && !jumped) return track
  // A jump counts as one frame: a player would skip it, not wait.
  const start_ms = track.start_ms + (jumped ? track.frame_ms : step)
  const frame_ms = frame.duration_ms ?? (jumped ? track.frame_ms : step)
  const bounded_ms = Math.min(Math.max(frame_ms, 0), 1_000)
  return { last_dts_ms: frame.dts_ms, frame_ms: bounded_ms, start_ms, end_ms: start_ms + bounded_ms }
}
