import type { Silence } from '@streamgauge/contract'
import { CollectorError } from '../error.ts'
import { type Facts, matches } from './match.ts'

const SILENCES_MAX_COUNT = 1_000
/** How long one that has ended is still listed. */
export const LISTED_MS = 7 * 86_400_000

/** Silences: those that have not ended, and those that ended lately. */
export class Silences {
  readonly #silences = new Map<string, Silence>()

  /** The one that ends last first. */
  get all(): Silence[] {
    return [...this.#silences.values()].sort((a, b) => (a.ends_at < b.ends_at ? 1 : -1))
  }

  /** Throws `TOO_MANY_SILENCES` where another one would be one too many. */
  makeRoom(silenceId: string, nowMs: number) {
    for (const [id, { ends_at }] of this.#silences)
      if (Date.parse(ends_at) < nowMs - LISTED_MS) this.#silences.delete(id)
    const others = this.all.filter((one) => one.silence_id !== silenceId && Date.parse(one.ends_at) > nowMs)
    if (others.length < SILENCES_MAX_COUNT) return
    const message = `there are ${SILENCES_MAX_COUNT} silences; end some first`
    throw new CollectorError('TOO_MANY_SILENCES', message, { status: 409 })
  }

  /** Adds one, or puts another version in its place. */
  put(silence: Silence) {
    this.#silences.set(silence.silence_id, silence)
  }

  /** Ids of those that hold back what has these facts. */
  of(facts: Facts, nowMs: number): string[] {
    return [...this.#silences.values()]
      .filter(({ starts_at, ends_at }) => Date.parse(starts_at) <= nowMs && nowMs < Date.parse(ends_at))
      .filter(({ match }) => matches(match, facts))
      .map(({ silence_id }) => silence_id)
  }
}
