import { failureOfSocket, ProbeFailure } from '../probe/failure.ts'

/** Settles a request once, whichever of its many endings comes first, and stops it when it failed. */
export function ending(
  resolve: () => void,
  reject: (error: unknown) => void,
  stop: () => void,
): { end: () => void; fail: (error: unknown) => void } {
  let settled = false
  return {
    end() {
      if (settled) return
      settled = true
      resolve()
    },
    fail(error) {
      if (settled) return
      settled = true
      stop()
      reject(failureOfSocket(error, 'http') ?? unexpected(error))
    },
  }
}

/** Errors with a code of their own pass; anything else is ours. */
function unexpected(error: unknown): unknown {
  if (error instanceof Error && 'code' in error) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ProbeFailure('AGENT_ERROR', 'agent', message, error)
}
