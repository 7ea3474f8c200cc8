/** Values of one column in ClickHouse's Native format, a row at a time; a column has room for so many rows. */
export interface TypedColumn {
  readonly type: string
  /** The first `rows` rows, to be written one piece after the other: views that later values overwrite. */
  readonly pieces: (rows: number) => readonly Uint8Array[]
  /** Forgets what is not overwritten anyway. */
  readonly empty: () => void
}

/** Numbers; the engine makes of them what the table has. */
export class Numbers implements TypedColumn {
  readonly type = 'Float64'
  readonly #values: Float64Array
  readonly #bytes: Uint8Array

  constructor(room: number) {
    this.#values = new Float64Array(room)
    this.#bytes = new Uint8Array(this.#values.buffer)
  }

  put(at: number, value: number) {
    this.#values[at] = value
  }

  pieces(rows: number) {
    return [this.#bytes.subarray(0, rows * 8)]
  }

  empty() {}
}

/** Numbers, or null. */
export class NullableNumbers implements TypedColumn {
  readonly type = 'Nullable(Float64)'
  readonly #nulls: Uint8Array
  readonly #values: Float64Array
  readonly #bytes: Uint8Array

  constructor(room: number) {
    this.#nulls = new Uint8Array(room)
    this.#values = new Float64Array(room)
    this.#bytes = new Uint8Array(this.#values.buffer)
  }

  put(at: number, value: number | null) {
    this.#nulls[at] = value === null ? 1 : 0
    this.#values[at] = value ?? 0
  }

  pieces(rows: number) {
    return [this.#nulls.subarray(0, rows), this.#bytes.subarray(0, rows * 8)]
  }

  empty() {}
}

/** Truths, or null. */
export class NullableFlags implements TypedColumn {
  readonly type = 'Nullable(Bool)'
  readonly #nulls: Uint8Array
  readonly #values: Uint8Array

  constructor(room: number) {
    this.#nulls = new Uint8Array(room)
    this.#values = new Uint8Array(room)
  }

  put(at: number, value: boolean | null) {
    this.#nulls[at] = value === null ? 1 : 0
    this.#values[at] = value === true ? 1 : 0
  }

  pieces(rows: number) {
    return [this.#nulls.subarray(0, rows), this.#values.subarray(0, rows)]
  }

  empty() {}
}

/** Lists of numbers. */
export class NumberLists implements TypedColumn {
  readonly type = 'Array(Float64)'
  readonly #ends: Whole64
  #values: Float64Array
  #length = 0

  constructor(room: number) {
    this.#ends = new Whole64(room)
    this.#values = new Float64Array(room * 12)
  }

  put(at: number, list: readonly number[]) {
    if (this.#length + list.length > this.#values.length) {
      const grown = new Float64Array((this.#length + list.length) * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    for (const value of list) this.#values[this.#length++] = value
    this.#ends.put(at, this.#length)
  }

  pieces(rows: number) {
    return [this.#ends.bytes(rows), new Uint8Array(this.#values.buffer, 0, this.#length * 8)]
  }

  empty() {
    this.#length = 0
  }
}

/** Whole numbers of 64 bits that are not negative and below 2^53, as two halves: a BigInt each would be garbage. */
export class Whole64 {
  readonly #halves: Uint32Array
  readonly #bytes: Uint8Array

  constructor(room: number) {
    this.#halves = new Uint32Array(room * 2)
    this.#bytes = new Uint8Array(this.#halves.buffer)
  }

  put(at: number, value: number) {
    this.#halves[at * 2] = value >>> 0
    this.#halves[at * 2 + 1] = Math.floor(value / 0x1_0000_0000)
  }

  bytes(rows: number): Uint8Array {
    return this.#bytes.subarray(0, rows * 8)
  }
}
