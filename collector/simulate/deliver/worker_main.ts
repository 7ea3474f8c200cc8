import { open } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { generatorFor, openSimulation } from '../simulation.ts'
import { ROOM, RowBlock } from './row_block.ts'
import type { WorkerInput, WorkerOrder, WorkerReport } from './worker.ts'

/** Two rows a visit fill a block. */
const STEP_VISITS = ROOM / 2

// The thread's parent made it, so the type is right.
const { settings } = workerData as WorkerInput
const simulation = openSimulation(settings)
const block = new RowBlock()

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
      block.add(made)
      await handle.writev(block.bytes())
      block.empty()
    }
  } finally {
    await handle.close()
  }
  return { rows, occurrences, touched: generator.takeTouched() }
}
