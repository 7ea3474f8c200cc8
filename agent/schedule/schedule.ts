import type { Assignment, AssignmentSet } from '@streamgauge/contract'
import cron, { type ScheduledTask } from 'node-cron'
import { offsetOf } from './offset.ts'

/** Runs an assignment once; must not reject. */
export type Runner = (assignment: Assignment) => Promise<void>

interface Entry {
  readonly fingerprint: string
  readonly task: ScheduledTask
  /** Starts waiting for this agent's offset. */
  readonly waiting: Set<NodeJS.Timeout>
}

/** Keeps the cron tasks in step with the assignments; one assignment never overlaps itself. */
export class Schedule {
  readonly #run: Runner
  readonly #entries = new Map<string, Entry>()
  readonly #busy = new Set<string>()
  /** Ticks that came while the run before them was still going. */
  skipped_count = 0

  constructor(run: Runner) {
    this.#run = run
  }

  /**
   * Takes a new set: what is gone stops, what is new starts with a first run at once (after the agent's
   * offset), what is unchanged keeps its rhythm.
   * @returns ids of assignments whose cron expression makes no sense
   */
  replace(set: AssignmentSet): string[] {
    const wanted = new Map(set.assignments.map((assignment) => [assignment.assignment_id, assignment]))
    for (const [id, entry] of this.#entries) {
      const assignment = wanted.get(id)
      if (assignment !== undefined && entry.fingerprint === JSON.stringify(assignment)) wanted.delete(id)
      else this.#drop(id, entry)
    }
    const senseless: string[] = []
    for (const assignment of wanted.values()) {
      if (cron.validate(assignment.cron)) this.#add(assignment, set.agent_id)
      else senseless.push(assignment.assignment_id)
    }
    return senseless
  }

  stop(): void {
    for (const [id, entry] of this.#entries) this.#drop(id, entry)
  }

  #add(assignment: Assignment, agentId: string): void {
    const offset = offsetOf(agentId, assignment.assignment_id, assignment.spread_ms)
    const waiting = new Set<NodeJS.Timeout>()
    const tick = () => {
      const timer = setTimeout(() => {
        waiting.delete(timer)
        this.#start(assignment)
      }, offset)
      waiting.add(timer)
    }
    const task = cron.schedule(assignment.cron, tick, { timezone: 'Etc/UTC' })
    this.#entries.set(assignment.assignment_id, { fingerprint: JSON.stringify(assignment), task, waiting })
    tick()
  }

  #start(assignment: Assignment): void {
    const id = assignment.assignment_id
    if (this.#busy.has(id)) {
      this.skipped_count++
      return
    }
    this.#busy.add(id)
    void this.#run(assignment).finally(() => this.#busy.delete(id))
  }

  #drop(id: string, entry: Entry): void {
    for (const timer of entry.waiting) clearTimeout(timer)
    void entry.task.destroy()
    this.#entries.delete(id)
  }
}
