import type { IngestAnswer } from '@streamgauge/contract'
import { CollectorError } from '../error.ts'
import { Block, type Layout } from '../store/native/block.ts'
import { type Batch, type Intake, parts } from './intake.ts'

/** Batches on their way to the server at once. */
const WAITING_MAX_COUNT = 512

/** What direct intake needs of the rest. */
export interface DirectDeps {
  readonly layouts: readonly Layout[]
  /** Inserts rows, as a block of the Native format, under a token; again under the same token stores nothing. */
  readonly insertBlock: (layout: Layout, block: readonly Buffer[], token: string) => Promise<void>
}

/**
 * Intake for a ClickHouse server: each batch is an insert of its own under its own token, and the server gathers
 * (`async_insert`). The token is all that is remembered, and the server remembers it: any collector may get the repeat.
 */
export class Direct implements Intake {
  readonly #deps: DirectDeps
  readonly #under = new Set<Promise<void>>()

  constructor(deps: DirectDeps) {
    this.#deps = deps
  }

  get waiting(): number {
    return this.#under.size
  }

  get full(): boolean {
    return this.#under.size >= WAITING_MAX_COUNT
  }

  recall(_id: string): IngestAnswer | null {
    return null
  }

  put(batch: Batch): Promise<void> {
    if (this.full) {
      const message = 'too many batches wait for the store; send this one again later'
      return Promise.reject(new CollectorError('BUSY', message, { status: 503, retryAfterS: 2 }))
    }
    const done = this.#store(batch)
    this.#under.add(done)
    const forget = () => this.#under.delete(done)
    done.then(forget, forget)
    return done
  }

  async idle(): Promise<void> {
    await Promise.allSettled(this.#under)
  }

  async close(): Promise<void> {
    await this.idle()
  }

  async #store(batch: Batch) {
    for (const layout of this.#deps.layouts) {
      const part = Object.entries(parts).find(([table]) => table === layout.table)
      const rows = part?.[1](batch) ?? []
      if (rows.length === 0) continue
      const block = new Block(layout)
      block.add(rows)
      await this.#deps.insertBlock(layout, block.bytes(), `${batch.id}-${layout.table}`)
    }
  }
}
