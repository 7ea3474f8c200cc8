import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Measurement, Target } from '@streamgauge/contract'
import { aTarget } from './measurement.ts'

/** A run in a process of its own, and how much the process grew by at most, resident. */
export interface MeasuredRun {
  readonly m: Measurement
  readonly growth_mb: number
}

/** Makes a run in a process of its own, after one that warms it up against a port where nobody is. */
export async function runApart(
  t: TestContext,
  target: Partial<Target>,
  duration_ms: number,
): Promise<MeasuredRun> {
  const child = fork(fileURLToPath(import.meta.resolve('./memory_child.ts')), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  t.after(() => void child.kill('SIGKILL'))
  child.send({ target: aTarget(target), duration_ms })
  const [told] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code, signal]) => {
      throw new Error(`the process ended (${code ?? signal}) before its run did`)
    }),
  ])
  return told
}
