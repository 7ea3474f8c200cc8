import { Output } from './output.ts'
import { type Writer, writerOf } from './writers.ts'

/** A column as `system.columns` tells it. */
export interface Column {
  readonly name: string
  readonly type: string
}

/** The columns of a table with what writes each. */
export interface Layout {
  readonly table: string
  readonly columns: readonly (Column & { readonly writer: Writer })[]
}

/** Rows that share one block. Larger blocks are no faster, and each is made in one go. */
const BLOCK_ROWS = 2_000

/** Prepares the writing of rows of `table`. Throws `COLUMN_TYPE_UNKNOWN`. */
export function layoutOf(table: string, columns: readonly Column[]): Layout {
  return { table, columns: columns.map((column) => ({ ...column, writer: writerOf(column.type) })) }
}

/**
 * Rows as blocks of ClickHouse's Native format, each to be written after the one before; other work can be done between
 * two. A member that a row does not have is null, or fails in the writer.
 */
export function* encodeRows(layout: Layout, rows: readonly object[]): Generator<Buffer> {
  for (let start = 0; start < rows.length; start += BLOCK_ROWS)
    yield encodeBlock(layout, rows.slice(start, start + BLOCK_ROWS))
}

function encodeBlock({ columns }: Layout, rows: readonly object[]): Buffer {
  const out = new Output()
  out.varint(columns.length)
  out.varint(rows.length)
  const records = rows as readonly Readonly<Record<string, unknown>>[]
  for (const { name, writer } of columns) {
    out.text(name)
    out.text(writer.type)
    const values = new Array<unknown>(records.length)
    for (let index = 0; index < records.length; index++) values[index] = records[index]?.[name]
    writer.write(out, values)
  }
  return out.bytes()
}
