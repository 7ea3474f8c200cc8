import type { Acknowledgement, AlertList, Decision, Incident, Silence } from '@streamgauge/contract'
import type { Now } from '../clock.ts'
import { Groups } from './groups.ts'
import type { Ledger, Version } from './ledger.ts'
import { type FactsOf, type Fleet, makeFactsOf } from './match.ts'
import type { Message } from './message.ts'
import { News } from './news.ts'
import type { AlertRules } from './rules.ts'
import { Sender } from './sender.ts'
import { Silences } from './silences.ts'

const TICK_MS = 500
/** How often what other collectors wrote down is read. */
const REFRESH_MS = 30_000
/** How long a store that takes nothing is left alone. */
const REST_MS = 5_000

/** What alerting is made of. */
export interface AlertingDeps {
  readonly rules: AlertRules
  readonly fleet: Fleet
  readonly ledger: Ledger
  readonly now: Now
  readonly warn: (details: object, message: string) => void
  /** Between 0 and 1, for waiting times. */
  readonly random?: () => number
  readonly timeoutMs?: number
}

/** Tells receivers of incidents and of steering decisions, at least once each. `open` it before use, `start` it to run by itself, and close it. */
export class Alerting {
  readonly #deps: AlertingDeps
  readonly #factsOf: FactsOf
  readonly #groups: Groups
  readonly #news: News
  readonly #sender: Sender
  readonly #silences = new Silences()
  readonly #acknowledgements = new Map<string, Acknowledgement>()
  /** Decided on, and not written down yet: nothing is sent before. */
  #decided: Message[] = []
  #timer: NodeJS.Timeout | null = null
  #ticking: Promise<void> | null = null
  #refreshed_ms = 0
  #rests_until_ms = 0
  #closed = false

  constructor(deps: AlertingDeps) {
    const { rules, fleet, ledger, now, warn, random, timeoutMs } = deps
    this.#deps = deps
    this.#factsOf = makeFactsOf(fleet)
    this.#groups = new Groups(rules, this.#factsOf)
    this.#news = new News(rules, fleet)
    this.#sender = new Sender({
      ...{ rules, ledger, now, warn, random, timeoutMs },
      isSilenced: (incident) => this.#silencesOf(incident).length > 0,
      silenced: (message) => this.#groups.untell(message),
    })
  }

  get rules(): AlertRules {
    return this.#deps.rules
  }

  /** Silences, the one that ends last first. */
  get silences(): Silence[] {
    return this.#silences.all
  }

  /** How many messages wait for each receiver. */
  get waiting(): ReadonlyMap<string, number> {
    return this.#sender.waiting
  }

  /** Reads what was going on before. Throws `STORE_UNAVAILABLE`. */
  async open(): Promise<void> {
    const { ledger, now } = this.#deps
    this.#groups.changed(await ledger.incidents(now()))
    await this.#refresh()
    const told = await ledger.told(now())
    for (const { receiver, id, phases, told_at } of told)
      if (this.#groups.has(id)) this.#groups.remember(receiver, id, phases, Date.parse(told_at))
    if (this.#news.isWanted) this.#news.catchUp(await ledger.decisions(now()), told, now())
    await this.#sender.resume(await ledger.waiting(now()))
  }

  /** Looks twice a second for what is due. */
  start() {
    this.#timer = setInterval(() => void this.tick(), TICK_MS)
    this.#timer.unref()
  }

  /** Tells nobody, because another collector does, and keeps up with what there is: half a minute behind. */
  follow() {
    const { ledger, now, warn } = this.#deps
    this.#timer = setInterval(() => {
      this.#ticking ??= ledger
        .incidents(now())
        .then((incidents) => this.#groups.replace(incidents))
        .then(() => this.#refresh())
        .catch((error) => warn({ err: error }, 'alerts could not be read'))
        .finally(() => {
          this.#ticking = null
        })
    }, REFRESH_MS)
    this.#timer.unref()
  }

  /** Takes in incidents as they are now; they were kept before. Never waits for a receiver. */
  changed(incidents: readonly Incident[]) {
    this.#groups.changed(incidents)
  }

  /** Takes in decisions, and once more when they are judged; they were kept before. Never waits for a receiver. */
  decided(decisions: readonly Decision[]) {
    const lost = this.#news.add(decisions)
    if (lost > 0) this.#deps.warn({ lost }, 'receivers that take nothing are not told of all decisions')
    // Whoever acts on them should not have to wait for the next look.
    if (this.#timer !== null) void this.tick()
  }

  /** Decides, writes down and begins to send what is due. Resolves when that is begun; never rejects. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tick()
      .catch((error) => {
        this.#rests_until_ms = this.#deps.now() + REST_MS
        this.#deps.warn({ err: error }, 'alerts could not be written down')
      })
      .finally(() => {
        this.#ticking = null
      })
    return this.#ticking
  }

  /** Resolves when nothing is being sent. */
  settled(): Promise<void> {
    return this.#sender.settled()
  }

  /** Sends no more, and waits a second for what is being sent. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#ticking
    await this.#sender.close()
  }

  /** Adds a silence, or another version of one. Throws `STORE_UNAVAILABLE` and `TOO_MANY_SILENCES`. */
  async silence(silence: Silence): Promise<void> {
    const { ledger, now } = this.#deps
    this.#silences.makeRoom(silence.silence_id, now())
    await ledger.keepSilence(silence, now())
    this.#silences.put(silence)
  }

  /** Notes who looks after an incident. Throws `STORE_UNAVAILABLE`. */
  async acknowledge(one: Acknowledgement): Promise<void> {
    await this.#deps.ledger.keepAcknowledgement(one)
    this.#acknowledgements.set(one.incident_id, one)
  }

  /** Incidents that are going on, with who looks after them, what silences them and who is told. */
  list(): AlertList['alerts'] {
    return this.#groups.incidents
      .filter(({ state }) => state !== 'closed')
      .map((incident) => ({
        incident,
        acknowledgement: this.#acknowledgements.get(incident.incident_id) ?? null,
        silence_ids: this.#silencesOf(incident),
        receivers: this.#groups.receiversOf(incident),
      }))
  }

  async #tick(): Promise<void> {
    if (this.#closed || this.#deps.now() < this.#rests_until_ms) return
    if (this.#deps.now() - this.#refreshed_ms >= REFRESH_MS) await this.#refresh()
    if (this.#decided.length === 0) {
      this.#decided = this.#groups.due(this.#deps.now(), {
        isSilenced: (incident) => this.#silencesOf(incident).length > 0,
        isAcknowledged: (id) => this.#acknowledgements.has(id),
        isFull: (receiver) => this.#sender.isFull(receiver),
        isWaiting: (receiver, id) => this.#sender.isWaiting(receiver, id),
      })
      this.#decided.push(...this.#news.due(this.#deps.now(), (receiver) => this.#sender.isFull(receiver)))
      for (const id of this.#acknowledgements.keys())
        if (!this.#groups.has(id)) this.#acknowledgements.delete(id)
    }
    if (this.#decided.length > 0) await this.#deps.ledger.keep(this.#decided.map(decided))
    this.#sender.take(this.#decided.splice(0))
    if (!this.#closed) this.#sender.begin()
  }

  /** Silences and acknowledgements may have come to another collector. */
  async #refresh(): Promise<void> {
    const { ledger, now } = this.#deps
    const nowMs = now()
    this.#refreshed_ms = nowMs
    for (const silence of await ledger.silences(nowMs)) this.#silences.put(silence)
    for (const one of await ledger.acknowledgements(nowMs))
      if (this.#groups.has(one.incident_id)) this.#acknowledgements.set(one.incident_id, one)
  }

  #silencesOf(incident: Incident): string[] {
    return this.#silences.of(this.#factsOf(incident), this.#deps.now())
  }
}

function decided(message: Message): Version {
  const { created_ms } = message
  return {
    message,
    at_ms: created_ms,
    attempts_count: 0,
    status: 'waiting',
    next_ms: created_ms,
    outcome: null,
  }
}
