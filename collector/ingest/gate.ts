import { CollectorError } from '../error.ts'

/** Bounds what is held in memory of batches not stored yet. */
export class Gate {
  readonly #batchesMax: number
  readonly #bytesMax: number
  #batches = 0
  #bytes = 0

  constructor(batchesMax: number, bytesMax: number) {
    this.#batchesMax = batchesMax
    this.#bytesMax = bytesMax
  }

  /** Batches being read, checked or stored. */
  get batches(): number {
    return this.#batches
  }

  /** Whether a new batch would be turned away. */
  get full(): boolean {
    return this.#batches >= this.#batchesMax || this.#bytes >= this.#bytesMax
  }

  /** Lets one batch in while `work` runs. Throws `BUSY`; `grow` throws it too when the decoded bytes become too many. */
  async pass<T>(work: (grow: (bytes: number) => void) => Promise<T>): Promise<T> {
    if (this.full) throw busy()
    let held = 0
    this.#batches += 1
    try {
      return await work((bytes) => {
        if (this.#bytes + bytes > this.#bytesMax) throw busy()
        this.#bytes += bytes
        held += bytes
      })
    } finally {
      this.#batches -= 1
      this.#bytes -= held
    }
  }
}

function busy(): CollectorError {
  return new CollectorError('BUSY', 'too many batches at once; send this one again later', {
    status: 503,
    retryAfterS: 2,
  })
}
