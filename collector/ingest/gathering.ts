import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { IngestAnswer } from '@streamgauge/contract'
import { monotonic, type Now } from '../clock.ts'
import { messageOf, StartError } from '../error.ts'
import type { Layout } from '../store/native/block.ts'
import type { Batch, Intake } from './intake.ts'
import { type Gather, Journal, type Part } from './journal.ts'
import { Pool } from './pool.ts'
import { away, busy, unwritable } from './refusal.ts'

/** Rows of one insert, at most (and one batch more); larger ones are hardly faster. */
const GATHER_ROWS = 20_000
/** Rows that may wait; a batch that comes then is turned away. */
const WAITING_ROWS_MAX = 60_000
/** Inserts begin at least this far apart, so that small batches share one, and the engine has few parts to merge. */
const GATHER_MS = 200
/** While few rows come, the engine inserts for at most one part in so many of the time, and none waits longer than this for it. */
const FEW_ROWS = 500
const FEW_PART = 8
const FEW_MOST_MS = 1_000
/** How long the first batch after a pause waits for others. */
const LINGER_MS = 20
const RETRY_FIRST_MS = 500
const RETRY_MOST_MS = 10_000
/** Old batches are forgotten once in so many gathers. */
const FORGET_EVERY = 50

/** What gathering needs of the rest. */
export interface GatheringDeps {
  readonly folder: string
  readonly layouts: readonly Layout[]
  /** Inserts one file under its token. */
  readonly insertFile: (part: Part) => Promise<void>
  /** Inserts what of a file is not stored, after an insert of it that failed or was cut off. */
  readonly insertAgain: (part: Part) => Promise<void>
  readonly now: Now
  readonly warn: (details: object, message: string) => void
}

/**
 * Intake for the embedded engine: batches that come close together are written to a file, noted in the journal and inserted
 * in one statement. Acknowledged is stored; what was under way in a crash is looked for at the next start, row by row, and what
 * is missing is inserted.
 */
export class Gathering implements Intake {
  readonly #deps: GatheringDeps
  readonly #journal: Journal
  /** What comes now, and room for the next while it is being stored. */
  #open: Pool
  #spare: Pool
  #running: Promise<void> | null = null
  /** Noted in the journal and not in the store, as far as is known. Nothing new is taken meanwhile. */
  #stuck: Gather[]
  /** In the store; the journal could not be told yet. */
  #unsettled: Gather[] = []
  #nextId: number
  #lastStart = Number.NEGATIVE_INFINITY
  /** What the last insert took. */
  #lastTook = 0
  readonly #closing = new AbortController()

  /** Opens the journal in `folder` and begins to insert what a crash left there. Throws `DATA_DIR_UNWRITABLE`. */
  constructor(deps: GatheringDeps) {
    this.#deps = deps
    this.#open = new Pool(deps.layouts)
    this.#spare = new Pool(deps.layouts)
    try {
      mkdirSync(deps.folder, { recursive: true })
      this.#journal = new Journal(join(deps.folder, 'journal.sqlite'))
    } catch (error) {
      throw new StartError('DATA_DIR_UNWRITABLE', `cannot write ${deps.folder}: ${messageOf(error)}`, error)
    }
    this.#nextId = this.#journal.nextId()
    this.#stuck = this.#journal.pending()
    this.#sweep()
    if (this.#stuck.length > 0) this.#start(() => this.#unstick())
  }

  get waiting(): number {
    return this.#open.entries.length
  }

  get full(): boolean {
    return this.#stuck.length > 0 || this.#open.rows >= WAITING_ROWS_MAX
  }

  recall(id: string): IngestAnswer | null {
    const known = this.#journal.find(id)
    if (known === null) return null
    if (!known.stored) throw away()
    return known.answer
  }

  put(batch: Batch): Promise<void> {
    if (this.#closing.signal.aborted || this.#stuck.length > 0) return Promise.reject(away())
    if (this.#open.rows >= WAITING_ROWS_MAX) return Promise.reject(busy())
    return new Promise((resolve, reject) => {
      try {
        this.#open.add(batch, { id: batch.id, answer: batch.answer, resolve, reject })
      } catch (error) {
        this.#turnAway(error)
        throw error
      }
      this.#start(() => this.#drain())
    })
  }

  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.idle()
    this.#journal.close()
  }

  #start(work: () => Promise<void>) {
    this.#running ??= work().finally(() => {
      this.#running = null
      if (this.#open.entries.length > 0) this.#start(() => this.#drain())
    })
  }

  async #drain() {
    while (this.#open.entries.length > 0) {
      await this.#linger()
      const pool = this.#open
      if (pool.entries.length === 0) return
      this.#open = this.#spare
      await this.#store(pool)
      pool.empty()
      this.#spare = pool
      if (this.#stuck.length > 0) await this.#unstick()
    }
  }

  /** Waits for company: until enough rows are there, or it is time; longer while there are few, and each insert is dear. */
  async #linger() {
    const due = Math.max(this.#lastStart + GATHER_MS, monotonic() + LINGER_MS)
    const dueOfFew = Math.max(due, this.#lastStart + Math.min(FEW_MOST_MS, FEW_PART * this.#lastTook))
    const waits = () => {
      const { rows } = this.#open
      return rows < GATHER_ROWS && monotonic() < (rows < FEW_ROWS ? dueOfFew : due)
    }
    while (waits() && !this.#closing.signal.aborted) await sleep(5)
    this.#lastStart = monotonic()
  }

  async #store(pool: Pool) {
    const { entries } = pool
    let gather: Gather
    try {
      gather = this.#note(pool)
    } catch (error) {
      this.#deps.warn({ err: error }, 'batches could not be written to the journal; senders keep them')
      for (const { reject } of entries) reject(unwritable(error))
      return
    }
    try {
      await this.#insert(gather, this.#deps.insertFile)
    } catch (error) {
      this.#deps.warn({ err: error }, 'the store does not take measurements; what is noted is tried again')
      this.#stuck = [gather]
      for (const { reject } of entries) reject(away(error))
      this.#turnAway(error)
      return
    }
    for (const { resolve } of entries) resolve()
  }

  /** Writes the rows to files, then notes the gather: only then does it exist. */
  #note(pool: Pool): Gather {
    const id = this.#nextId++
    const written = pool.write((table) => this.#path(`${id}.${table}.native`))
    const gather = {
      id,
      parts: written.map(({ layout, file }) => ({
        table: layout.table,
        columns: layout.columns.map(({ name }) => name),
        file: basename(file),
        token: `gather-${this.#deps.now()}-${id}-${layout.table}`,
      })),
    }
    try {
      this.#journal.open(gather, pool.entries, this.#deps.now())
    } catch (error) {
      for (const { file } of written) rmSync(file, { force: true })
      throw error
    }
    return gather
  }

  async #insert(gather: Gather, insert: (part: Part) => Promise<void>) {
    const began = monotonic()
    for (const part of gather.parts) await insert({ ...part, file: this.#path(part.file) })
    this.#lastTook = monotonic() - began
    this.#unsettled.push(gather)
    this.#settle()
  }

  /** Tells the journal what the store has. When that fails, the store has it still, and the journal is told later. */
  #settle() {
    try {
      for (let gather = this.#unsettled[0]; gather !== undefined; gather = this.#unsettled[0]) {
        this.#journal.settle(gather)
        this.#unsettled.shift()
        for (const { file } of gather.parts) void rm(this.#path(file), { force: true }).catch(() => {})
        if (gather.id % FORGET_EVERY === 0) this.#journal.forget(this.#deps.now())
      }
    } catch (error) {
      this.#deps.warn({ err: error }, 'the journal could not be written')
    }
  }

  /** Inserts what is stuck, for as long as it takes. */
  async #unstick() {
    let pause = RETRY_FIRST_MS
    for (let gather = this.#stuck[0]; gather !== undefined; gather = this.#stuck[0]) {
      try {
        await this.#insert(gather, this.#deps.insertAgain)
        this.#stuck = this.#stuck.slice(1)
        pause = RETRY_FIRST_MS
      } catch (error) {
        this.#deps.warn({ err: error, gather: gather.id }, 'the store still does not take measurements')
        if (this.#closing.signal.aborted) return
        await sleep(pause, null, { signal: this.#closing.signal }).catch(() => {})
        pause = Math.min(pause * 2, RETRY_MOST_MS)
      }
    }
  }

  /** Turns away what has come meanwhile; senders keep it. */
  #turnAway(cause: unknown) {
    const { entries } = this.#open
    this.#open = new Pool(this.#deps.layouts)
    for (const { reject } of entries) reject(away(cause))
  }

  /** Deletes files that a crash left before they were noted. */
  #sweep() {
    const noted = new Set(this.#stuck.flatMap((gather) => gather.parts.map((part) => part.file)))
    for (const file of readdirSync(this.#deps.folder))
      if (file.endsWith('.native') && !noted.has(file)) rmSync(this.#path(file), { force: true })
  }

  #path(file: string): string {
    return join(this.#deps.folder, file)
  }
}
