import type { Http3Advertised } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'
import { monotonicMs } from '../clock.ts'
import type { Connection, PathFigures, ResponseHeaders } from '../connect/connection.ts'
import type { MediaSink } from '../media/timeline.ts'
import { Timeline } from '../media/timeline.ts'
import { type Arrival, type Playback, type Policy, play } from '../player/play.ts'
import { ProbeFailure } from './failure.ts'

/** A run that ends in a stall of at least this length has stalled out: the viewer is gone. */
const STALLED_OUT_MS = 10_000
/** Longest list of stalls a record carries. */
const SERIES_MAX = 3_600

/**
 * Everything noted while a run lasts: marks in ms since its start, arrivals, bytes. Phases and playback are
 * derived from it once, at the end.
 */
export class Recording {
  readonly measurement_id = uuidv7()
  readonly started_at: string
  readonly arrivals: Arrival[] = []
  readonly bytesPerSecond: number[] = []
  readonly timeline = new Timeline()
  /** Of the host that answered in the end; `null`: its address was given. */
  dns_ms: number | null = null
  connectingAt: number | null = null
  requestedAt: number | null = null
  firstByteAt: number | null = null
  lastByteAt: number | null = null
  endedAt = 0
  bytes = 0
  http_status: number | null = null
  server_ip: string | null = null
  /** Whether answers named HTTP/3 as another way to the same thing (Alt-Svc); `null`: no answer. */
  alt_svc_h3: boolean | null = null
  http3_advertised: Http3Advertised | null = null
  /** Of the host that answered in the end. */
  connection: Connection | null = null
  failure: ProbeFailure | null = null
  path: PathFigures | null = null
  /** Redirects before the first answer. */
  redirect_count = 0
  /** Wall-clock time, ms since 1970, at which the media at `media_ms` was made; `null`: the stream does not say. */
  madeAt: { readonly media_ms: number; readonly epoch_ms: number } | null = null
  #origin = monotonicMs()
  #media = 0
  #resolvingAt = 0
  /** When the host that answers in the end was first turned to. */
  #hopAt = 0
  /** Time for redirects that came over the same connection as the answer. */
  #redirectedHere = 0

  /** @param startedAt wall-clock label of the start */
  constructor(startedAt: string) {
    this.started_at = startedAt
  }

  /** Milliseconds since the start of the run. */
  now(): number {
    return monotonicMs() - this.#origin
  }

  /** A host is turned to; phases are those of the last one before the first answer. */
  reaching(address: string | null): void {
    if (this.firstByteAt !== null) return
    this.#hopAt = this.redirect_count === 0 ? 0 : this.now()
    this.#redirectedHere = 0
    this.#resolvingAt = this.now()
    this.dns_ms = null
    this.connection = null
    this.connectingAt = null
    this.server_ip = address
  }

  /** The name has an address. */
  resolved(address: string): void {
    if (this.firstByteAt !== null) return
    this.dns_ms = this.now() - this.#resolvingAt
    this.server_ip = address
  }

  connecting(): void {
    if (this.firstByteAt === null) this.connectingAt = this.now()
  }

  /** Takes the time this program itself needed to bring the connection up out of the run. */
  connected(connection: Connection): void {
    if (this.firstByteAt !== null) return
    this.connection = connection
    this.#origin += connection.overhead_ms
  }

  /** Takes time this program needed before its first packet went out of the run; the request goes now. */
  held(ms: number): void {
    if (this.firstByteAt !== null) return
    this.#origin += ms
    this.requestedAt = this.now()
  }

  /** The request was answered with another address; it is asked for next. */
  redirected(status: number): void {
    if (this.firstByteAt !== null) return
    this.http_status = status
    this.redirect_count++
    this.#redirectedHere += this.now() - (this.requestedAt ?? this.now())
    this.requestedAt = null
  }

  /** From the start of the run, or from the request over the same connection, to the last redirect; `null`: none. */
  get redirect_ms(): number | null {
    return this.redirect_count === 0 ? null : this.#hopAt + this.#redirectedHere
  }

  /** Start of connecting to the first response byte, redirects over the same connection apart. */
  get ttfb_ms(): number | null {
    if (this.connectingAt === null || this.firstByteAt === null) return null
    return this.firstByteAt - this.connectingAt - this.#redirectedHere
  }

  /** Marks the first request of the run, redirects apart; later ones do not count. */
  requested(): void {
    this.requestedAt ??= this.now()
  }

  /** Marks the first byte of the first response that was no redirect. */
  answered(status: number, headers: ResponseHeaders): void {
    this.firstByteAt ??= this.now()
    this.http_status = status
    this.alt_svc_h3 = this.alt_svc_h3 === true || offersHttp3(headers['alt-svc'])
  }

  /** Counts body bytes; returns the moment they arrived. */
  received(bytes: Uint8Array): number {
    const at = this.now()
    this.bytes += bytes.length
    this.lastByteAt = at
    const second = Math.floor(at / 1_000)
    if (second < SERIES_MAX) {
      while (this.bytesPerSecond.length <= second) this.bytesPerSecond.push(0)
      this.bytesPerSecond[second] = (this.bytesPerSecond[second] ?? 0) + bytes.length
    }
    return at
  }

  /** Where demuxers of this run put what they find. */
  readonly media: MediaSink = {
    tracks: (present) => this.timeline.expect(present),
    frame: (frame) => {
      const media_ms = this.timeline.push(frame)
      if (media_ms <= this.#media) return
      this.#media = media_ms
      this.arrivals.push({ at_ms: frame.at_ms, media_ms })
    },
  }

  /** Media received so far, ms. */
  get media_ms(): number {
    return this.#media
  }

  fail(failure: ProbeFailure): void {
    this.failure ??= failure
  }

  /** The run is over. */
  finish(): void {
    this.endedAt = this.now()
  }

  /** What the player made of it under `policy`. */
  playback(policy: Policy): Playback {
    return play(inOrder(this.arrivals), policy, this.endedAt)
  }

  /** Decides whether a finished stream run did what it set out to do. */
  judge(policy: Policy): void {
    const { startup_ms, stalls } = this.playback(policy)
    const last = stalls.at(-1)
    if (startup_ms === null) this.fail(neverStarted(this))
    else if (last && last.at_ms + last.length_ms >= this.endedAt && last.length_ms >= STALLED_OUT_MS)
      this.fail(
        new ProbeFailure(
          'STALLED_OUT',
          'path',
          `nothing to play for the last ${Math.round(last.length_ms)} ms`,
        ),
      )
  }
}

/** `h3=":443"; ma=86400, h3-29=":443"`: RFC 7838; drafts of HTTP/3 do not count. */
function offersHttp3(altSvc: string | undefined): boolean {
  return (altSvc ?? '').split(',').some((entry) => /^\s*h3\s*=/.test(entry))
}

function neverStarted(run: Recording): ProbeFailure {
  if (run.media_ms > 0)
    return new ProbeFailure('TIMEOUT', 'path', `only ${Math.round(run.media_ms)} ms of media by the deadline`)
  if (run.bytes > 0)
    return new ProbeFailure('MEDIA_EMPTY', 'target', `${run.bytes} bytes and no playable frame`)
  return new ProbeFailure('MEDIA_EMPTY', 'target', 'an answer without media')
}

/** Tracks complete their frames in turn, so two arrivals may be noted a moment out of order. */
function inOrder(arrivals: readonly Arrival[]): readonly Arrival[] {
  return arrivals.toSorted((a, b) => a.at_ms - b.at_ms || a.media_ms - b.media_ms)
}
