// The thread steering works out costs in: a hundred thousand pairs of cell and node hold nobody up.
import { workerData } from 'node:worker_threads'
import { carryOutOrders } from '../thread.ts'
import type { Answer, Order } from './messages.ts'
import { readRecent } from './row.ts'
import { byDistance } from './shown.ts'
import { type Candidate, World } from './world.ts'

/** More nodes than viewers are told of are of no use. */
const OPTIONS_MAX = 8

const world = new World(workerData.fleet, workerData.rules)
carryOutOrders(carryOut)

function carryOut({ text, incidents, now_ms, said, positions, nearest }: Order): Answer {
  const { rows, newest_ms } = readRecent(text)
  const sentTo = (cell: string) => {
    const node = positions.get(cell)
    return node === undefined ? [] : [node]
  }
  const choices = world.step(rows, incidents, now_ms, said, sentTo).map((choice) => {
    const wanted = new Set<Candidate | undefined>([
      ...choice.options.slice(0, OPTIONS_MAX),
      ...(nearest ? choice.options.toSorted(byDistance).slice(0, OPTIONS_MAX) : []),
      choice.options.find(({ node_id }) => node_id === positions.get(choice.cell)),
      choice.options.find(({ node_id }) => node_id === choice.pin),
    ])
    return { ...choice, options: choice.options.filter((option) => wanted.has(option)) }
  })
  return { choices, newest_ms }
}
