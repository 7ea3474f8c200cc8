import { open } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Block } from '../../store/native/block.ts'
import { generatorFor, openSimulation } from '../simulation.ts'
import type { WorkerInput, WorkerOrder, WorkerReport } from './worker.ts'

/** Rows made and encoded in one go: as many as stay in the young generation. */
const STEP_VISITS = 1_000

// The thread's parent made both, so the types are right.
const { settings, table, columns } = workerData as WorkerInput
const simulation = openSimulation(settings)
const block = new Block({ table, columns })

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
