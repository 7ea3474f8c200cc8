import type { Assignment } from '@streamgauge/contract'
import { utcNow } from '../clock.ts'
import type { Outbox } from '../outbox/outbox.ts'

/** Counts the bytes each assignment has received this UTC day; the count survives a restart. */
export class Budget {
  readonly #outbox: Outbox
  readonly #today: () => string

  /** @param today the UTC day, `2026-11-22` */
  constructor(outbox: Outbox, today: () => string = () => utcNow().slice(0, 10)) {
    this.#outbox = outbox
    this.#today = today
  }

  /** Whether this assignment may not receive any more today. */
  spent(assignment: Assignment): boolean {
    const { budget_bytes_per_day } = assignment
    return budget_bytes_per_day !== null && this.#used(assignment) >= budget_bytes_per_day
  }

  /** Counts what a run received. */
  add(assignment: Assignment, bytes: number): void {
    if (assignment.budget_bytes_per_day === null) return
    this.#outbox.remember(nameOf(assignment), `${this.#today()} ${this.#used(assignment) + bytes}`)
  }

  #used(assignment: Assignment): number {
    const [day, bytes] = (this.#outbox.recall(nameOf(assignment)) ?? '').split(' ')
    return day === this.#today() ? Number(bytes) : 0
  }
}

function nameOf(assignment: Assignment): string {
  return `budget:${assignment.assignment_id}`
}
