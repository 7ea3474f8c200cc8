import type { Packets } from './packets.ts'

/** The packets under way, the next to arrive first: a binary heap over slots, by `due_ms` and then by `order`. */
export class Flight {
  readonly #packets: Packets
  readonly #heap: number[] = []

  constructor(packets: Packets) {
    this.#packets = packets
  }

  get size(): number {
    return this.#heap.length
  }

  /** When the next packet arrives; `Infinity`: nothing is under way. */
  nextMs(): number {
    const first = this.#heap[0]
    return first === undefined ? Number.POSITIVE_INFINITY : this.#due(first)
  }

  add(slot: number): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(slot)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as number
      if (!this.#before(slot, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = slot
  }

  /** The packet that arrives next, taken out; `null`: nothing is under way. */
  take(): number | null {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return null
    if (heap.length > 0) this.#sink(last)
    return first
  }

  #sink(slot: number): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#before(heap[child + 1] as number, heap[child] as number)) child++
      const below = heap[child] as number
      if (!this.#before(below, slot)) break
      heap[at] = below
      at = child
    }
    heap[at] = slot
  }

  #before(a: number, b: number): boolean {
    const difference = this.#due(a) - this.#due(b)
    return difference === 0 ? (this.#packets.order[a] ?? 0) < (this.#packets.order[b] ?? 0) : difference < 0
  }

  #due(slot: number): number {
    return this.#packets.due_ms[slot] ?? 0
  }
}
