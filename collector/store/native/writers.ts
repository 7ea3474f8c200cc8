import { CollectorError } from '../../error.ts'
import type { Output } from './output.ts'

/** How the values of one column are written in ClickHouse's Native format. */
export interface Writer {
  /** The type as it stands in the block; the engine converts it to the column's own. */
  readonly type: string
  /** Stands where a nullable column says null. */
  readonly empty: unknown
  readonly write: (out: Output, values: readonly unknown[]) => void
}

type Wrapping = (inner: Writer) => Writer

/** Types around others: `Name(...)`. */
const wrappings: Readonly<Record<string, Wrapping>> = {
  // The engine makes its own dictionary, faster than one could be made here.
  LowCardinality: (inner) => inner,
  Nullable: nullable,
  Array: array,
}

/** Types that hold one value each; the number is the bytes of one. */
const plain: Readonly<Record<string, Omit<Writer, 'type'>>> = {
  String: {
    empty: '',
    write: (out, values) => {
      for (const value of values) out.text(value as string)
    },
  },
  UUID: fixed(16, '00000000-0000-0000-0000-000000000000', writeUuid),
  Bool: fixed(1, false, (view, value, at) => {
    view[at] = value === true ? 1 : 0
  }),
  Float64: fixed(8, 0, (view, value, at) => view.writeDoubleLE(value as number, at)),
  UInt8: fixed(1, 0, (view, value, at) => view.writeUInt8(value as number, at)),
  UInt16: fixed(2, 0, (view, value, at) => view.writeUInt16LE(value as number, at)),
  UInt32: fixed(4, 0, (view, value, at) => view.writeUInt32LE(value as number, at)),
  UInt64: fixed(8, 0, writeInteger),
  "DateTime64(3, 'UTC')": fixed(8, '1970-01-01T00:00:00.000Z', (view, value, at) =>
    writeInteger(view, Date.parse(value as string), at),
  ),
}

/**
 * The writer of a ClickHouse type. Times are ISO 8601 texts, tuples are objects, maps are objects whose keys are texts.
 * Throws `COLUMN_TYPE_UNKNOWN` for a type no schema file has used so far.
 * See https://clickhouse.com/docs/interfaces/formats/Native.
 */
export function writerOf(type: string): Writer {
  const simple = plain[type]
  if (simple !== undefined) return { type, ...simple }
  const [, name = '', inner = ''] = /^(\w+)\((.*)\)$/s.exec(type) ?? []
  const wrap = wrappings[name]
  if (wrap !== undefined) return wrap(writerOf(inner))
  if (name === 'Map') return map(inner)
  if (name === 'Tuple') return tuple(inner)
  throw new CollectorError('COLUMN_TYPE_UNKNOWN', `no writer for the column type ${type}`)
}

function fixed(
  bytes: number,
  empty: unknown,
  put: (view: Buffer, value: unknown, at: number) => void,
): Omit<Writer, 'type'> {
  const write = (out: Output, values: readonly unknown[]) => {
    const view = out.take(bytes * values.length)
    for (let index = 0; index < values.length; index++) put(view, values[index], index * bytes)
  }
  return { empty, write }
}

function nullable(inner: Writer): Writer {
  const write = (out: Output, values: readonly unknown[]) => {
    const nulls = out.take(values.length)
    const filled = new Array<unknown>(values.length)
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? null
      nulls[index] = value === null ? 1 : 0
      filled[index] = value === null ? inner.empty : value
    }
    inner.write(out, filled)
  }
  return { type: `Nullable(${inner.type})`, empty: null, write }
}

function array(inner: Writer): Writer {
  const write = (out: Output, values: readonly unknown[]) => {
    const lists = values as readonly (readonly unknown[])[]
    writeOffsets(
      out,
      lists.map((list) => list.length),
    )
    inner.write(out, lists.flat())
  }
  return { type: `Array(${inner.type})`, empty: [], write }
}

/** A map is an array of tuples of key and value; `null` is the empty map. */
function map(inner: string): Writer {
  const [keyType = '', valueType = ''] = splitList(inner)
  const key = writerOf(keyType)
  const value = writerOf(valueType)
  const write = (out: Output, values: readonly unknown[]) => {
    const entries = values.map((record) => Object.entries(record ?? {}))
    writeOffsets(
      out,
      entries.map((list) => list.length),
    )
    const flat = entries.flat()
    key.write(
      out,
      flat.map(([name]) => name),
    )
    value.write(
      out,
      flat.map(([, member]) => member),
    )
  }
  return { type: `Map(${key.type}, ${value.type})`, empty: {}, write }
}

/** A named tuple: its members one after the other, each a column. */
function tuple(inner: string): Writer {
  const members = splitList(inner).map((member) => {
    const space = member.indexOf(' ')
    return { name: member.slice(0, space), writer: writerOf(member.slice(space + 1)) }
  })
  const write = (out: Output, values: readonly unknown[]) => {
    const records = values as readonly Readonly<Record<string, unknown>>[]
    for (const { name, writer } of members)
      writer.write(
        out,
        records.map((record) => record[name]),
      )
  }
  const type = `Tuple(${members.map(({ name, writer }) => `${name} ${writer.type}`).join(', ')})`
  return { type, empty: {}, write }
}

/** Where each list ends in the flattened column. */
function writeOffsets(out: Output, lengths: readonly number[]) {
  const view = out.take(8 * lengths.length)
  let end = 0
  for (let index = 0; index < lengths.length; index++) {
    end += lengths[index] ?? 0
    writeInteger(view, end, index * 8)
  }
}

/** An integer of 64 bits, little-endian, two's complement. */
function writeInteger(view: Buffer, value: unknown, at: number) {
  const whole = value as number
  const high = Math.floor(whole / 0x1_0000_0000)
  view.writeUInt32LE(whole - high * 0x1_0000_0000, at)
  view.writeInt32LE(high, at + 4)
}

/** `0190a1b2-c3d4-...`: two little-endian halves, as ClickHouse keeps them. */
function writeUuid(view: Buffer, value: unknown, at: number) {
  const text = value as string
  let nibbles = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 45) continue
    const nibble = code < 58 ? code - 48 : (code | 32) - 87
    const byte = nibbles >> 1
    const place = at + (byte < 8 ? 7 - byte : 23 - byte)
    view[place] = nibbles % 2 === 0 ? nibble << 4 : (view[place] ?? 0) | nibble
    nibbles++
  }
}

/** `a UInt8, b Tuple(c UInt8, d UInt8)`: the commas outside brackets part it. */
function splitList(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, index).trim())
      start = index + 1
    }
  }
  return [...parts, text.slice(start).trim()]
}
