import { MediaError } from '../../media/error.ts'
import { Mp4Demuxer } from '../../media/mp4.ts'
import type { Frame, MediaSink } from '../../media/timeline.ts'
import { TsDemuxer } from '../../media/ts.ts'
import type { Recording } from '../../probe/recording.ts'
import type { Get } from '../request.ts'
import type { Step } from './cursor.ts'
import { MadeAt } from './made_at.ts'
import type { Piece } from './playlist.ts'

/** Which tracks of a playlist count: one that stands beside another brings only its own. */
export type Role = 'both' | Frame['track']

/** Pulls the pieces of one playlist through demuxers into the recording, over discontinuities and changes of format. */
export class Feed {
  readonly #get: Get
  readonly #role: Role
  readonly #madeAt: MadeAt
  readonly #sink: MediaSink
  #demuxer: TsDemuxer | Mp4Demuxer | null = null
  /** The init segment in force. */
  #map: string | null = null
  #period = 0
  #began = false

  constructor(get: Get, run: Recording, role: Role) {
    this.#get = get
    this.#role = role
    this.#madeAt = new MadeAt(run)
    this.#sink = {
      tracks: (present) => {
        if (role === 'both') run.media.tracks(present)
      },
      frame: (frame) => {
        if (role === 'both' || role === frame.track) run.media.frame({ ...frame, period: this.#period })
      },
    }
  }

  /**
   * Pulls one piece, and its init segment when that has changed.
   * @param base what its address is relative to
   * @param afterGap whether media is missing before it
   * @throws MediaError for media that is not what the playlist says, or encrypted
   */
  async pull({ segment, piece, begins }: Step, base: URL, afterGap: boolean): Promise<void> {
    if (segment.encryption !== null) throw new MediaError(`segments encrypted with ${segment.encryption}`)
    const anew = begins && segment.discontinuity
    this.#enterPeriod(anew, afterGap, segment.discontinuity_number)
    if ((anew || afterGap) && this.#demuxer instanceof TsDemuxer) this.#demuxer = null
    if (segment.map !== null) await this.#prepare(segment.map, base)
    else if (this.#map !== null) {
      this.#map = null
      this.#demuxer = null
    }
    if (this.#role !== 'audio' && piece.made_at_ms !== null) this.#madeAt.note(piece.made_at_ms)
    await this.#through(piece, base)
  }

  /**
   * Beside another playlist the server's own count is the one thing both have in common. Alone, a gap is a new period
   * too: what is missing must not be counted as media.
   */
  #enterPeriod(anew: boolean, afterGap: boolean, discontinuityNumber: number): void {
    if (this.#role !== 'both') this.#period = Math.max(this.#period, discontinuityNumber)
    else if (this.#began && (anew || afterGap)) this.#period++
    this.#began = true
  }

  async #prepare(map: Piece, base: URL): Promise<void> {
    const name = `${resolved(map.uri, base).href} ${map.range?.offset ?? ''} ${map.range?.length ?? ''}`
    if (this.#map === name) return
    this.#demuxer = new Mp4Demuxer(this.#sink)
    this.#map = null
    await this.#through(map, base)
    this.#map = name
  }

  async #through({ uri, range }: Piece, base: URL): Promise<void> {
    if (this.#demuxer instanceof Mp4Demuxer) this.#demuxer.begin(range?.offset ?? 0)
    await this.#get(
      resolved(uri, base),
      (bytes, atMs) => {
        this.#demuxer ??= demuxerFor(bytes, this.#sink)
        this.#demuxer.push(bytes, atMs)
      },
      range ?? undefined,
    )
    this.#demuxer?.end()
  }
}

/** Without an init segment it is MPEG-TS, or MP4 that brings its own; the sizes of boxes begin with a zero byte. */
function demuxerFor(bytes: Uint8Array, sink: MediaSink): TsDemuxer | Mp4Demuxer {
  return bytes[0] === 0 ? new Mp4Demuxer(sink) : new TsDemuxer(sink)
}

/** An address in a playlist. @throws MediaError for one that is none */
export function resolved(uri: string, base: URL): URL {
  const url = URL.canParse(uri, base.href) ? new URL(uri, base) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new MediaError(`a playlist that names ${uri.slice(0, 200)}`)
  return url
}
