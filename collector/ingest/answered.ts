import type { IngestAnswer } from '@streamgauge/contract'
import { CollectorError } from '../error.ts'

interface Entry {
  readonly digest: string
  readonly answer: Promise<IngestAnswer>
}

/** The last keys and what was answered, so that a repeat is answered without storing, also while the first is on its way. */
export class Answered {
  readonly #max: number
  readonly #entries = new Map<string, Entry>()

  constructor(max: number) {
    this.#max = max
  }

  /**
   * The answer to `key`: the one given before, or that of `work`, which is forgotten again when it fails.
   * Throws `IDEMPOTENCY_KEY_REUSED` when the key came with another body.
   */
  once(key: string, digest: string, work: () => Promise<IngestAnswer>): Promise<IngestAnswer> {
    const known = this.#entries.get(key)
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
    const answer = work()
    this.#entries.set(key, { digest, answer })
    answer.catch(() => this.#entries.delete(key))
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#max && oldest !== undefined) this.#entries.delete(oldest)
    return answer
  }
}
