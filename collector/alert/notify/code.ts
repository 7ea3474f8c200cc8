import type { Outcome } from '../outcome.ts'

/**
 * What an answer `{ "<name>": 0, ... }` with status 200 means: 0 is delivered, one of `busy` is to be tried again, any other code
 * is a refusal. An answer without a code is no answer of such a receiver: something in between may be out of order.
 */
export function resultByCode(answer: string, name: string, busy: readonly number[]): Outcome['result'] {
  const code = codeIn(answer, name)
  if (code === 0) return 'delivered'
  return code === null || busy.includes(code) ? 'again' : 'given up'
}

function codeIn(answer: string, name: string): number | null {
  try {
    const code: unknown = JSON.parse(answer)?.[name]
    return typeof code === 'number' ? code : null
  } catch {
    return null
  }
}
