import { CollectorError, codeOf, messageOf } from '../error.ts'

/** Too much waits already. */
export function busy(): CollectorError {
  return new CollectorError('BUSY', 'too many measurements wait for the store; send this batch again later', {
    status: 503,
    retryAfterS: 2,
  })
}

/** The store does not take anything, or it is not known whether it took this. */
export function away(cause?: unknown): CollectorError {
  const message = 'the store does not take measurements now; send this batch again later'
  return new CollectorError('STORE_UNAVAILABLE', message, { status: 503, retryAfterS: 5, cause })
}

/** The journal could not be written: `DISK_FULL` where that is why, else `STORE_UNAVAILABLE`. */
export function unwritable(cause: unknown): CollectorError {
  // SQLite says it in words.
  const full = codeOf(cause) === 'ENOSPC' || /disk is full/.test(messageOf(cause))
  if (!full) return away(cause)
  const message = 'the collector has no room on its disk; send this batch again later'
  return new CollectorError('DISK_FULL', message, { status: 503, retryAfterS: 30, cause })
}
