import { parentPort, Worker } from 'node:worker_threads'

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/** What comes back: an answer, or why there is none. */
type Reply<Answer> = { readonly id: number } & ({ readonly answer: Answer } | { readonly error: string })

/** A thread that carries out orders one after the other, so that what takes long holds nobody up. Close it. */
export class Thread<Order, Answer> {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting<Answer>>()
  #count = 0
  #ended: Error | null = null

  /** @param program calls `carryOutOrders`, and finds `given` in its `workerData` */
  constructor(program: URL, given: unknown) {
    this.#worker = new Worker(program, { workerData: given })
    this.#worker.unref()
    this.#worker.on('message', (reply: Reply<Answer>) => this.#take(reply))
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))))
    this.#worker.on('exit', () => this.#end(new Error(`the thread of ${program.pathname} has ended`)))
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

  /** Whether it carries out nothing any more: it was closed, or broke. */
  get ended(): boolean {
    return this.#ended !== null
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #take(reply: Reply<Answer>) {
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

/** The other end of a `Thread`: carries out what it is told. */
export function carryOutOrders<Order, Answer>(carryOut: (order: Order) => Answer) {
  const port = parentPort
  if (port === null) throw new Error('this file is a worker thread')
  port.on('message', ({ id, order }: { id: number; order: Order }) => {
    try {
      port.postMessage({ id, answer: carryOut(order) })
    } catch (error) {
      port.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
}
