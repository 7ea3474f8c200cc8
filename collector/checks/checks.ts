import type { Check } from '@streamgauge/contract'
import type { FastifyBaseLogger } from 'fastify'
import { type ScheduledTask, schedule } from 'node-cron'
import { Gauge, type Registry } from 'prom-client'
import { monotonic, type Now, timestamp } from '../clock.ts'
import { codeOf } from '../error.ts'
import { sqlTime } from '../store/filter.ts'
import type { Limits } from '../store/limits.ts'
import type { Store } from '../store/store.ts'
import { JOBS, type Job } from './jobs.ts'

const LIMITS: Limits = { seconds: 30, resultRows: 10 }
const HOUR_MS = 3_600_000

type Outcome = Pick<Check, 'state' | 'count' | 'examples' | 'checked_at' | 'took_ms' | 'failure'>

const NOT_RUN: Outcome = {
  state: 'not run',
  count: null,
  examples: [],
  checked_at: null,
  took_ms: null,
  failure: null,
}

/** What checks are run with. */
export interface ChecksDeps {
  readonly store: Store
  readonly now: Now
  readonly log: FastifyBaseLogger
  readonly registry: Registry
}

/**
 * Runs the checks at their times, one after the other, so that they take one connection between them. They only read: where
 * several collectors share a store, each may run them. Close it.
 */
export class Checks {
  readonly #deps: ChecksDeps
  readonly #outcomes = new Map<string, Outcome>()
  readonly #tasks: ScheduledTask[] = []
  readonly #found: Gauge<'check'>
  readonly #failed: Gauge<'check'>
  readonly #waiting = new Set<string>()
  #last: Promise<void> = Promise.resolve()
  #closed = false

  constructor(deps: ChecksDeps) {
    this.#deps = deps
    const registers = [deps.registry]
    const labelNames = ['check'] as const
    this.#found = new Gauge({
      name: 'streamgauge_check_found',
      help: 'what a check of the stored data found when it last ran; see /v1/checks',
      labelNames,
      registers,
    })
    this.#failed = new Gauge({
      name: 'streamgauge_check_failed',
      help: '1: the check could not be run to its end',
      labelNames,
      registers,
    })
  }

  /** Begins to run them at their times. */
  start() {
    for (const job of JOBS) {
      const options = { name: job.name, timezone: 'UTC', noOverlap: true }
      this.#tasks.push(schedule(job.schedule, () => this.run(job), options))
    }
  }

  /** Runs one when those before it are through; resolves then. One that waits already is not put in line again. */
  run(job: Job): Promise<void> {
    if (this.#closed || this.#waiting.has(job.name)) return this.#last
    this.#waiting.add(job.name)
    this.#last = this.#last.then(() => this.#run(job)).finally(() => this.#waiting.delete(job.name))
    return this.#last
  }

  /** How each came out last. */
  list(): Check[] {
    return JOBS.map((job) => ({
      name: job.name,
      means: job.means,
      action: job.action,
      schedule: job.schedule,
      window_s: job.windowMs / 1_000,
      ...(this.#outcomes.get(job.name) ?? NOT_RUN),
    }))
  }

  /** Runs no more, and waits for the one that runs. */
  async close(): Promise<void> {
    this.#closed = true
    for (const task of this.#tasks.splice(0)) await task.destroy()
    await this.#last
  }

  async #run(job: Job): Promise<void> {
    if (this.#closed) return
    const { store, now, log } = this.#deps
    const before = this.#outcomes.get(job.name) ?? NOT_RUN
    const checked_at = timestamp(now())
    const started = monotonic()
    try {
      const [row] = await store.read<{ count: number; examples: string[] }>(
        job.statement,
        windowOf(job, now()),
        LIMITS,
      )
      const { count, examples } = row ?? { count: 0, examples: [] }
      const took_ms = monotonic() - started
      const state = count > 0 ? 'found' : 'ok'
      this.#outcomes.set(job.name, { state, count, examples, checked_at, took_ms, failure: null })
      this.#found.set({ check: job.name }, count)
      this.#failed.set({ check: job.name }, 0)
      if (count > 0) log.warn({ check: job.name, count, examples, action: job.action }, job.means)
      else if (before.state === 'found') log.info({ check: job.name }, 'no longer found')
    } catch (error) {
      const took_ms = monotonic() - started
      const failure = codeOf(error) ?? 'INTERNAL'
      this.#outcomes.set(job.name, { ...before, state: 'failed', checked_at, took_ms, failure })
      this.#failed.set({ check: job.name }, 1)
      log.warn({ err: error, check: job.name }, 'a check could not be run')
    }
  }
}

function windowOf({ windowMs, settleMs }: Job, nowMs: number): Record<string, unknown> {
  const to = nowMs - settleMs
  const from = to - windowMs
  return {
    from: sqlTime(from),
    to: sqlTime(to),
    middle: sqlTime((from + to) / 2),
    hours: Math.max(1, windowMs / HOUR_MS - 1),
  }
}
