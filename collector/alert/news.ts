import type { Decision } from '@streamgauge/contract'
import { v7 as uuidV7 } from 'uuid'
import type { ToldRow } from './ledger.ts'
import { type Fleet, isForDecision } from './match.ts'
import { type Message, phaseOfDecision } from './message.ts'
import type { AlertRules } from './rules.ts'

/** A receiver should not have to take more at once. */
const DECISIONS_EACH_MAX = 50
const MESSAGES_MAX = 10
/** Beyond what waits for a receiver already, as many decisions are kept for it. */
const UNTOLD_MAX = 10_000
/** Decisions may be told in another order than they were made by as much. */
const OVERLAP_MS = 60_000
/** Of what was decided before, a receiver that was never told of any hears so much. */
const FIRST_MS = 600_000
/** A verdict comes within this. */
const JUDGED_MS = 3_600_000

/** Decisions receivers have not been told of yet, for each in the order in which they were made. Does nothing to the world. */
export class News {
  readonly #rules: AlertRules
  readonly #fleet: Fleet
  readonly #untold = new Map<string, Decision[]>()

  constructor(rules: AlertRules, fleet: Fleet) {
    this.#rules = rules
    this.#fleet = fleet
  }

  /** Whether anybody is told of decisions at all. */
  get isWanted(): boolean {
    return this.#rules.routes.some(({ sends }) => sends.includes('decisions'))
  }

  /** Takes in decisions as they are now; they were kept before. Of how many, the oldest, somebody will never hear. */
  add(decisions: readonly Decision[]): number {
    let lost = 0
    for (const decision of decisions)
      for (const receiver of this.#receiversOf(decision)) lost += this.#put(receiver, decision)
    return lost
  }

  /** Takes in what was decided before a restart, the oldest first, and was not told, by what was. */
  catchUp(decisions: readonly Decision[], told: readonly ToldRow[], nowMs: number) {
    const times = new Map(decisions.map((one) => [one.decision_id, Date.parse(one.decided_at)]))
    const phases = new Map<string, ReadonlySet<string>>()
    const latest = new Map<string, number>()
    for (const { receiver, id, phases: heard } of told) {
      const at = times.get(id)
      if (at === undefined) continue
      phases.set(`${receiver} ${id}`, new Set(heard))
      latest.set(receiver, Math.max(at, latest.get(receiver) ?? 0))
    }
    for (const decision of decisions)
      for (const receiver of this.#receiversOf(decision)) {
        const at = Date.parse(decision.decided_at)
        const heard = phases.get(`${receiver} ${decision.decision_id}`)
        const since = latest.has(receiver) ? (latest.get(receiver) ?? 0) - OVERLAP_MS : nowMs - FIRST_MS
        const isNews =
          heard === undefined ? at >= since : !heard.has(phaseOfDecision(decision)) && at >= nowMs - JUDGED_MS
        if (isNews) this.#put(receiver, decision)
      }
  }

  /** The messages to be sent now, and forgets what they say. */
  due(nowMs: number, isFull: (receiver: string) => boolean): Message[] {
    const messages: Message[] = []
    for (const [receiver, untold] of this.#untold)
      for (let count = 0; count < MESSAGES_MAX && untold.length > 0 && !isFull(receiver); count += 1)
        messages.push({
          ...{ delivery_id: uuidV7(), created_ms: nowMs, receiver, group: '', repeat: false },
          ...{ incidents: [], former: [], decisions: untold.splice(0, DECISIONS_EACH_MAX) },
        })
    return messages
  }

  #receiversOf(decision: Decision): ReadonlySet<string> {
    const routes = this.#rules.routes.filter((route) => isForDecision(route, decision, this.#fleet))
    return new Set(routes.flatMap(({ receivers }) => receivers))
  }

  /** How many it has no room for. */
  #put(receiver: string, decision: Decision): number {
    const untold = this.#untold.get(receiver) ?? []
    this.#untold.set(receiver, untold)
    untold.push(decision)
    return untold.splice(0, Math.max(0, untold.length - UNTOLD_MAX)).length
  }
}
