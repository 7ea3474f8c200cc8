import { Worker } from 'node:worker_threads'
import type { Answer, Order, Reply } from './messages.ts'
import type { Objective } from './objectives.ts'

const PROGRAM = new URL('./worker.ts', import.meta.url)

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/** A `Watch` in a thread of its own. Close it. */
export class Watcher {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #count = 0
  #ended: Error | null = null

  constructor(roundMs: number, objectives: readonly Objective[]) {
    this.#worker = new Worker(PROGRAM, { workerData: { roundMs, objectives } })
    this.#worker.unref()
    this.#worker.on('message', (reply: Reply) => this.#take(reply))
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))))
    this.#worker.on('exit', () => this.#end(new Error('the thread of detection has ended')))
  }

  /** Has an order carried out, after those before it. Rejects when that fails, or the thread has ended. */
  tell(order: Order): Promise<Answer> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      const id = this.#count++
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, order })
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #take(reply: Reply) {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('answer' in reply) waiting?.resolve(reply.answer)
    else waiting?.reject(new Error(reply.error))
  }

  #end(error: Error) {
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
