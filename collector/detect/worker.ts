// The thread detection runs in: what a round costs holds nobody up.
import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, Order } from './messages.ts'
import { Watch } from './watch.ts'

const port = parentPort
if (port === null) throw new Error('this file is a worker thread')
const watch = new Watch(workerData.roundMs, workerData.objectives)

port.on('message', ({ id, order }: { id: number; order: Order }) => {
  try {
    port.postMessage({ id, answer: carryOut(order) })
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
})

function carryOut(order: Order): Answer {
  switch (order.name) {
    case 'adopt':
      watch.adopt(order.incidents, order.now_ms)
      return {}
    case 'learn':
      watch.learn(order.text, order.to_ms, order.incidents)
      return {}
    case 'learnt':
      watch.learnt(order.now_ms)
      return {}
    case 'observe':
      return { newest_ms: watch.observe(order.text) }
    case 'end':
      return { report: watch.endRound(order.now_ms) }
  }
}
