import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import type { IngestAnswer } from '@streamgauge/contract'
import { Block, type Layout } from '../store/native/block.ts'
import { type Batch, parts } from './intake.ts'

/** A batch that waits for the store. */
export interface Entry {
  readonly id: string
  readonly answer: IngestAnswer
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** A table's part of a pool, on disk. */
export interface Written {
  readonly layout: Layout
  readonly file: string
}

/** Batches that wait together: their rows are encoded as they come, so that nothing large is kept of them. */
export class Pool {
  readonly #tables: readonly Table[]
  #entries: Entry[] = []
  #rows = 0

  constructor(layouts: readonly Layout[]) {
    this.#tables = layouts.map((layout) => ({
      layout,
      block: new Block(layout),
      rowsOf: rowsFor(layout.table),
    }))
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** Rows for all tables together. */
  get rows(): number {
    return this.#rows
  }

  /** Throws when a row cannot be encoded; the pool is of no more use then. */
  add(batch: Batch, entry: Entry) {
    for (const { block, rowsOf } of this.#tables) {
      const rows = rowsOf(batch)
      if (rows.length > 0) block.add(rows)
      this.#rows += rows.length
    }
    this.#entries.push(entry)
  }

  /**
   * Writes each table's rows to a file of its own; deletes what it wrote when it fails. At once, some milliseconds for some
   * megabytes: otherwise each step would wait its turn behind the batches that are being decompressed, ten times as long.
   */
  write(pathOf: (table: string) => string): Written[] {
    const filled = this.#tables.filter(({ block }) => block.rows > 0)
    const written = filled.map(({ layout }) => ({ layout, file: pathOf(layout.table) }))
    try {
      for (const { layout, block } of filled) writePieces(pathOf(layout.table), block.bytes())
    } catch (error) {
      for (const { file } of written) rmSync(file, { force: true })
      throw error
    }
    return written
  }

  /** Forgets everything and keeps the room. */
  empty() {
    for (const { block } of this.#tables) block.empty()
    this.#entries = []
    this.#rows = 0
  }
}

interface Table {
  readonly layout: Layout
  readonly block: Block
  readonly rowsOf: (batch: Batch) => readonly object[]
}

function writePieces(file: string, pieces: readonly Buffer[]) {
  const descriptor = openSync(file, 'w')
  try {
    for (const piece of pieces) writeFileSync(descriptor, piece)
  } finally {
    closeSync(descriptor)
  }
}

function rowsFor(table: string): (batch: Batch) => readonly object[] {
  const part = Object.entries(parts).find(([name]) => name === table)
  if (part === undefined) throw new TypeError(`no part of a batch goes into ${table}`)
  return part[1]
}
