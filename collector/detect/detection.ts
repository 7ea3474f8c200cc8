import type { Incident } from '@streamgauge/contract'
import { Counter, Gauge, type Registry } from 'prom-client'
import { monotonic, type Now } from '../clock.ts'
import { RESILIENCE } from '../steer/resilience.ts'
import { sqlTime } from '../store/filter.ts'
import { LONG } from '../store/limits.ts'
import { keepIncidents, listIncidents } from '../store/steering.ts'
import type { Store } from '../store/store.ts'
import { Thread } from '../thread.ts'
import type { Answer, Order } from './messages.ts'
import type { Objective } from './objectives.ts'
import { OVERLAP_MS, type RoundReport } from './watch.ts'

const PROGRAM = new URL('./worker.ts', import.meta.url)
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** What is usual is learnt from so much of the past: twice every hour of the week. */
const HISTORY_DAYS = 14
const HISTORY_ROWS_MAX = 1_000_000
const LEVELS_COUNT = 64
const INCIDENTS_MAX = 1_000
const GOING_ON = ['open', 'worsening', 'recovering']
const OPEN_MAX = 10_000
/** Rows that are read at a time. */
const PAGE_ROWS = 50_000
const PAGES_MAX = 20
/** How far back the first round looks, in rounds. */
const FIRST_ROUNDS = 2
const START_AGAIN_MS = 30_000
/** The store's clock may be so far ahead; what is further was stored before the clock was set back. */
const AHEAD_MAX_MS = 60_000

/** What detection is made of. */
export interface DetectionDeps {
  readonly store: Store
  readonly now: Now
  /** How long a round is; agents should measure about once in it. */
  readonly roundMs: number
  readonly objectives: readonly Objective[]
  readonly registry: Registry
  readonly log: {
    warn(details: object, message: string): void
    info(details: object, message: string): void
  }
  /** Is told of new versions of incidents, after they were stored. */
  readonly changed: (incidents: readonly Incident[]) => void
}

/**
 * Reads what is stored, round by round, has it looked at in a thread of its own, and stores what becomes of incidents. Of several
 * collectors that share a store, one does this. `start` it, and close it.
 */
export class Detection {
  readonly #deps: DetectionDeps
  readonly #metrics: ReturnType<typeof metricsIn>
  #watcher: Thread<Order, Answer> | null = null
  #sinceMs = 0
  /** Versions that could not be stored yet. */
  #unstored: Incident[] = []
  #timer: NodeJS.Timeout | null = null
  #going: Promise<void> = Promise.resolve()
  #closed = false

  constructor(deps: DetectionDeps) {
    this.#deps = deps
    this.#metrics = metricsIn(deps.registry)
  }

  /** Gets to know what is usual, then looks once a round. */
  start() {
    this.#going = this.#begin()
  }

  /** Looks no more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#watcher?.close()
    await this.#going
  }

  async #begin(): Promise<void> {
    const { now, log, roundMs, objectives } = this.#deps
    const watcher = new Thread<Order, Answer>(PROGRAM, { roundMs, objectives })
    this.#watcher = watcher
    try {
      const learnt = await this.#learn(watcher)
      await this.#adopt(watcher)
      this.#sinceMs = now() - FIRST_ROUNDS * roundMs
      log.info({ runs: learnt, round_ms: roundMs }, 'detection has begun')
      this.#next(now() + roundMs)
    } catch (error) {
      if (this.#closed) return
      log.warn({ err: error }, 'detection could not begin; trying again')
      await watcher.close()
      this.#later(START_AGAIN_MS, () => this.#begin())
    }
  }

  /** Tells the thread what is open: after what was usual, for nothing is learnt of what is ill now. */
  async #adopt(watcher: Thread<Order, Answer>): Promise<void> {
    const { store, now } = this.#deps
    const asked = { span: { from: 0, to: now() }, state: GOING_ON, limit: OPEN_MAX }
    const incidents = (await listIncidents(store, asked)).filter(isOwn)
    await watcher.tell({ name: 'adopt', incidents, now_ms: now() })
  }

  /** Tells the thread what the last weeks were like; how many runs that was. */
  async #learn(watcher: Thread<Order, Answer>): Promise<number> {
    const { store, now } = this.#deps
    const at = now()
    const from = Math.floor(at / DAY_MS) * DAY_MS - HISTORY_DAYS * DAY_MS
    const span = { from, to: at }
    const incidents = (await listIncidents(store, { span, state: [], limit: INCIDENTS_MAX })).filter(isOwn)
    const [size] = await store.read<{ runs_count: number }>('detect/history_size', windowOf(from, at))
    const count = size?.runs_count ?? 0
    if (count === 0) return 0
    // A level is a sixty-fourth of the sample, drawn by agent and hour.
    const levels = Math.max(1, Math.min(LEVELS_COUNT, Math.floor((LEVELS_COUNT * HISTORY_ROWS_MAX) / count)))
    // What is of the last hour is looked at as news, or was before.
    for (let day = from; day < at - HOUR_MS && !this.#closed; day += DAY_MS) {
      const to = Math.min(day + DAY_MS, at - HOUR_MS)
      const params = { ...windowOf(day, to), level_max: levels - 1 }
      const text = await store.readLines('detect/history', params, LONG)
      const during = incidents.filter(({ ended_at }) => ended_at === null || Date.parse(ended_at) >= day)
      await watcher.tell({ name: 'learn', text, to_ms: to, incidents: during })
    }
    await watcher.tell({ name: 'learnt', now_ms: at })
    return Math.round((count * levels) / LEVELS_COUNT)
  }

  /** The next round ends at `atMs`, or as soon as the one before it is through. */
  #next(atMs: number) {
    const { now, roundMs } = this.#deps
    // A clock that was set back in between holds up nothing.
    this.#later(Math.min(roundMs, Math.max(0, atMs - now())), async () => {
      await this.#round()
      if (this.#watcher?.ended === true) this.#later(START_AGAIN_MS, () => this.#begin())
      else this.#next(Math.min(Math.max(atMs + roundMs, now()), now() + roundMs))
    })
  }

  #later(ms: number, work: () => Promise<void>) {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.#going = work()
    }, ms)
    this.#timer.unref()
  }

  async #round(): Promise<void> {
    const { now, log } = this.#deps
    const started = monotonic()
    try {
      await this.#store()
      const report = await this.#look()
      this.#unstored.push(...report.incidents)
      await this.#store()
      this.#note(report, monotonic() - started)
    } catch (error) {
      if (this.#closed) return
      this.#metrics.failed.inc()
      log.warn({ err: error, at: now() }, 'a round of detection failed')
    }
  }

  async #look(): Promise<RoundReport> {
    const { store, now, roundMs } = this.#deps
    const watcher = this.#watcher
    if (watcher === null) throw new Error('not begun')
    if (this.#sinceMs > now() + AHEAD_MAX_MS) this.#sinceMs = now() - FIRST_ROUNDS * roundMs
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const since_ms = this.#sinceMs
      const text = await store.readLines('detect/news', { since: sqlTime(since_ms), limit: PAGE_ROWS })
      const { newest_ms = 0 } = await watcher.tell({ name: 'observe', text, since_ms, now_ms: now() })
      const isFull = text.length > 0 && text.split('\n').length > PAGE_ROWS
      // Within a full page time must go on, or the same page would come for ever.
      this.#sinceMs = Math.max(this.#sinceMs + (isFull ? 1 : 0), newest_ms - (isFull ? 0 : OVERLAP_MS))
      if (!isFull) break
    }
    const { report } = await watcher.tell({ name: 'end', now_ms: now() })
    if (report === undefined) throw new Error('no report')
    return report
  }

  /** Stores what is not stored yet, and tells of it. Throws `STORE_UNAVAILABLE`. */
  async #store(): Promise<void> {
    const { store, now, changed } = this.#deps
    if (this.#unstored.length === 0) return
    const versions = this.#unstored
    await keepIncidents(store, versions, now())
    this.#unstored = []
    changed(versions)
  }

  #note(report: RoundReport, tookMs: number) {
    const metrics = this.#metrics
    metrics.seconds.set(tookMs / 1_000)
    metrics.rounds.inc()
    metrics.runs.inc(report.runs_count)
    metrics.threads.set(report.threads_count)
    metrics.open.set(report.open_count)
    metrics.learning.set(report.learning ? 1 : 0)
    for (const [reason, count] of Object.entries(report.set_aside)) metrics.setAside.inc({ reason }, count)
  }
}

/** What may be lost is found by steering, and nothing is the matter with its runs. */
function isOwn({ objective }: Incident): boolean {
  return objective !== RESILIENCE
}

function windowOf(from: number, to: number) {
  return { from: sqlTime(from), to: sqlTime(to) }
}

function metricsIn(registry: Registry) {
  const registers = [registry]
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `streamgauge_detect_${name}`, help, registers })
  const counter = (name: string, help: string) =>
    new Counter({ name: `streamgauge_detect_${name}`, help, registers })
  return {
    seconds: gauge('round_seconds', 'what the last round took, reading included'),
    rounds: counter('rounds_total', 'rounds of detection'),
    failed: counter('failed_rounds_total', 'rounds of detection that could not be done'),
    runs: counter('runs_total', 'runs that were looked at or set aside'),
    setAside: new Counter({
      name: 'streamgauge_detect_set_aside_total',
      help: 'runs that say nothing of now: made long ago, by a clock that is ahead, or more than there is room for',
      labelNames: ['reason'] as const,
      registers,
    }),
    threads: gauge('threads', 'agents’ ways to nodes that are remembered'),
    open: gauge('open_incidents', 'incidents that are going on'),
    learning: gauge('learning', '1: not enough is known yet to say what is unusual'),
  }
}
