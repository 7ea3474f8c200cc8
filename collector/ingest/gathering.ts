import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { IngestAnswer } from '@streamgauge/contract'
import { monotonic, type Now } from '../clock.ts'
import { CollectorError, codeOf, messageOf, StartError } from '../error.ts'
import { encodeRows, type Layout } from '../store/native/layout.ts'
import { type Batch, type Intake, parts } from './intake.ts'
import { type Gather, Journal, type Part } from './journal.ts'

/** Rows of one insert, at most (and one batch more); larger ones are hardly faster. */
const GATHER_ROWS = 20_000
/** Rows that may wait; a batch that comes then is turned away. */
const WAITING_ROWS_MAX = 60_000
/** Inserts begin at least this far apart, so that small batches share one, and the engine has few parts to merge. */
const GATHER_MS = 200
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
  /** Inserts one file under its token; again under the same token stores nothing. */
  readonly insertFile: (part: Part) => Promise<void>
  readonly now: Now
  readonly warn: (details: object, message: string) => void
}

interface Entry {
  readonly batch: Batch
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Intake for the embedded engine: batches that come close together are written to a file, noted in the journal and inserted
 * in one statement. Acknowledged is stored; what was under way in a crash is inserted again at the next start, under
 * the same token.
 */
export class Gathering implements Intake {
  readonly #deps: GatheringDeps
  readonly #journal: Journal
  #entries: Entry[] = []
  #rows = 0
  #running: Promise<void> | null = null
  /** Noted in the journal and not in the store, as far as is known. Nothing new is taken meanwhile. */
  #stuck: Gather[]
  /** In the store; the journal could not be told yet. */
  #unsettled: Gather[] = []
  #nextId: number
  #lastStart = Number.NEGATIVE_INFINITY
  readonly #closing = new AbortController()

  /** Opens the journal in `folder` and begins to insert what a crash left there. Throws `DATA_DIR_UNWRITABLE`. */
  constructor(deps: GatheringDeps) {
    this.#deps = deps
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
    return this.#entries.length
  }

  get full(): boolean {
    return this.#stuck.length > 0 || this.#rows >= WAITING_ROWS_MAX
  }

  recall(id: string): IngestAnswer | null {
    const known = this.#journal.find(id)
    if (known === null) return null
    if (!known.stored) throw away()
    return known.answer
  }

  put(batch: Batch): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(away())
    if (this.#stuck.length > 0) return Promise.reject(away())
    if (this.#rows >= WAITING_ROWS_MAX) return Promise.reject(busy())
    return new Promise((resolve, reject) => {
      this.#entries.push({ batch, resolve, reject })
      this.#rows += weightOf(batch)
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
      if (this.#entries.length > 0) this.#start(() => this.#drain())
    })
  }

  async #drain() {
    while (this.#entries.length > 0) {
      await this.#linger()
      await this.#store(this.#take())
      if (this.#stuck.length > 0) await this.#unstick()
    }
  }

  /** Waits for company: until enough rows are there, or it is time. */
  async #linger() {
    const due = Math.max(this.#lastStart + GATHER_MS, monotonic() + LINGER_MS)
    while (this.#rows < GATHER_ROWS && monotonic() < due && !this.#closing.signal.aborted) await sleep(5)
    this.#lastStart = monotonic()
  }

  #take(): Entry[] {
    let count = 0
    let rows = 0
    for (const { batch } of this.#entries) {
      if (rows >= GATHER_ROWS) break
      rows += weightOf(batch)
      count++
    }
    this.#rows -= rows
    return this.#entries.splice(0, count)
  }

  async #store(entries: readonly Entry[]) {
    const batches = entries.map((entry) => entry.batch)
    let gather: Gather
    try {
      gather = await this.#note(batches)
    } catch (error) {
      this.#deps.warn({ err: error }, 'batches could not be written to the journal; senders keep them')
      for (const { reject } of entries) reject(unwritable(error))
      return
    }
    try {
      await this.#insert(gather)
    } catch (error) {
      this.#deps.warn(
        { err: error },
        'the store does not take measurements; what is in the journal is tried again',
      )
      this.#stuck = [gather]
      for (const { reject } of entries) reject(away(error))
      this.#turnAwayAll()
      return
    }
    for (const { resolve } of entries) resolve()
  }

  /** Writes the rows to files, then notes the gather: only then does it exist. */
  async #note(batches: readonly Batch[]): Promise<Gather> {
    const id = this.#nextId++
    const written: Part[] = []
    try {
      for (const layout of this.#deps.layouts) {
        const rows = batches.flatMap(rowsFor(layout.table))
        if (rows.length > 0) written.push(await this.#write(id, layout, rows))
      }
      const gather = { id, parts: written }
      this.#journal.open(gather, batches, this.#deps.now())
      return gather
    } catch (error) {
      for (const { file } of written) await rm(this.#path(file), { force: true })
      throw error
    }
  }

  async #write(id: number, layout: Layout, rows: readonly object[]): Promise<Part> {
    const file = `${id}.${layout.table}.native`
    const handle = await open(this.#path(file), 'w')
    try {
      for (const block of encodeRows(layout, rows)) {
        await handle.writeFile(block)
        await setImmediate()
      }
    } catch (error) {
      await rm(this.#path(file), { force: true })
      throw error
    } finally {
      await handle.close()
    }
    const columns = layout.columns.map(({ name }) => name)
    return { table: layout.table, columns, file, token: `gather-${this.#deps.now()}-${id}-${layout.table}` }
  }

  async #insert(gather: Gather) {
    for (const part of gather.parts) await this.#deps.insertFile({ ...part, file: this.#path(part.file) })
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
        await this.#insert(gather)
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

  #turnAwayAll() {
    const entries = this.#entries.splice(0)
    this.#rows = 0
    for (const { reject } of entries) reject(away())
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

function weightOf({ rows, letters }: Batch): number {
  return rows.length + letters.length
}

function rowsFor(table: string): (batch: Batch) => readonly object[] {
  const part = Object.entries(parts).find(([name]) => name === table)
  if (part === undefined) throw new TypeError(`no part of a batch goes into ${table}`)
  return part[1]
}

function busy(): CollectorError {
  return new CollectorError('BUSY', 'too many measurements wait for the store; send this batch again later', {
    status: 503,
    retryAfterS: 2,
  })
}

function away(cause?: unknown): CollectorError {
  const message = 'the store does not take measurements now; send this batch again later'
  return new CollectorError('STORE_UNAVAILABLE', message, { status: 503, retryAfterS: 5, cause })
}

function unwritable(cause: unknown): CollectorError {
  if (codeOf(cause) !== 'ENOSPC' && !/disk is full/.test(messageOf(cause))) return away(cause)
  const message = 'the collector has no room on its disk; send this batch again later'
  return new CollectorError('DISK_FULL', message, { status: 503, retryAfterS: 30, cause })
}
