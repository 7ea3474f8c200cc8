import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Now } from '../clock.ts'

const compress = promisify(gzip)

/** An answer that is made faster than this is made for everyone who asks. */
const QUICK_MS = 100
/** A slow one is kept for so many times as long as it took to make: making it takes a twentieth of the time at most. */
const KEPT_FOR = 20
const KEPT_MAX_MS = 60_000
/** While it is made anew, the last one is given out for so much longer at most. */
const GRACE_MS = 10_000
/** An answer nobody asked for in this time is not made again. */
const WATCHED_MS = 120_000
/** Questions whose answers are kept; 3 MB each for a fleet of 4,000 targets. */
const QUESTIONS_MAX_COUNT = 16

/** An answer as it is sent: JSON in UTF-8, and the same compressed. */
interface Payload {
  readonly json: Buffer
  readonly gzip: Buffer
}

/** `keptMs`: for how long whoever asks again gets the same; 0 if it is made for everyone who asks. */
export interface Answer extends Payload {
  readonly keptMs: number
}

/** How an answer is made. `live`: it is another a moment later, and worth making anew for those who watch it. */
export interface Making {
  readonly make: () => Promise<unknown>
  readonly live: boolean
}

interface Question extends Making {
  askedAt: number
  /** The last answer, and when it is to be made anew. */
  kept: { readonly payload: Payload; readonly dueAt: number } | null
  /** The answer that is being made. */
  making: Promise<Payload> | null
}

/**
 * Answers that many ask for at once, and again and again: each is made once, not once for each of them. One that took long to
 * make is given out for a while, and a live one made anew when that is over for as long as somebody asks.
 */
export class Kept {
  readonly #questions = new Map<string, Question>()
  readonly #clock: Now
  readonly #warn: (details: object, message: string) => void
  #timer: NodeJS.Timeout | null = null
  #closed = false

  /** `clock`: ms, monotonic. */
  constructor(clock: Now, warn: (details: object, message: string) => void) {
    this.#clock = clock
    this.#warn = warn
  }

  /**
   * The answer to the question of that name, which is made the same way whoever asks. One that is not kept was begun no earlier than it was
   * asked for. Rejects as `make` does.
   */
  async ask(name: string, making: Making): Promise<Answer> {
    const question = this.#question(name, making)
    const grace = question.live ? GRACE_MS : 0
    if (question.kept !== null && this.#clock() < question.kept.dueAt + grace)
      return this.#given(question, question.kept.payload)
    if (question.making !== null) {
      await question.making
      if (question.kept !== null) return this.#given(question, question.kept.payload)
    }
    return this.#given(question, await this.#make(name, question))
  }

  /** Makes nothing anew any more. */
  close() {
    this.#closed = true
    clearTimeout(this.#timer ?? undefined)
    this.#questions.clear()
  }

  #question(name: string, making: Making): Question {
    const question = this.#questions.get(name) ?? { ...making, askedAt: 0, kept: null, making: null }
    // Moved to the end: the first is the one nobody asked for longest.
    this.#questions.delete(name)
    this.#questions.set(name, question)
    question.askedAt = this.#clock()
    const [oldest] = this.#questions.keys()
    if (this.#questions.size > QUESTIONS_MAX_COUNT && oldest !== undefined) this.#questions.delete(oldest)
    return question
  }

  /** One that is due is being made anew: it is worth asking again in a second. */
  #given(question: Question, payload: Payload): Answer {
    const { kept } = question
    return { ...payload, keptMs: kept === null ? 0 : Math.max(1_000, kept.dueAt - this.#clock()) }
  }

  #make(name: string, question: Question): Promise<Payload> {
    question.making ??= this.#answer(question).finally(() => {
      question.making = null
      if (question.kept === null && this.#questions.get(name) === question) this.#questions.delete(name)
      this.#schedule()
    })
    return question.making
  }

  async #answer(question: Question): Promise<Payload> {
    const start = this.#clock()
    try {
      const json = Buffer.from(JSON.stringify(await question.make()))
      const payload = { json, gzip: await compress(json, { level: 1 }) }
      const end = this.#clock()
      const took = end - start
      question.kept =
        took < QUICK_MS ? null : { payload, dueAt: end + Math.min(KEPT_MAX_MS, took * KEPT_FOR) }
      return payload
    } catch (error) {
      question.kept = null
      throw error
    }
  }

  #schedule() {
    if (this.#closed || this.#timer !== null) return
    const due = [...this.#questions.values()].flatMap(({ kept, making, live }) =>
      kept === null || making !== null || !live ? [] : [kept.dueAt],
    )
    if (due.length === 0) return
    const wait = Math.max(0, Math.min(...due) - this.#clock())
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#refresh()
    }, wait).unref()
  }

  /** Makes the first of those that are due again; the next when that is done. */
  #refresh() {
    const now = this.#clock()
    for (const [name, question] of this.#questions) {
      if (question.kept === null || question.making !== null || !question.live) continue
      if (now < question.kept.dueAt) continue
      if (now > question.askedAt + WATCHED_MS) {
        this.#questions.delete(name)
        continue
      }
      this.#make(name, question).catch((error: unknown) =>
        this.#warn({ err: error }, 'a report that is watched could not be made anew'),
      )
      return
    }
    this.#schedule()
  }
}
