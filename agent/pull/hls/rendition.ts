import { MediaError } from '../../media/error.ts'
import { ProbeFailure } from '../../probe/failure.ts'
import type { Pull } from '../pull.ts'
import { behindEnd, endOf, type Position, type Step, startOf, stepFrom } from './cursor.ts'
import { Feed, type Role, resolved } from './feed.ts'
import { loadPlaylist } from './load.ts'
import type { MediaPlaylist } from './playlist.ts'

/** Pieces that may be gone (404, 410) in a row before the stream counts as broken: the window slid past a slow path. */
const LOST_MAX = 3
/** Times in a row that a server may answer at once, or refuse, what it should hold back; then it is asked plainly. */
const UNKEPT_MAX = 2
const SHORTEST_WAIT_MS = 100

/** A playlist as it was answered: `base` is what the addresses in it are relative to. */
export interface Answered {
  readonly playlist: MediaPlaylist
  readonly base: URL
}

/** How a playlist is to be followed. */
export interface RenditionOptions {
  readonly url: URL
  readonly first: Answered
  readonly role: Role
  /** Whether parts of segments are played, and reloads held back by the server. */
  readonly by_parts: boolean
  /** How far from its end the playlist begins that this one is to be played beside; `null`: it has its own beginning. */
  readonly beside_ms: number | null
}

/** Follows one media playlist: when to ask for it again, what to pull next, each byte once. */
export class Rendition {
  readonly #pull: Pull
  readonly #options: RenditionOptions
  readonly #feed: Feed
  #answered: Answered
  #position: Position | null = null
  #blocks = true
  #unkept = 0
  #lost = 0
  /** Whether media is missing before the next piece. */
  #gap = false
  #changed = Promise.withResolvers<void>()
  /** When it may be asked for again, ms into the run. */
  due_ms: number
  /** Media pulled so far, by the playlist's own durations. */
  pulled_ms = 0

  constructor(pull: Pull, options: RenditionOptions) {
    this.#pull = pull
    this.#options = options
    this.#feed = new Feed(pull.get, pull.run, options.role)
    this.#answered = options.first
    this.due_ms = pull.run.now() + this.#pause(true)
    if (this.#mayBlock()) this.due_ms = 0
  }

  /** Whether nothing more will be listed. */
  get ended(): boolean {
    return this.#answered.playlist.ended
  }

  /** How far from the end of the playlist the next piece begins, ms; `null`: nothing is listed yet. */
  get behind_ms(): number | null {
    this.next()
    const { playlist } = this.#answered
    return this.#position && behindEnd(playlist, this.#position, this.#options.by_parts)
  }

  /** Whether the playlist and all it lists now are at `origin`. */
  staysAt(origin: string): boolean {
    const { playlist, base } = this.#answered
    const pieces = playlist.segments.flatMap(({ whole, parts, map }) => [whole, map, ...parts])
    const uris = new Set(pieces.flatMap((piece) => (piece === null ? [] : [piece.uri])))
    return base.origin === origin && [...uris].every((uri) => resolved(uri, base).origin === origin)
  }

  /** Resolves when the playlist has been loaded once more. */
  get changed(): Promise<void> {
    return this.#changed.promise
  }

  /** Loads the playlist again; where the server can, held back until there is something new in it. */
  async reload(): Promise<void> {
    const { run } = this.#pull
    const asked_ms = run.now()
    const end = endOf(this.#answered.playlist)
    const blocking = this.#mayBlock()
    const answered = await this.#load(blocking ? this.#directed(end) : this.#options.url)
    const kept = answered !== null && isBeyond(endOf(answered.playlist), end)
    if (answered !== null) this.#answered = answered
    if (blocking) {
      this.#unkept = kept ? 0 : this.#unkept + 1
      if (this.#unkept >= UNKEPT_MAX) this.#blocks = false
    }
    this.due_ms = blocking && kept ? run.now() : asked_ms + this.#pause(kept)
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** The next piece that is listed and was not pulled. */
  next(): Step | null {
    const { playlist } = this.#answered
    this.#position ??= startOf(playlist, this.#options.by_parts, this.#options.beside_ms)
    return this.#position === null ? null : stepFrom(playlist, this.#position, this.#options.by_parts)
  }

  /** Pulls it. @throws ProbeFailure `HTTP_STATUS` when too many in a row were not there */
  async take(step: Step): Promise<void> {
    const { base } = this.#answered
    this.#position = step.after
    this.pulled_ms += step.piece.duration_ms
    const afterGap = this.#gap || step.skips
    this.#gap = true
    if (step.piece.gap) return
    try {
      await this.#feed.pull(step, base, afterGap)
      this.#gap = false
      this.#lost = 0
    } catch (error) {
      if (!isGone(error) || this.#pull.run.media_ms === 0) throw error
      if (++this.#lost < LOST_MAX) return
      const told = `${this.#lost} listed segments in a row were not there`
      throw new ProbeFailure('HTTP_STATUS', 'target', told, error)
    }
  }

  /** `null`: the server refused a request that it should have held back. */
  async #load(url: URL): Promise<Answered | null> {
    const directed = url !== this.#options.url
    try {
      const { playlist, base } = await loadPlaylist(this.#pull.get, url)
      if (playlist.kind === 'master') throw new MediaError('a master playlist where segments should be')
      return { playlist, base }
    } catch (error) {
      if (directed && isGone(error)) return null
      throw error
    }
  }

  #mayBlock(): boolean {
    return this.#options.by_parts && this.#blocks && this.#answered.playlist.blocks
  }

  /** Delivery directives (rfc8216bis §6.2.5), behind the query as it is: a signed one stays valid. */
  #directed({ number, part }: Position): URL {
    const url = new URL(this.#options.url)
    const directives = `_HLS_msn=${number}${this.#answered.playlist.part_target_ms === null ? '' : `&_HLS_part=${part}`}`
    url.search = url.search === '' ? directives : `${url.search}&${directives}`
    return url
  }

  /** RFC 8216 §6.3.4: a target duration after a playlist that changed, half of it after one that did not. */
  #pause(changed: boolean): number {
    const { target_ms, part_target_ms } = this.#answered.playlist
    const whole = this.#options.by_parts && part_target_ms !== null ? part_target_ms : target_ms
    return Math.max(SHORTEST_WAIT_MS, changed ? whole : whole / 2)
  }
}

function isBeyond(end: Position, before: Position): boolean {
  return end.number > before.number || (end.number === before.number && end.part > before.part)
}

function isGone(error: unknown): boolean {
  return error instanceof ProbeFailure && error.code === 'HTTP_STATUS'
}
