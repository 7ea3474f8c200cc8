import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../store/store.ts'
import { type Portion, portionsOf, type Simulation } from '../simulation.ts'
import type { Resume } from './resume.ts'
import { RowBlock } from './row_block.ts'
import type { TruthBook } from './truth.ts'
import { RowWriter } from './worker.ts'

/** Visits of one insert, 200,000 rows: an hour and more at a fleet's rate, so that a part holds one day, well sorted. */
const INSERT_VISITS = 100_000
const TABLE = 'measurements'
/** The store inserts over two connections; more threads would wait for them. */
const THREADS_MAX = 2

/** Where rows go, and who is told. */
export interface StraightDeps {
  readonly store: Store
  /** For the files between the threads and the engine; two for each thread at most. */
  readonly tempDir: string
  readonly truth: TruthBook
  readonly resume: Resume | null
  /** Rows stored so far. */
  readonly tell: (rows: number) => void
  /** Visits of one insert. */
  readonly insertVisits?: number
}

/**
 * Makes the rows of `visits` in threads and has the embedded engine read them from files. Resolves to the number of rows.
 * Inserts are named by their visits, so what is stored already is not stored again. Each thread's rows are inserted while it
 * waits: making rows and storing them take about as long, and so every processor has one of the two to do.
 */
export async function deliverStraight(
  simulation: Simulation,
  visits: Portion,
  deps: StraightDeps,
): Promise<number> {
  const { store, tempDir, truth, resume, tell, insertVisits = INSERT_VISITS } = deps
  await mkdir(tempDir, { recursive: true })
  const portions = portionsLeft(visits, insertVisits, resume)
  let stored = 0

  const storePortion = async (writer: RowWriter, portion: Portion) => {
    const file = join(tempDir, `simulate-${portion.first}.native`)
    try {
      resume?.begin(portion)
      const { rows, occurrences, touched } = await writer.write({ portion, file })
      const token = `simulate-${simulation.fingerprint}-${portion.first}-${portion.last}`
      await store.insertFile(TABLE, RowBlock.names, file, token)
      resume?.done(portion)
      stored += rows
      truth.add(occurrences, touched)
      tell(stored)
    } finally {
      await rm(file, { force: true })
    }
  }
  const work = async () => {
    const writer = new RowWriter({ settings: simulation.settings })
    try {
      for (const portion of portions) await storePortion(writer, portion)
    } finally {
      await writer.close()
    }
  }
  await allOrFirstFailure(Array.from({ length: Math.min(THREADS_MAX, availableParallelism()) }, work))
  truth.writeUntil(Infinity)
  return stored
}

/** First those that were begun and perhaps not stored, then the rest. The threads share it. */
function* portionsLeft(visits: Portion, size: number, resume: Resume | null) {
  yield* [...(resume?.open ?? [])]
  yield* portionsOf({ ...visits, first: Math.max(visits.first, resume?.next ?? 0) }, size)
}

/** Waits for all of them, also when one fails, and then fails as the first did. */
async function allOrFirstFailure(work: readonly Promise<void>[]) {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
