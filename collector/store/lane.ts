import type { ClickHouseClient } from '@clickhouse/client'
import { CollectorError } from '../error.ts'

/** Statements that may wait in one lane before it refuses more. */
const QUEUE_MAX_COUNT = 256

/** One connection and the statements waiting for it. The embedded engine runs one statement per connection at a time. */
export class Lane {
  readonly #client: ClickHouseClient
  #tail: Promise<unknown> = Promise.resolve()
  #pending = 0

  constructor(client: ClickHouseClient) {
    this.#client = client
  }

  /** Statements running or waiting. */
  get pending(): number {
    return this.#pending
  }

  /** Runs `work` when everything before it is done. Throws `STORE_BUSY` when too much waits already. */
  run<T>(work: (client: ClickHouseClient) => Promise<T>): Promise<T> {
    if (this.#pending >= QUEUE_MAX_COUNT) {
      throw new CollectorError('STORE_BUSY', 'too many statements wait for the store; try again', {
        status: 503,
        retryAfterS: 1,
      })
    }
    this.#pending += 1
    const result = this.#tail.then(() => work(this.#client))
    this.#tail = result.then(
      () => this.#done(),
      () => this.#done(),
    )
    return result
  }

  /** Waits for what is running and waiting, then closes the connection. */
  async close(): Promise<void> {
    await this.#tail
    await this.#client.close()
  }

  #done() {
    this.#pending -= 1
  }
}

/** The lane with the fewest statements waiting. Throws on an empty list. */
export function freest(lanes: readonly Lane[]): Lane {
  const best = [...lanes].sort((a, b) => a.pending - b.pending)[0]
  if (best === undefined) throw new CollectorError('STORE_CLOSED', 'the store has no connection')
  return best
}
