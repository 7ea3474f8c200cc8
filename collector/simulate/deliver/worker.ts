import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { CollectorError, messageOf } from '../../error.ts'
import type { Occurrence } from '../incident/occurrence.ts'
import type { Portion, Settings } from '../simulation.ts'

/** What a thread is started with. */
export interface WorkerInput {
  readonly settings: Settings
}

/** Which rows to write, and where. */
export interface WorkerOrder {
  readonly portion: Portion
  readonly file: string
}

/** What was written. */
export type WorkerReport =
  | {
      readonly rows: number
      readonly occurrences: readonly Occurrence[]
      readonly touched: readonly number[]
    }
  | { readonly error: unknown }

const MAIN = new URL('./worker_main.ts', import.meta.url)
/** Rows live until they are encoded; with less room for them, they are moved about instead. */
const YOUNG_MB = 64

/** A thread that makes rows and writes them into files of ClickHouse's Native format, one order at a time. */
export class RowWriter {
  readonly #worker: Worker

  constructor(input: WorkerInput) {
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB }
    this.#worker = new Worker(MAIN, { workerData: input, resourceLimits })
    // Whoever waits for a report hears of it there.
    this.#worker.on('error', () => {})
  }

  /** Writes the rows of a portion. Throws `SIMULATION_FAILED`. */
  async write(order: WorkerOrder) {
    const answer = once(this.#worker, 'message')
    this.#worker.postMessage(order)
    const [report] = (await answer) as [WorkerReport]
    if (!('error' in report)) return report
    const message = `rows could not be made: ${messageOf(report.error)}`
    throw new CollectorError('SIMULATION_FAILED', message, { cause: report.error })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
