import { CollectorError } from '../../error.ts'
import { Output } from './output.ts'

/** The values of one column, gathered in ClickHouse's Native format. */
export interface Column {
  /** The type as it stands in the block; the engine converts it to the table's own. */
  readonly type: string
  /** Stands where a nullable column says null. */
  readonly absent: unknown
  readonly add: (values: readonly unknown[]) => void
  /** What was added, in the order it is to be written. */
  readonly outputs: readonly Output[]
  /** Forgets what was added. */
  readonly empty: () => void
}

/** Types around another one: `Name(...)`. */
const wrappings: Readonly<Record<string, (inner: Column) => Column>> = {
  // The engine makes its own dictionary, faster than one could be made here.
  LowCardinality: (inner) => inner,
  Nullable: nullable,
  Array: array,
}

/** Types that hold one value each. */
const plain: Readonly<Record<string, (type: string) => Column>> = {
  String: text,
  UUID: fixed(16, '00000000-0000-0000-0000-000000000000', putUuid),
  Bool: fixed(1, false, (view, value, at) => view.setUint8(at, value === true ? 1 : 0)),
  Float64: floats,
  UInt8: fixed(1, 0, (view, value, at) => view.setUint8(at, value as number)),
  UInt16: fixed(2, 0, (view, value, at) => view.setUint16(at, value as number, true)),
  UInt32: fixed(4, 0, (view, value, at) => view.setUint32(at, value as number, true)),
  UInt64: fixed(8, 0, putInteger),
  "DateTime64(3, 'UTC')": times,
}

/** What most columns are, each in one loop of its own: the general way calls a function for each value and takes twice as long. */
const quick: Readonly<Record<string, (type: string) => Column>> = {
  'Nullable(Float64)': nullableFloats,
  'Array(Float64)': floatLists,
}

/**
 * An empty column of a ClickHouse type. Times are ISO 8601 texts, tuples are objects, maps are objects whose keys are texts.
 * Throws `COLUMN_TYPE_UNKNOWN` for a type no schema file has used so far.
 * See https://clickhouse.com/docs/interfaces/formats/Native.
 */
export function columnOf(type: string): Column {
  const simple = plain[type] ?? quick[type]
  if (simple !== undefined) return simple(type)
  const [, name = '', inner = ''] = /^(\w+)\((.*)\)$/s.exec(type) ?? []
  const wrap = wrappings[name]
  if (wrap !== undefined) return wrap(columnOf(inner))
  if (name === 'Map') return map(inner)
  if (name === 'Tuple') return tuple(inner)
  throw new CollectorError('COLUMN_TYPE_UNKNOWN', `no writer for the column type ${type}`)
}

function text(type: string): Column {
  const out = new Output()
  const add = (values: readonly unknown[]) => {
    for (const value of values) out.text(value as string)
  }
  return { type, absent: '', add, outputs: [out], empty: () => out.empty() }
}

function fixed(bytes: number, absent: unknown, put: (view: DataView, value: unknown, at: number) => void) {
  return (type: string): Column => {
    const out = new Output()
    const add = (values: readonly unknown[]) => {
      const start = out.take(bytes * values.length)
      const { view } = out
      for (let index = 0; index < values.length; index++) put(view, values[index], start + index * bytes)
    }
    return { type, absent, add, outputs: [out], empty: () => out.empty() }
  }
}

/** Rows of a batch have the time they came in common. */
function times(type: string): Column {
  const out = new Output()
  const add = (values: readonly unknown[]) => {
    const start = out.take(8 * values.length)
    const { view } = out
    let [text, ms]: [unknown, number] = ['', Number.NaN]
    for (let index = 0; index < values.length; index++) {
      const value = values[index]
      if (value !== text) [text, ms] = [value, Date.parse(value as string)]
      putInteger(view, ms, start + 8 * index)
    }
  }
  return { type, absent: '1970-01-01T00:00:00.000Z', add, outputs: [out], empty: () => out.empty() }
}

function floats(type: string): Column {
  const out = new Output()
  const add = (values: readonly unknown[]) => {
    const start = out.take(8 * values.length)
    const { view } = out
    for (let index = 0; index < values.length; index++)
      view.setFloat64(start + 8 * index, values[index] as number, true)
  }
  return { type, absent: 0, add, outputs: [out], empty: () => out.empty() }
}

function nullableFloats(type: string): Column {
  const [nulls, out] = [new Output(), new Output()]
  const add = (values: readonly unknown[]) => {
    const [nullStart, start] = [nulls.take(values.length), out.take(8 * values.length)]
    const [nullView, view] = [nulls.view, out.view]
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as number | null | undefined
      const absent = value === null || value === undefined
      nullView.setUint8(nullStart + index, absent ? 1 : 0)
      view.setFloat64(start + 8 * index, absent ? 0 : value, true)
    }
  }
  const empty = () => {
    nulls.empty()
    out.empty()
  }
  return { type, absent: null, add, outputs: [nulls, out], empty }
}

function floatLists(type: string): Column {
  const [ends, out] = [new Ends(), new Output()]
  const add = (values: readonly unknown[]) => {
    for (const list of values as readonly (readonly number[])[]) {
      ends.add(list.length)
      const start = out.take(8 * list.length)
      const { view } = out
      for (let index = 0; index < list.length; index++)
        view.setFloat64(start + 8 * index, list[index] ?? 0, true)
    }
  }
  const empty = () => {
    ends.empty()
    out.empty()
  }
  return { type, absent: [], add, outputs: [ends, out], empty }
}

function nullable(inner: Column): Column {
  const nulls = new Output()
  const add = (values: readonly unknown[]) => {
    const start = nulls.take(values.length)
    const { view } = nulls
    const filled = new Array<unknown>(values.length)
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? null
      view.setUint8(start + index, value === null ? 1 : 0)
      filled[index] = value === null ? inner.absent : value
    }
    inner.add(filled)
  }
  return around(`Nullable(${inner.type})`, null, add, nulls, [inner])
}

function array(inner: Column): Column {
  const ends = new Ends()
  const add = (values: readonly unknown[]) => {
    const lists = values as readonly (readonly unknown[])[]
    for (const list of lists) ends.add(list.length)
    inner.add(lists.flat())
  }
  return around(`Array(${inner.type})`, [], add, ends, [inner])
}

/** A map is an array of tuples of key and value; `null` is the empty map. */
function map(inner: string): Column {
  const [key, value] = splitList(inner).map(columnOf)
  if (key === undefined || value === undefined) throw new TypeError(`a map of ${inner}`)
  const ends = new Ends()
  const add = (values: readonly unknown[]) => {
    for (const record of values) {
      const names = Object.keys(record ?? {})
      ends.add(names.length)
      key.add(names)
      value.add(Object.values(record ?? {}))
    }
  }
  return around(`Map(${key.type}, ${value.type})`, {}, add, ends, [key, value])
}

/** A named tuple: its members one after the other, each a column. */
function tuple(inner: string): Column {
  const members = splitList(inner).map((member) => {
    const space = member.indexOf(' ')
    return { name: member.slice(0, space), column: columnOf(member.slice(space + 1)) }
  })
  const add = (values: readonly unknown[]) => {
    const records = values as readonly Readonly<Record<string, unknown>>[]
    for (const { name, column } of members) column.add(records.map((record) => record[name]))
  }
  const type = `Tuple(${members.map(({ name, column }) => `${name} ${column.type}`).join(', ')})`
  const columns = members.map(({ column }) => column)
  return around(type, {}, add, new Output(), columns)
}

/** A column made of an output of its own and of other columns. */
function around(
  type: string,
  absent: unknown,
  add: Column['add'],
  own: Output,
  inner: readonly Column[],
): Column {
  const empty = () => {
    own.empty()
    for (const column of inner) column.empty()
  }
  return { type, absent, add, outputs: [own, ...inner.flatMap((column) => column.outputs)], empty }
}

/** Where each list ends in the column that all lists make together. */
class Ends extends Output {
  #end = 0

  add(length: number) {
    this.#end += length
    const start = this.take(8)
    putInteger(this.view, this.#end, start)
  }

  override empty() {
    super.empty()
    this.#end = 0
  }
}

/** An integer of 64 bits, little-endian, two's complement. */
function putInteger(view: DataView, value: unknown, at: number) {
  const whole = value as number
  const high = Math.floor(whole / 0x1_0000_0000)
  view.setUint32(at, whole - high * 0x1_0000_0000, true)
  view.setInt32(at + 4, high, true)
}

/** `0190a1b2-c3d4-...`: two little-endian halves, as ClickHouse keeps them. */
function putUuid(view: DataView, value: unknown, at: number) {
  const digits = value as string
  let nibbles = 0
  for (let index = 0; index < digits.length; index++) {
    const code = digits.charCodeAt(index)
    if (code === 45) continue
    const nibble = code < 58 ? code - 48 : (code | 32) - 87
    const byte = nibbles >> 1
    const place = at + (byte < 8 ? 7 - byte : 23 - byte)
    view.setUint8(place, nibbles % 2 === 0 ? nibble << 4 : view.getUint8(place) | nibble)
    nibbles++
  }
}

/** `a UInt8, b Tuple(c UInt8, d UInt8)`: the commas outside brackets part it. */
function splitList(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < list.length; index++) {
    const char = list[index]
    if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === ',' && depth === 0) {
      parts.push(list.slice(start, index).trim())
      start = index + 1
    }
  }
  return [...parts, list.slice(start).trim()]
}
