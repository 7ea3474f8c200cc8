import { Baseline } from './baseline.ts'
import { type Explanation, explain } from './explain.ts'
import { Levels } from './levels.ts'
import {
  type Anomaly,
  adopted,
  follow,
  grow,
  isPartOf,
  isWithin,
  isYoung,
  type Known,
  opened,
  standsOut,
} from './life.ts'
import type { Observation } from './observation.ts'
import { Recent, type Unit } from './recent.ts'
import { aroundOf, isIn, keyOf } from './scope.ts'
import { type Thread, Threads } from './thread.ts'

const HOUR_MS = 3_600_000
/** What is always so is learnt, after a day. */
const LEARNT_AFTER_MS = 24 * HOUR_MS
const FORGET_EVERY_MS = HOUR_MS

/** What changed in a round. */
export interface Changes {
  readonly opened: readonly Anomaly[]
  /** State or scope. */
  readonly changed: readonly Anomaly[]
}

/**
 * Finds what is the matter, round by round. Knows nothing but the runs it is given: the same runs in the same rounds are the same
 * anomalies.
 */
export class Detector {
  readonly #levels = new Levels()
  readonly #threads = new Threads(new Baseline(), this.#levels)
  readonly #recent = new Recent(this.#threads)
  #open: Anomaly[] = []
  #count = 0
  #forgot_ms = 0

  /** Those that are not over. */
  get open(): readonly Anomaly[] {
    return this.#open
  }

  /** Agents' threads that are remembered. */
  get threadsCount(): number {
    return this.#threads.size
  }

  /** Goes on with an anomaly that was found before this detector was made. */
  adopt(known: Known): Anomaly {
    const anomaly = adopted(this.#count++, known)
    this.#open.push(anomaly)
    return anomaly
  }

  /** Takes in a run of the round that is going on. Whether it was bad; `null`: there is no room to remember it. */
  observe(run: Observation): boolean | null {
    return this.#recent.add(run)
  }

  /** Ends the round. `learning`: only gets to know what is usual. */
  endRound(nowMs: number, learning = false): Changes {
    const units = this.#recent.endRound()
    const opening: Anomaly[] = []
    const changed = new Set<Anomaly>()
    if (!learning) {
      this.#match(explain(units, this.#levels, this.#threads.costs()), units, nowMs, opening, changed)
      for (const anomaly of this.#open)
        if (anomaly.state !== 'closed' && !opening.includes(anomaly) && grow(anomaly, units, nowMs))
          changed.add(anomaly)
      const over = this.#open.filter(({ state }) => state === 'closed')
      if (over.length > 0) this.#recent.forget((thread) => over.some(({ where }) => isIn(where, thread)))
      this.#open = this.#open.filter(({ state }) => state !== 'closed')
    }
    const ill = this.#open.filter(({ opened_ms }) => nowMs - opened_ms < LEARNT_AFTER_MS)
    const around = ill.map(({ where }) => aroundOf(where))
    this.#recent.learn((thread: Thread) => around.some((where) => isIn(where, thread)), learning)
    if (nowMs - this.#forgot_ms >= FORGET_EVERY_MS) {
      this.#threads.forgetOld(nowMs)
      this.#forgot_ms = nowMs
    }
    return { opened: opening, changed: [...changed] }
  }

  /**
   * An explanation is of an anomaly that has its scope; or tells better what one is that is still young; or says what is known
   * already; or is something new, if something older is a part of it or not.
   */
  #match(
    explanations: readonly Explanation[],
    units: readonly Unit[],
    nowMs: number,
    opening: Anomaly[],
    changed: Set<Anomaly>,
  ) {
    const byKey = new Map(this.#open.map((anomaly) => [keyOf(anomaly.where), anomaly]))
    const told = new Set<Anomaly>()
    for (const { where } of explanations) {
      const anomaly = byKey.get(keyOf(where))
      if (anomaly !== undefined) told.add(anomaly)
    }
    for (const explanation of explanations) {
      if (byKey.has(keyOf(explanation.where))) continue
      const parts = this.#open.filter((one) => !told.has(one) && isPartOf(one, explanation, units))
      const within = this.#open.filter((one) => isWithin(explanation, one))
      const isNew = within.every((one) => told.has(one)) && standsOut(explanation, within)
      const better = [...parts, ...within].find((one) => !told.has(one) && isYoung(one, explanation))
      if (better !== undefined) {
        follow(better, explanation)
        told.add(better)
        changed.add(better)
        for (const part of parts) if (part !== better) close(part, changed)
      } else if (within.length === 0 || isNew) {
        const anomaly = opened(this.#count++, explanation, nowMs)
        this.#open.push(anomaly)
        told.add(anomaly)
        opening.push(anomaly)
      }
    }
  }
}

function close(anomaly: Anomaly, changed: Set<Anomaly>) {
  anomaly.state = 'closed'
  changed.add(anomaly)
}
