import { hash, share } from './random.ts'

/** When who goes where: an agent at a time, evenly, round after round, for ever, counted since 1970. */
export interface Schedule {
  readonly seed: number
  /** From one visit to the next; a visit is two runs. */
  readonly interval_ms: number
  /** Agents in the order in which they go. */
  readonly order: Uint32Array
}

/** One visit of one agent. */
export interface Visit {
  readonly index: number
  readonly agent: number
  readonly at_ms: number
}

/** `rate`: runs a second, all agents together. */
export function makeSchedule(seed: number, rate: number, agents: number): Schedule {
  const order = Uint32Array.from({ length: agents }, (_, index) => index)
  for (let index = agents - 1; index > 0; index--) {
    const other = hash(seed, index, 0x0bde) % (index + 1)
    const swapped = order[index] ?? 0
    order[index] = order[other] ?? 0
    order[other] = swapped
  }
  return { seed, interval_ms: 2_000 / rate, order }
}

/** The visit of that number. */
export function visitOf({ seed, interval_ms, order }: Schedule, index: number): Visit {
  const jitter = share(seed, index >>> 0, Math.floor(index / 0x1_0000_0000), 0x71)
  const agent = order[index % order.length] ?? 0
  return { index, agent, at_ms: Math.floor((index + jitter) * interval_ms) }
}

/** The first visit that cannot be before `ms`. */
export function firstVisitFrom({ interval_ms }: Schedule, ms: number): number {
  return Math.ceil(ms / interval_ms)
}
