import type { StallMsByPolicy } from '@streamgauge/contract'
import { Output } from '../../store/native/output.ts'

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

/** 16-bit positions in a dictionary that comes with the block: bits 9 and 10 of a LowCardinality column's flags. */
const INDEX_FLAGS = 1 + (1 << 9) + (1 << 10)

/** Texts that repeat, or null where the table allows it: a dictionary and positions in it, so that the engine makes none. */
export class Texts implements TypedColumn {
  readonly type: string
  readonly #known = new Map<string | null, number>()
  readonly #keys = new Output()
  readonly #indexes: Uint16Array
  readonly #bytes: Uint8Array
  readonly #nullable: boolean
  #last: string | null | undefined
  #lastIndex = 0

  constructor(room: number, nullable: boolean) {
    this.type = nullable ? 'LowCardinality(Nullable(String))' : 'LowCardinality(String)'
    this.#nullable = nullable
    this.#indexes = new Uint16Array(room)
    this.#bytes = new Uint8Array(this.#indexes.buffer)
    this.empty()
  }

  put(at: number, value: string | null) {
    // Rows that follow each other have much in common.
    if (value !== this.#last) {
      this.#lastIndex = this.#known.get(value) ?? this.#learn(value)
      this.#last = value
    }
    this.#indexes[at] = this.#lastIndex
  }

  pieces(rows: number) {
    const head = BigUint64Array.of(1n, BigInt(INDEX_FLAGS), BigInt(this.#known.size))
    return [
      new Uint8Array(head.buffer),
      this.#keys.bytes(),
      new Uint8Array(BigUint64Array.of(BigInt(rows)).buffer),
      this.#bytes.subarray(0, rows * 2),
    ]
  }

  empty() {
    this.#known.clear()
    this.#keys.empty()
    this.#last = undefined
    // Null is the first, written as an empty text.
    if (this.#nullable) this.#learn(null)
  }

  #learn(value: string | null): number {
    const index = this.#known.size
    this.#known.set(value, index)
    this.#keys.text(value ?? '')
    return index
  }
}

/** UUIDs, or null where the table allows it. */
export class Uuids implements TypedColumn {
  readonly type: string
  readonly #nulls: Uint8Array | null
  readonly #bytes: Uint8Array

  constructor(room: number, nullable: boolean) {
    this.type = nullable ? 'Nullable(UUID)' : 'UUID'
    this.#nulls = nullable ? new Uint8Array(room) : null
    this.#bytes = new Uint8Array(room * 16)
  }

  put(at: number, value: string | null) {
    if (this.#nulls !== null) this.#nulls[at] = value === null ? 1 : 0
    if (value === null) this.#bytes.fill(0, at * 16, at * 16 + 16)
    else putUuid(this.#bytes, at * 16, value)
  }

  pieces(rows: number) {
    const bytes = this.#bytes.subarray(0, rows * 16)
    return this.#nulls === null ? [bytes] : [this.#nulls.subarray(0, rows), bytes]
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

/** Times in ms, from texts as `timestampOf` writes them. */
export class Times implements TypedColumn {
  readonly type = "DateTime64(3, 'UTC')"
  readonly #values: Whole64
  #day = ''
  #dayMs = 0

  constructor(room: number) {
    this.#values = new Whole64(room)
  }

  put(at: number, text: string) {
    if (!text.startsWith(this.#day) || this.#day === '') {
      this.#day = text.slice(0, 10)
      this.#dayMs = Date.parse(this.#day)
    }
    const seconds = 3_600 * two(text, 11) + 60 * two(text, 14) + two(text, 17)
    const ms = 10 * two(text, 20) + text.charCodeAt(22) - 48
    this.#values.put(at, this.#dayMs + 1_000 * seconds + ms)
  }

  pieces(rows: number) {
    return [this.#values.bytes(rows)]
  }

  empty() {}
}

/** Stalled ms by buffer size: a map of the five sizes, or an empty one for null. */
export class Policies implements TypedColumn {
  readonly type = 'Map(String, Nullable(Float64))'
  readonly #ends: Whole64
  readonly #keys: Uint8Array
  readonly #values: NullableNumbers
  #maps = 0

  constructor(room: number) {
    this.#ends = new Whole64(room)
    const keys = new Output()
    for (let row = 0; row < room; row++) for (const size of SIZES) keys.text(size)
    this.#keys = keys.bytes()
    this.#values = new NullableNumbers(room * SIZES.length)
  }

  put(at: number, policies: StallMsByPolicy | null) {
    if (policies !== null) {
      const first = this.#maps++ * SIZES.length
      this.#values.put(first, policies['500'])
      this.#values.put(first + 1, policies['1000'])
      this.#values.put(first + 2, policies['2000'])
      this.#values.put(first + 3, policies['3000'])
      this.#values.put(first + 4, policies['6000'])
    }
    this.#ends.put(at, this.#maps * SIZES.length)
  }

  pieces(rows: number) {
    // Every map has the same keys, so so many maps have so many bytes of them.
    const keyBytes = SIZES.reduce((sum, size) => sum + 1 + size.length, 0)
    return [
      this.#ends.bytes(rows),
      this.#keys.subarray(0, this.#maps * keyBytes),
      ...this.#values.pieces(this.#maps * SIZES.length),
    ]
  }

  empty() {
    this.#maps = 0
  }
}

/** Whole numbers of 64 bits that are not negative and below 2^53, as two halves: a BigInt each would be garbage. */
class Whole64 {
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

/** The buffer sizes as keys. */
const SIZES = ['500', '1000', '2000', '3000', '6000'] as const

/** Two decimal digits. */
function two(text: string, at: number): number {
  return 10 * (text.charCodeAt(at) - 48) + text.charCodeAt(at + 1) - 48
}

/** `0190a1b2-c3d4-...`: two halves, each with its last byte first. */
function putUuid(bytes: Uint8Array, at: number, text: string) {
  let byte = 0
  for (let index = 0; index < 36; index += 2) {
    if (text.charCodeAt(index) === 45) index++
    const value = (DIGIT[text.charCodeAt(index)] ?? 0) * 16 + (DIGIT[text.charCodeAt(index + 1)] ?? 0)
    bytes[at + (byte < 8 ? 7 - byte : 23 - byte)] = value
    byte++
  }
}

/** What a hexadecimal digit is worth, by its code. */
const DIGIT = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? 0 : value
})
