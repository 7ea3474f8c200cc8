import type { ClickHouseClient } from '@clickhouse/client'
import { CollectorError } from '../error.ts'

/** Statements that may wait in one lane before it refuses more. */
const QUEUE_MAX_COUNT = 256

/**
 * A client and the statements waiting for it, `width` at a time. The embedded engine runs one statement per connection at a time;
 * a client of a server has a connection for each.
 */
export class Lane {
  readonly #client: ClickHouseClient
  readonly #width: number
  readonly #waiting: (() => void)[] = []
  readonly #idle: (() => void)[] = []
  #running = 0

  constructor(client: ClickHouseClient, width = 1) {
    this.#client = client
    this.#width = width
  }

  /** Statements running or waiting. */
  get pending(): number {
    return this.#running + this.#waiting.length
  }

  /** Runs `work` when its turn comes, in the order of the calls. Throws `STORE_BUSY` when too much waits already. */
  async run<T>(work: (client: ClickHouseClient) => Promise<T>): Promise<T> {
    if (this.#waiting.length >= QUEUE_MAX_COUNT) {
      throw new CollectorError('STORE_BUSY', 'too many statements wait for the store; try again', {
        status: 503,
        retryAfterS: 1,
      })
    }
    if (this.#running >= this.#width) await new Promise<void>((turn) => this.#waiting.push(turn))
    else this.#running += 1
    try {
      return await work(this.#client)
    } finally {
      this.#next()
    }
  }

  /** Waits for what is running and waiting, then closes the connection. */
  async close(): Promise<void> {
    while (this.#running > 0) await new Promise<void>((done) => this.#idle.push(done))
    await this.#client.close()
  }

  /** Hands the place over to the next that waits, without letting go of it in between. */
  #next() {
    const turn = this.#waiting.shift()
    if (turn !== undefined) return turn()
    this.#running -= 1
    if (this.#running === 0) for (const done of this.#idle.splice(0)) done()
  }
}

/** The lane with the fewest statements waiting. Throws on an empty list. */
export function freest(lanes: readonly Lane[]): Lane {
  const best = [...lanes].sort((a, b) => a.pending - b.pending)[0]
  if (best === undefined) throw new CollectorError('STORE_CLOSED', 'the store has no connection')
  return best
}
