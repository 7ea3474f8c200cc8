import { open } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { CollectorError } from '../../error.ts'
import { generatorFor, openSimulation, portionsOf } from '../simulation.ts'
import { ROOM, RowBlock } from './row_block.ts'
import type { WorkerInput, WorkerOrder, WorkerReport } from './worker.ts'

/** So few rows are encoded before they are old enough for the garbage collector to move them about. */
const STEP_VISITS = 50

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
  block.empty()
  const flush = async () => {
    const pieces = block.bytes()
    const { bytesWritten } = await handle.writev(pieces)
    // A full disk may take a part and say nothing.
    if (bytesWritten !== pieces.reduce((sum, piece) => sum + piece.length, 0))
      throw new CollectorError('DISK_FULL', `only a part of a block could be written to ${file}`)
    block.empty()
  }
  try {
    for (const step of portionsOf(portion, STEP_VISITS)) {
      const made = generator.rows(step.first, step.last)
      if (block.rows + made.length > ROOM) await flush()
      block.add(made)
      rows += made.length
    }
    await flush()
  } finally {
    await handle.close()
  }
  return { rows, occurrences, touched: generator.takeTouched() }
}
