const FIRST_BYTES = 4 * 1024

/** A buffer that grows as it is written and keeps its size when it is emptied. */
export class Output {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES)
  #view = viewOf(this.#buffer)
  #length = 0

  /** Bytes written since it was made or emptied. */
  get length(): number {
    return this.#length
  }

  /** What was written: a view, overwritten when writing goes on. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Forgets what was written. */
  empty() {
    this.#length = 0
  }

  /** Everything there is room for; another one after the next `take`. */
  get view(): DataView {
    return this.#view
  }

  /** Makes room for `count` bytes, to be filled through `view`, and answers where they begin. */
  take(count: number): number {
    this.#ensure(count)
    const start = this.#length
    this.#length += count
    return start
  }

  /** An unsigned LEB128 integer; at most 2^53 - 1. */
  varint(value: number) {
    this.#ensure(8)
    let rest = value
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#buffer[this.#length++] = rest
  }

  /** A text: its length in bytes, then UTF-8. */
  text(value: string) {
    if (!this.#shortText(value)) {
      const bytes = Buffer.byteLength(value)
      this.varint(bytes)
      const start = this.take(bytes)
      this.#buffer.write(value, start)
    }
  }

  /** Short ASCII, which is nearly everything, byte by byte: several times as fast as an encoder. */
  #shortText(value: string): boolean {
    const length = value.length
    if (length > 64) return false
    this.#ensure(length + 1)
    const buffer = this.#buffer
    const start = this.#length
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 127) return false
      buffer[start + 1 + index] = code
    }
    buffer[start] = length
    this.#length = start + 1 + length
    return true
  }

  #ensure(count: number) {
    const needed = this.#length + count
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
    this.#view = viewOf(grown)
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
