/** Bytes as they came off the wire, with the moment each chunk arrived; consumed from the front. */
export class ChunkQueue {
  #chunks: { bytes: Uint8Array; at_ms: number }[] = []
  #offset = 0
  #length = 0

  /** Bytes waiting. */
  get length(): number {
    return this.#length
  }

  push(bytes: Uint8Array, atMs: number): void {
    if (bytes.length === 0) return
    this.#chunks.push({ bytes, at_ms: atMs })
    this.#length += bytes.length
  }

  /** When the byte at `index` arrived, ms. @throws RangeError beyond the end. */
  arrivedAt(index: number): number {
    let before = index + this.#offset
    for (const chunk of this.#chunks) {
      if (before < chunk.bytes.length) return chunk.at_ms
      before -= chunk.bytes.length
    }
    throw new RangeError(`byte ${index} of ${this.#length} has not arrived`)
  }

  /** The first `count` bytes, left in place; fewer when fewer are there. */
  peek(count: number): Uint8Array {
    const first = this.#chunks[0]
    if (first === undefined) return new Uint8Array(0)
    if (first.bytes.length - this.#offset >= count)
      return first.bytes.subarray(this.#offset, this.#offset + count)
    const wanted = Math.min(count, this.#length)
    const joined = new Uint8Array(wanted)
    let filled = 0
    let offset = this.#offset
    for (const chunk of this.#chunks) {
      const part = chunk.bytes.subarray(offset, offset + wanted - filled)
      joined.set(part, filled)
      filled += part.length
      offset = 0
      if (filled === wanted) break
    }
    return joined
  }

  /** Drops the first `count` bytes. */
  skip(count: number): void {
    let left = Math.min(count, this.#length)
    this.#length -= left
    while (left > 0) {
      const first = this.#chunks[0]
      if (first === undefined) return
      const here = first.bytes.length - this.#offset
      if (left < here) {
        this.#offset += left
        return
      }
      left -= here
      this.#offset = 0
      this.#chunks.shift()
    }
  }
}
