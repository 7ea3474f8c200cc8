import { CollectorError, codeOf, messageOf } from '../error.ts'

/** TIMEOUT_EXCEEDED, TOO_MANY_ROWS, MEMORY_LIMIT_EXCEEDED, TOO_MANY_ROWS_OR_BYTES. */
const TOO_LARGE = ['159', '158', '241', '396']

/** Runs a statement; rejects with `QUERY_TOO_LARGE` when it passed its limits, else with `STORE_UNAVAILABLE`. */
export async function wrap<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CollectorError) throw error
    const tooMuch = TOO_LARGE.includes(codeOf(error) ?? '')
    if (tooMuch) {
      const message =
        'this needs more time or memory than one request may use; narrow the window or the filters'
      throw new CollectorError('QUERY_TOO_LARGE', message, { status: 422, cause: error })
    }
    throw new CollectorError('STORE_UNAVAILABLE', `the store failed (${what}): ${messageOf(error)}`, {
      status: 503,
      retryAfterS: 5,
      cause: error,
    })
  }
}
