import { type Message, subjectsOf, type Waiting } from './message.ts'

/** Beyond that nothing new is decided for a receiver: what changes meanwhile is told in fewer messages afterwards. */
const WAITING_MAX_COUNT = 1_000

interface Lane {
  /** By delivery, the oldest first. */
  readonly waiting: Map<string, Waiting>
  /** How many messages are about an incident, or a cell. */
  readonly subjects: Map<string, number>
  rests_until_ms: number
  failures_count: number
}

/** Messages that are neither delivered nor given up, by receiver. */
export class Queue {
  readonly #lanes = new Map<string, Lane>()

  /** Adds a message, or notes how far one has come. */
  put(one: Waiting) {
    const { delivery_id, receiver } = one.message
    const lane = this.#laneOf(receiver)
    const isNew = !lane.waiting.has(delivery_id)
    lane.waiting.set(delivery_id, one)
    if (!isNew) return
    for (const subject of subjectsOf(one.message))
      lane.subjects.set(subject, (lane.subjects.get(subject) ?? 0) + 1)
  }

  /** Takes a message out. */
  remove(message: Message) {
    const lane = this.#laneOf(message.receiver)
    if (!lane.waiting.delete(message.delivery_id)) return
    for (const subject of subjectsOf(message)) {
      const left = (lane.subjects.get(subject) ?? 0) - 1
      if (left > 0) lane.subjects.set(subject, left)
      else lane.subjects.delete(subject)
    }
  }

  /** Whether a message about an incident waits for a receiver. */
  has(receiver: string, incidentId: string): boolean {
    return this.#lanes.get(receiver)?.subjects.has(incidentId) ?? false
  }

  /** Whether a receiver has as many as it may. */
  isFull(receiver: string): boolean {
    return (this.#lanes.get(receiver)?.waiting.size ?? 0) >= WAITING_MAX_COUNT
  }

  /** How many wait for each receiver that ever had one. */
  get sizes(): ReadonlyMap<string, number> {
    return new Map([...this.#lanes].map(([receiver, { waiting }]) => [receiver, waiting.size]))
  }

  /** Leaves a receiver alone for as long as it is said by how often it failed in a row; `null`: it is well. */
  rest(receiver: string, untilMs: ((failures: number) => number) | null): void {
    const lane = this.#laneOf(receiver)
    lane.failures_count = untilMs === null ? 0 : lane.failures_count + 1
    lane.rests_until_ms = untilMs === null ? 0 : untilMs(lane.failures_count)
  }

  /** The next one due that no earlier one about the same has to go before; `null`: none. */
  next(receiver: string, nowMs: number): Waiting | null {
    const lane = this.#lanes.get(receiver)
    if (lane === undefined || lane.rests_until_ms > nowMs) return null
    const before = new Set<string>()
    for (const one of lane.waiting.values()) {
      const subjects = subjectsOf(one.message)
      if (one.next_ms <= nowMs && !subjects.some((subject) => before.has(subject))) return one
      for (const subject of subjects) before.add(subject)
    }
    return null
  }

  #laneOf(receiver: string): Lane {
    const there = this.#lanes.get(receiver)
    if (there !== undefined) return there
    const lane: Lane = { waiting: new Map(), subjects: new Map(), rests_until_ms: 0, failures_count: 0 }
    this.#lanes.set(receiver, lane)
    return lane
  }
}
