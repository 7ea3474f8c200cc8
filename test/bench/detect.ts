import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { tell } from './detect/tell.ts'
import type { Outcome, Task } from './detect/world.ts'
import { roundMsOf } from './detect/world.ts'

/**
 * How well detection finds what is scripted in simulated worlds, one of each seed: fourteen days, of which the first two are for
 * learning, then sixty incidents of every scope. A round is the time in which each agent makes one visit of two runs.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '6' },
    days: { type: 'string', default: '14' },
    incidents: { type: 'string', default: '60' },
    agents: { type: 'string', default: '500' },
    nodes: { type: 'string', default: '300' },
    /** Runs a second. */
    rate: { type: 'string', default: '5' },
    /** Worlds that are watched at once. */
    workers: { type: 'string', default: '2' },
  },
})
const tasks = Array.from(
  { length: Number(values.seeds) },
  (_, index): Task => ({
    seed: index + 1,
    size: { agents: Number(values.agents), nodes: Number(values.nodes) },
    rate: Number(values.rate),
    days: Number(values.days),
    learningDays: 2,
    incidents: Number(values.incidents),
  }),
)
const waiting = [...tasks]
const outcomes: Outcome[] = []
await Promise.all(Array.from({ length: Number(values.workers) }, () => work()))
outcomes.sort((a, b) => a.task.seed - b.task.seed)
const [first] = tasks
if (first !== undefined) tell(outcomes, roundMsOf(first))

async function work() {
  for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
    const outcome = await watched(task)
    outcomes.push(outcome)
    const { judged, false_ones } = outcome
    const found = judged.filter((one) => one.found).length
    console.error(`seed ${task.seed}: ${found} of ${judged.length} found, ${false_ones.length} false`)
  }
}

function watched(task: Task): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const worker = new Worker(new URL('./detect/watcher.ts', import.meta.url), { workerData: task })
  worker.once('message', resolve).once('error', reject)
  worker.once('exit', (code) => reject(new Error(`the watcher of seed ${task.seed} ended with ${code}`)))
  return promise
}
