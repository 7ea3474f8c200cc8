import { appendFileSync, writeFileSync } from 'node:fs'
import { messageOf, StartError } from '../../error.ts'
import { type Occurrence, truthOf } from '../incident/occurrence.ts'

/** Collects what incidents did and writes each down once it is over. */
export class TruthBook {
  readonly #path: string | null
  readonly #open = new Map<string, { readonly occurrence: Occurrence; runs: number }>()

  /** `path`: the file of JSON lines; `null`: none is wanted. `fresh`: it begins anew. Throws `TRUTH_UNWRITABLE`. */
  constructor(path: string | null, fresh: boolean) {
    this.#path = path
    try {
      if (path !== null) writeFileSync(path, '', { flag: fresh ? 'w' : 'a' })
    } catch (error) {
      throw new StartError('TRUTH_UNWRITABLE', `cannot write ${path}: ${messageOf(error)}`, error)
    }
  }

  /** `touched`: runs by index of the occurrence. */
  add(occurrences: readonly Occurrence[], touched: readonly number[]) {
    for (const [index, occurrence] of occurrences.entries()) {
      const entry = this.#open.get(occurrence.incident_id) ?? { occurrence, runs: 0 }
      entry.runs += touched[index] ?? 0
      this.#open.set(occurrence.incident_id, entry)
    }
  }

  /** Writes those that ended before `ms`, earliest first; all of them, with what is known, for Infinity. */
  writeUntil(ms: number) {
    const over = [...this.#open.values()]
      .filter(({ occurrence }) => occurrence.end_ms <= ms)
      .sort((a, b) => a.occurrence.start_ms - b.occurrence.start_ms)
    if (over.length === 0) return
    for (const { occurrence } of over) this.#open.delete(occurrence.incident_id)
    if (this.#path === null) return
    const lines = over.map(({ occurrence, runs }) => `${JSON.stringify(truthOf(occurrence, runs))}\n`)
    appendFileSync(this.#path, lines.join(''))
  }
}
