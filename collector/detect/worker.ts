// The thread detection runs in: what a round costs holds nobody up.
import { workerData } from 'node:worker_threads'
import { carryOutOrders } from '../thread.ts'
import type { Answer, Order } from './messages.ts'
import { Watch } from './watch.ts'

const watch = new Watch(workerData.roundMs, workerData.objectives)
carryOutOrders(carryOut)

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
      return { newest_ms: watch.observe(order.text, order.since_ms, order.now_ms) }
    case 'end':
      return { report: watch.endRound(order.now_ms) }
  }
}
