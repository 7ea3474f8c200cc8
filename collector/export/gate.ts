import { CollectorError } from '../error.ts'

/** An export takes a connection, disk and a processor for minutes. */
const OPEN_MAX_COUNT = 2
const RETRY_AFTER_S = 30

/** Lets so many exports through at once. */
export class ExportGate {
  #open = 0

  /** Takes a place; what is returned gives it back, once. Throws `EXPORT_BUSY` when all are taken. */
  enter(): () => void {
    if (this.#open >= OPEN_MAX_COUNT) {
      throw new CollectorError('EXPORT_BUSY', `${OPEN_MAX_COUNT} exports are under way; try again later`, {
        status: 503,
        retryAfterS: RETRY_AFTER_S,
      })
    }
    this.#open += 1
    let inside = true
    return () => {
      if (inside) this.#open -= 1
      inside = false
    }
  }
}
