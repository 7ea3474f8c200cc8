import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { codeOf, messageOf, StartError } from '../../error.ts'
import type { Portion } from '../simulation.ts'

const count = () => Type.Integer({ minimum: 0 })
const State = Type.Object(
  {
    fingerprint: Type.String(),
    /** The first visit that was never begun with. */
    next: count(),
    /** Portions begun with and not known to be stored. */
    open: Type.Array(Type.Object({ first: count(), last: count() }, { additionalProperties: false })),
  },
  { additionalProperties: false },
)
const validator = Compile(State)

/**
 * How far a simulation has come, kept in a file. A portion is noted before it is sent: after a crash it is cut as it was, so that
 * it goes by the same key and is stored once.
 */
export class Resume {
  readonly #path: string
  readonly #fingerprint: string
  #next: number | null = null
  #open: Portion[] = []

  /** Throws `RESUME_UNREADABLE`, or `RESUME_MISMATCH` when the file is of other settings. */
  constructor(path: string, fingerprint: string) {
    this.#path = path
    this.#fingerprint = fingerprint
    const state = read(path)
    if (state === null) return
    if (state.fingerprint !== fingerprint)
      throw new StartError('RESUME_MISMATCH', `${path} is of another simulation; remove it to begin anew`)
    this.#next = state.next
    this.#open = state.open
  }

  /** Where to go on; `null`: at the beginning. */
  get next(): number | null {
    return this.#next
  }

  /** Portions to be sent again first. */
  get open(): readonly Portion[] {
    return this.#open
  }

  /** Notes a portion that is about to be sent. */
  begin(portion: Portion) {
    if (!this.#open.some(({ first }) => first === portion.first)) this.#open.push(portion)
    this.#next = Math.max(this.#next ?? 0, portion.last)
    this.#write()
  }

  /** Notes a portion that is stored. */
  done(portion: Portion) {
    this.#open = this.#open.filter(({ first }) => first !== portion.first)
    this.#next = Math.max(this.#next ?? 0, portion.last)
    this.#write()
  }

  #write() {
    const state = { fingerprint: this.#fingerprint, next: this.#next ?? 0, open: this.#open }
    const fresh = `${this.#path}.new`
    try {
      writeFileSync(fresh, JSON.stringify(state))
      renameSync(fresh, this.#path)
    } catch (error) {
      throw new StartError('RESUME_UNWRITABLE', `cannot write ${this.#path}: ${messageOf(error)}`, error)
    }
  }
}

function read(path: string) {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw new StartError('RESUME_UNREADABLE', `cannot read ${path}: ${messageOf(error)}`, error)
  }
  try {
    const value: unknown = JSON.parse(text)
    if (validator.Check(value)) return value
  } catch (error) {
    throw new StartError('RESUME_UNREADABLE', `${path} is not JSON: ${messageOf(error)}`, error)
  }
  throw new StartError('RESUME_UNREADABLE', `${path} is not the state of a simulation`)
}
