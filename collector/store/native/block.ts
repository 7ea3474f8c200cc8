import { type Column, columnOf } from './column.ts'
import { Output } from './output.ts'

/** A column of a table as `system.columns` tells it. */
export interface ColumnInfo {
  readonly name: string
  readonly type: string
}

/** A table and its columns, in order. */
export interface Layout {
  readonly table: string
  readonly columns: readonly ColumnInfo[]
}

/** Rows gathered as one block of ClickHouse's Native format. Rows are encoded as they are added, not kept. */
export class Block {
  readonly #columns: readonly { readonly name: string; readonly title: Buffer; readonly column: Column }[]
  #rows = 0

  /** Throws `COLUMN_TYPE_UNKNOWN`. */
  constructor({ columns }: Layout) {
    this.#columns = columns.map(({ name, type }) => {
      const column = columnOf(type)
      return { name, title: titleOf(name, column.type), column }
    })
  }

  /** Rows added since it was made or emptied. */
  get rows(): number {
    return this.#rows
  }

  /** Encodes rows. A member that a row does not have is null, or fails where the column cannot be. */
  add(rows: readonly object[]) {
    const records = rows as readonly Readonly<Record<string, unknown>>[]
    for (const { name, column } of this.#columns) {
      const values = new Array<unknown>(records.length)
      for (let index = 0; index < records.length; index++) values[index] = records[index]?.[name]
      column.add(values)
    }
    this.#rows += rows.length
  }

  /** The block, in pieces: views that the next `add` overwrites. */
  bytes(): Buffer[] {
    const head = new Output()
    head.varint(this.#columns.length)
    head.varint(this.#rows)
    const pieces = this.#columns.flatMap(({ title, column }) => [
      title,
      ...column.outputs.map((output) => output.bytes()),
    ])
    return [head.bytes(), ...pieces.filter((piece) => piece.length > 0)]
  }

  /** Forgets the rows and keeps the room. */
  empty() {
    for (const { column } of this.#columns) column.empty()
    this.#rows = 0
  }
}

function titleOf(name: string, type: string): Buffer {
  const title = new Output()
  title.text(name)
  title.text(type)
  return title.bytes()
}
