import type { Incident } from '@streamgauge/contract'
import type { Now } from '../clock.ts'
import { messageOf } from '../error.ts'
import { backoffMs } from './backoff.ts'
import type { Ledger, Version } from './ledger.ts'
import type { Message, Waiting } from './message.ts'
import { notifiers } from './notify/index.ts'
import type { Outcome } from './outcome.ts'
import { Queue } from './queue.ts'
import { type Receiver, redact } from './receiver.ts'
import type { AlertRules } from './rules.ts'

const TIMEOUT_MS = 10_000
/** How long what is being sent may take once we are closing. */
const GRACE_MS = 1_000
/** What nobody took for a day is news no more. */
const EXPIRES_MS = 86_400_000
const REASON_MAX_LENGTH = 300

/** What sending takes. */
export interface SenderDeps {
  readonly rules: AlertRules
  readonly ledger: Ledger
  readonly now: Now
  readonly warn: (details: object, message: string) => void
  /** Between 0 and 1, for waiting times. */
  readonly random?: (() => number) | undefined
  readonly timeoutMs?: number | undefined
  readonly isSilenced: (incident: Incident) => boolean
  /** Hears of a message that is not sent because of a silence. */
  readonly silenced: (message: Message) => void
}

/** Sends messages until they are delivered or given up: to each receiver one after the other, to all of them at once. */
export class Sender {
  readonly #deps: SenderDeps
  readonly #queue = new Queue()
  readonly #workers = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()
  #stopping = false

  constructor(deps: SenderDeps) {
    this.#deps = deps
  }

  /** Takes over what waited before a restart; what was for a receiver that is no more is given up. Throws `STORE_UNAVAILABLE`. */
  async resume(waiting: readonly Waiting[]): Promise<void> {
    const { rules, ledger, now } = this.#deps
    const isThere = ({ message }: Waiting) => rules.receivers.some(({ name }) => name === message.receiver)
    for (const one of waiting.filter(isThere)) this.#queue.put(one)
    const gone = waiting.filter((one) => !isThere(one))
    if (gone.length === 0) return
    await ledger.keep(gone.map((one) => givenUp(one, now(), 'this receiver is not configured any more')))
  }

  /** Takes messages that were written down. */
  take(messages: readonly Message[]) {
    for (const message of messages)
      this.#queue.put({ message, attempts_count: 0, next_ms: message.created_ms })
  }

  /** Whether a receiver has as many waiting as it may. */
  isFull(receiver: string): boolean {
    return this.#queue.isFull(receiver)
  }

  /** Whether something about an incident is on its way to a receiver. */
  isWaiting(receiver: string, incidentId: string): boolean {
    return this.#queue.has(receiver, incidentId)
  }

  /** How many messages wait for each receiver. */
  get waiting(): ReadonlyMap<string, number> {
    return this.#queue.sizes
  }

  /** Begins with what is due. */
  begin() {
    if (this.#stopping) return
    for (const receiver of this.#deps.rules.receivers) {
      const { name } = receiver
      if (this.#workers.has(name) || this.#queue.next(name, this.#deps.now()) === null) continue
      this.#workers.set(
        name,
        this.#work(receiver).finally(() => this.#workers.delete(name)),
      )
    }
  }

  /** Resolves when nothing is being sent. */
  async settled(): Promise<void> {
    await Promise.all(this.#workers.values())
  }

  /** Begins nothing more; what is being sent has a second, and is sent again under the same id after a restart. */
  async close(): Promise<void> {
    this.#stopping = true
    const timer = setTimeout(() => this.#closing.abort(new Error('the collector stopped')), GRACE_MS)
    await this.settled()
    clearTimeout(timer)
    this.#closing.abort()
  }

  async #work(receiver: Receiver): Promise<void> {
    while (!this.#stopping) {
      const one = this.#queue.next(receiver.name, this.#deps.now())
      if (one === null) return
      const version = await this.#attempt(receiver, one)
      const { message, attempts_count, next_ms } = version
      if (version.status === 'waiting') this.#queue.put({ message, attempts_count, next_ms })
      else this.#queue.remove(message)
      // Sent and not written down: after a restart it is sent again under the same id.
      await this.#deps.ledger
        .keep([version])
        .catch((error) =>
          this.#deps.warn(
            { err: error, delivery_id: message.delivery_id },
            'an attempt was not written down',
          ),
        )
    }
  }

  async #attempt(receiver: Receiver, one: Waiting): Promise<Version> {
    const { now, rules, random = Math.random, timeoutMs = TIMEOUT_MS } = this.#deps
    const { message } = one
    const at_ms = now()
    const { incidents } = message
    if (incidents.length > 0 && incidents.every((incident) => this.#deps.isSilenced(incident))) {
      this.#deps.silenced(message)
      return { ...one, at_ms, next_ms: at_ms, outcome: null, status: 'silenced' }
    }
    if (at_ms - message.created_ms > EXPIRES_MS) return givenUp(one, at_ms, 'older than a day')
    const outcome: Outcome = await notifiers[receiver.type](receiver, message, {
      now_ms: at_ms,
      dashboard_url: rules.dashboard_url,
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closing.signal]),
    }).then(
      (given) => shown(given, receiver),
      (error) => {
        const reason = redact(messageOf(error), receiver)
        this.#deps.warn({ reason, delivery_id: message.delivery_id }, 'an alert could not be made')
        return {
          result: 'again',
          reply_code: null,
          reason: 'a fault of ours: see the log',
          retry_after_ms: null,
        } as const
      },
    )
    const attempts_count = one.attempts_count + 1
    const done = { message, at_ms: now(), attempts_count, next_ms: now(), outcome }
    if (outcome.result !== 'again') {
      this.#queue.rest(receiver.name, null)
      if (outcome.result === 'given up')
        this.#deps.warn({ receiver: receiver.name, reason: outcome.reason }, 'an alert was given up')
      return { ...done, status: outcome.result }
    }
    // The receiver rests, whatever waits for it; this message besides, so that it does not stand in the way of others.
    this.#queue.rest(
      receiver.name,
      (failures) => done.at_ms + backoffMs(failures, outcome.retry_after_ms, random),
    )
    const next_ms = done.at_ms + backoffMs(attempts_count, outcome.retry_after_ms, random)
    return { ...done, status: 'waiting', next_ms }
  }
}

/** An outcome as anybody may see it. */
function shown(outcome: Outcome, receiver: Receiver): Outcome {
  const { reason } = outcome
  return { ...outcome, reason: reason === null ? null : redact(reason, receiver).slice(0, REASON_MAX_LENGTH) }
}

function givenUp({ message, attempts_count }: Waiting, at_ms: number, reason: string): Version {
  const outcome = { result: 'given up', reply_code: null, reason, retry_after_ms: null } as const
  return {
    message,
    at_ms,
    attempts_count: attempts_count + 1,
    next_ms: at_ms,
    outcome,
    status: 'given up',
  }
}
