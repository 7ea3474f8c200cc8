import type { StallMsByPolicy } from '@streamgauge/contract'
import { Output } from '../../store/native/output.ts'
import { NullableNumbers, type TypedColumn, Whole64 } from './typed_columns.ts'

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
