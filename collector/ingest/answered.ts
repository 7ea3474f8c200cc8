import type { IngestAnswer } from '@streamgauge/contract'
import { CollectorError } from '../error.ts'

interface Entry {
  readonly digest: string
  readonly answer: Promise<IngestAnswer>
}

/** The last keys and what was answered, so that a repeat is answered without storing, also while the first is on its way. */
export class Answered {
  readonly #max: number
  readonly #under = new Map<string, Entry>()
  readonly #done = new Map<string, Entry>()

  /** @param max answers remembered; those still to be given are remembered beside them, however many */
  constructor(max: number) {
    this.#max = max
  }

  /**
   * The answer to `key`: the one given before, or that of `work`, which is forgotten again when it fails.
   * Throws `IDEMPOTENCY_KEY_REUSED` when the key came with another body.
   */
  once(key: string, digest: string, work: () => Promise<IngestAnswer>): Promise<IngestAnswer> {
    const known = this.#under.get(key) ?? this.#done.get(key)
    if (known !== undefined) {
      if (known.digest === digest) return known.answer
      throw new CollectorError(
        'IDEMPOTENCY_KEY_REUSED',
        'this Idempotency-Key came with another body before',
        {
          status: 409,
        },
      )
    }
    const entry = { digest, answer: work() }
    this.#under.set(key, entry)
    entry.answer.then(
      () => this.#keep(key, entry),
      () => this.#under.delete(key),
    )
    return entry.answer
  }

  #keep(key: string, entry: Entry) {
    this.#under.delete(key)
    this.#done.set(key, entry)
    const [oldest] = this.#done.keys()
    if (this.#done.size > this.#max && oldest !== undefined) this.#done.delete(oldest)
  }
}
