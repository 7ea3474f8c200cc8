import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '../error.ts'

/** How often, and how far apart, a statement is tried. */
export interface Patience {
  readonly attempts: number
  /** The longest pause after the first attempt, in ms; it doubles with each. */
  readonly firstPauseMs: number
}

/** For whoever waits for an answer: 0.7 s of pauses at most, then the caller decides. */
export const BRIEF: Patience = { attempts: 4, firstPauseMs: 100 }

/** For the embedded engine, where trying again would meet the same engine. */
export const ONCE: Patience = { attempts: 1, firstPauseMs: 0 }

/** The connection broke or never came about. A time-out is not here: what was too slow is not sped up by more of it. */
const BROKEN = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EAI_AGAIN',
])

/** What a server says of a moment, not of the statement; by number. */
export const PASSING_ERRORS: Readonly<Record<string, string>> = {
  32: 'ATTEMPT_TO_READ_AFTER_EOF',
  202: 'TOO_MANY_SIMULTANEOUS_QUERIES',
  203: 'NO_FREE_CONNECTION',
  209: 'SOCKET_TIMEOUT',
  210: 'NETWORK_ERROR',
  225: 'NO_ZOOKEEPER',
  236: 'ABORTED',
  242: 'TABLE_IS_READ_ONLY',
  279: 'ALL_CONNECTION_TRIES_FAILED',
  285: 'TOO_FEW_LIVE_REPLICAS',
  319: 'UNKNOWN_STATUS_OF_INSERT',
  999: 'KEEPER_EXCEPTION',
}

/**
 * Runs `work` again when it failed for a reason that may pass, with growing random pauses; the last error is thrown.
 * Only for what may be done twice: reading, and inserts under a token. Ends at once when `signal` does.
 */
export async function retrying<T>(
  patience: Patience,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    // It may have ended while the statement waited for its turn.
    signal?.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      if (attempt >= patience.attempts || signal?.aborted === true || !mayPass(error)) throw error
      const pauseMs = Math.random() * patience.firstPauseMs * 2 ** (attempt - 1)
      // An end during the pause ends with the statement's own error.
      const stopped = await sleep(pauseMs, false, { signal }).catch(() => true)
      if (stopped) throw error
    }
  }
}

function mayPass(error: unknown): boolean {
  const code = codeOf(error)
  return code !== null && (BROKEN.has(code) || Object.hasOwn(PASSING_ERRORS, code))
}
