/** Lets so many pieces of work run at once; the others wait in the order they came. */
export class Slots {
  readonly #most: number
  readonly #queue: (() => void)[] = []
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  /** How many run now. */
  get taken(): number {
    return this.#taken
  }

  /** Runs `work` when it is its turn. */
  async with<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#most) await new Promise<void>((resolve) => this.#queue.push(resolve))
    else this.#taken++
    try {
      return await work()
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#taken--
      else next()
    }
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    while (this.#taken > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
