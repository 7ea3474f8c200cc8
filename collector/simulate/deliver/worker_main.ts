import { open } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { encodeRows, layoutOf } from '../../store/native/layout.ts'
import { generatorFor, openSimulation } from '../simulation.ts'
import type { WorkerInput, WorkerOrder, WorkerReport } from './worker.ts'

/** Rows made and encoded in one go: as many as stay in the young generation. */
const STEP_VISITS = 1_000

// The thread's parent made both, so the types are right.
const { settings, table, columns } = workerData as WorkerInput
const simulation = openSimulation(settings)
const layout = layoutOf(table, columns)

parentPort?.on('message', ({ portion, file }: WorkerOrder) => {
  make(portion, file).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => parentPort?.postMessage({ error } satisfies WorkerReport),
  )
})

async function make(portion: WorkerOrder['portion'], file: string): Promise<WorkerReport> {
  const { generator, occurrences } = generatorFor(simulation, portion)
  const handle = await open(file, 'w')
  let rows = 0
  try {
    for (let first = portion.first; first < portion.last; first += STEP_VISITS) {
      const made = generator.rows(first, Math.min(first + STEP_VISITS, portion.last))
      rows += made.length
      for (const block of encodeRows(layout, made)) await handle.writeFile(block)
    }
  } finally {
    await handle.close()
  }
  return { rows, occurrences, touched: generator.takeTouched() }
}
