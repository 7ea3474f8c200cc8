import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { IngestAnswer } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { CollectorError } from '../error.ts'
import type { Batch } from './intake.ts'

/** A batch is remembered this long: a sender that was away longer than this is not expected back with it. */
export const REMEMBERED_MS = 7 * 86_400_000
/** Batches remembered at most, 100 bytes each. */
const BATCHES_MAX_COUNT = 5_000_000

/** One file of rows for one table, and the token under which it is inserted. */
export interface Part {
  readonly table: string
  readonly columns: readonly string[]
  readonly file: string
  readonly token: string
}

/** A batch and what its sender is told when it is stored. */
export type Answered = Pick<Batch, 'id' | 'answer'>

/** Batches that go into the store in one step. */
export interface Gather {
  readonly id: number
  readonly parts: readonly Part[]
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS gathers (
    id INTEGER PRIMARY KEY,
    parts TEXT NOT NULL,
    stored INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS batches (
    id BLOB PRIMARY KEY,
    gather INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    answer TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS batches_by_gather ON batches (gather);
`

const isAnswer = Compile(IngestAnswer)

/**
 * On disk: which batches went into the store together, and what was answered. After a crash it tells what was under way; a
 * batch that comes again is answered from here.
 */
export class Journal {
  readonly #db: DatabaseSync
  readonly #find: StatementSync
  readonly #keep: StatementSync
  #count: number

  /** @param file path of the SQLite file. Throws when it cannot be opened. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: 0 })
    this.#db.exec(SCHEMA)
    this.#find = this.#db.prepare(
      'SELECT accepted, answer, stored FROM batches JOIN gathers ON gathers.id = gather WHERE batches.id = ?',
    )
    this.#keep = this.#db.prepare(
      'INSERT OR IGNORE INTO batches (id, gather, accepted, answer) VALUES (?, ?, ?, ?)',
    )
    this.#count = numberOf(this.#db.prepare('SELECT count(*) AS n FROM batches').get(), 'n')
  }

  /** The answer to a batch and whether the store has it; `null`: never seen, or too long ago. */
  find(id: string): { readonly answer: IngestAnswer; readonly stored: boolean } | null {
    const row = this.#find.get(Buffer.from(id, 'hex'))
    if (row === undefined) return null
    const accepted = numberOf(row, 'accepted')
    const stored = numberOf(row, 'stored') === 1
    if (typeof row.answer !== 'string') return { answer: { accepted, rejected: 0, errors: [] }, stored }
    const answer: unknown = JSON.parse(row.answer)
    if (!isAnswer.Check(answer))
      throw new CollectorError('JOURNAL_DAMAGED', 'an answer in the journal is none')
    return { answer, stored }
  }

  /** The id the next gather will have; never one that was given before. */
  nextId(): number {
    return numberOf(this.#db.prepare('SELECT ifnull(max(id), 0) + 1 AS n FROM gathers').get(), 'n')
  }

  /** Keeps a gather and its batches, in one step. From here on it will be stored. */
  open(gather: Gather, batches: readonly Answered[], nowMs: number) {
    this.#inTransaction(() => {
      this.#db
        .prepare('INSERT INTO gathers (id, parts, stored, at_ms) VALUES (?, ?, 0, ?)')
        .run(gather.id, JSON.stringify(gather.parts), nowMs)
      for (const { id, answer } of batches) {
        const text = answer.rejected === 0 ? null : JSON.stringify(answer)
        this.#keep.run(Buffer.from(id, 'hex'), gather.id, answer.accepted, text)
      }
    })
    this.#count += batches.length
  }

  /** The store has it. */
  settle({ id }: Gather) {
    this.#db.prepare('UPDATE gathers SET stored = 1 WHERE id = ?').run(id)
  }

  /** Gathers of which it is not known whether the store has them, oldest first. */
  pending(): Gather[] {
    return this.#db
      .prepare('SELECT id, parts FROM gathers WHERE stored = 0 ORDER BY id')
      .all()
      .map((row) => ({ id: numberOf(row, 'id'), parts: JSON.parse(String(row.parts)) as Part[] }))
  }

  /** Forgets what is too old, and the oldest of too many; a little at a time. The newest gather stays, for its id. */
  forget(nowMs: number) {
    const oldest = this.#db
      .prepare(
        'SELECT id, at_ms FROM gathers WHERE stored = 1 AND id < (SELECT max(id) FROM gathers) ORDER BY id LIMIT 10',
      )
      .all()
    for (const row of oldest) {
      const tooOld = numberOf(row, 'at_ms') < nowMs - REMEMBERED_MS
      if (!tooOld && this.#count <= BATCHES_MAX_COUNT) return
      this.#inTransaction(() => {
        const id = numberOf(row, 'id')
        const { changes } = this.#db.prepare('DELETE FROM batches WHERE gather = ?').run(id)
        this.#db.prepare('DELETE FROM gathers WHERE id = ?').run(id)
        this.#count -= Number(changes)
      })
    }
  }

  close() {
    this.#db.close()
  }

  #inTransaction(work: () => void) {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }
}

function numberOf(row: Record<string, unknown> | undefined, column: string): number {
  const value = row?.[column]
  return typeof value === 'number' ? value : 0
}
