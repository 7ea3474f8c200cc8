import { DatabaseSync } from 'node:sqlite'
import type { Measurement } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'

/** Measurements on their way; the same `key` always stands for the same `lines`. */
export interface Batch {
  readonly key: string
  /** One JSON record each. */
  readonly lines: readonly string[]
}

/** Why the collector would not have a record. */
export interface Refusal {
  /** Index into the batch's `lines`. */
  readonly index: number
  readonly reason: string
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS waiting (
    seq INTEGER PRIMARY KEY,
    measurement_id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    batch_key TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS waiting_by_batch ON waiting (batch_key) WHERE batch_key IS NOT NULL;
  CREATE TABLE IF NOT EXISTS refused (
    seq INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`

/** Refused records kept for a person to look at; beyond that the oldest go. */
const REFUSED_MAX = 1_000

/**
 * Measurements on disk until the collector has them. A record is written before anything is sent, and leaves
 * only when the collector has answered for it; which records share a batch, and its key, is on disk too, so a
 * batch repeated after a crash is the same batch.
 */
export class Outbox {
  readonly #db: DatabaseSync

  /** @param file path of the SQLite file, or `:memory:`. @throws when the folder cannot be written */
  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(SCHEMA)
  }

  /** Keeps a measurement; a second one of the same id changes nothing. */
  put(measurement: Measurement): void {
    this.#db
      .prepare('INSERT OR IGNORE INTO waiting (measurement_id, body) VALUES (?, ?)')
      .run(measurement.measurement_id, JSON.stringify(measurement))
  }

  /** How many wait. */
  count(): number {
    return numberOf(this.#db.prepare('SELECT count(*) AS n FROM waiting').get(), 'n')
  }

  /** The batch to send next: the one that was under way, else the oldest `most` records under a new key; `null`: empty. */
  next(most: number): Batch | null {
    const open = this.#db
      .prepare('SELECT batch_key FROM waiting WHERE batch_key IS NOT NULL ORDER BY seq LIMIT 1')
      .get()
    const key = open === undefined ? uuidv7() : textOf(open, 'batch_key')
    if (open === undefined) {
      const taken = this.#db
        .prepare(
          'UPDATE waiting SET batch_key = ? WHERE seq IN (SELECT seq FROM waiting ORDER BY seq LIMIT ?)',
        )
        .run(key, most)
      if (taken.changes === 0) return null
    }
    const rows = this.#db.prepare('SELECT body FROM waiting WHERE batch_key = ? ORDER BY seq').all(key)
    return { key, lines: rows.map((row) => textOf(row, 'body')) }
  }

  /** The collector has answered for this batch: what it refused is set aside, the rest is gone. */
  settle(batch: Batch, refused: readonly Refusal[]): void {
    this.#inTransaction(() => {
      const aside = this.#db.prepare('INSERT INTO refused (body, reason) VALUES (?, ?)')
      for (const { index, reason } of refused) {
        const body = batch.lines[index]
        if (body !== undefined) aside.run(body, reason)
      }
      this.#db.prepare('DELETE FROM waiting WHERE batch_key = ?').run(batch.key)
      this.#db.prepare('DELETE FROM refused WHERE seq <= (SELECT max(seq) FROM refused) - ?').run(REFUSED_MAX)
    })
  }

  /** The batch was too large: its records go back and will be sent in smaller ones. */
  split(batch: Batch): void {
    this.#db.prepare('UPDATE waiting SET batch_key = NULL WHERE batch_key = ?').run(batch.key)
  }

  /** A small text kept across restarts; `null`: never kept. */
  recall(name: string): string | null {
    const row = this.#db.prepare('SELECT value FROM memory WHERE name = ?').get(name)
    return row === undefined ? null : textOf(row, 'value')
  }

  /** Keeps a small text across restarts. */
  remember(name: string, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO memory (name, value) VALUES (?, ?)').run(name, value)
  }

  close(): void {
    this.#db.close()
  }

  #inTransaction(work: () => void): void {
    this.#db.exec('BEGIN')
    try {
      work()
      this.#db.exec('COMMIT')
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    }
  }
}

function textOf(row: Record<string, unknown>, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`the outbox holds no text in ${column}`)
  return value
}

function numberOf(row: Record<string, unknown> | undefined, column: string): number {
  const value = row?.[column]
  return typeof value === 'number' ? value : 0
}
