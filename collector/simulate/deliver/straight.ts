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
 * Inserts are named by their visits, so what is stored already is not stored again.
 */
export async function deliverStraight(
  simulation: Simulation,
  visits: Portion,
  deps: StraightDeps,
): Promise<number> {
  const { store, tempDir, truth, resume, insertVisits = INSERT_VISITS } = deps
  await mkdir(tempDir, { recursive: true })
  const input = { settings: simulation.settings }
  const writers = Array.from({ length: Math.min(4, availableParallelism()) }, () => new RowWriter(input))
  const fileOf = ({ first }: Portion) => join(tempDir, `simulate-${first}.native`)
  const write = (writer: RowWriter, portion: Portion) => {
    const report = writer.write({ portion, file: fileOf(portion) })
    // Looked at when its turn comes; until then its failure is nobody's surprise.
    report.catch(() => {})
    return { writer, portion, report }
  }

  const portions = portionsOf(visits, insertVisits)
  const underWay: ReturnType<typeof write>[] = []
  const begin = (writer: RowWriter) => {
    const { value, done } = portions.next()
    if (done !== true) underWay.push(write(writer, value))
  }
  let stored = 0
  try {
    for (const writer of writers) begin(writer)
    for (let next = underWay.shift(); next !== undefined; next = underWay.shift()) {
      const { portion, writer, report } = next
      const { rows, occurrences, touched } = await report
      begin(writer)
      const token = `simulate-${simulation.fingerprint}-${portion.first}-${portion.last}`
      await store.insertFile(TABLE, RowBlock.names, fileOf(portion), token)
      await rm(fileOf(portion), { force: true })
      stored += rows
      truth.add(occurrences, touched)
      resume?.done(portion)
      deps.tell(stored)
    }
  } finally {
    await Promise.all(writers.map((writer) => writer.close()))
    for (const { portion } of underWay) await rm(fileOf(portion), { force: true })
  }
  truth.writeUntil(Infinity)
  return stored
}
