import type { Destination } from '../outbox/sender.ts'

const ANSWER_LIMIT_MS = 10_000
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024

/** What the collector said when asked what to do. */
export type AssignmentsAnswer =
  | { readonly kind: 'new'; readonly revision: string | null; readonly set: unknown }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly reason: string }

/** Asks for this agent's assignments, unless they are still at `revision`. Never rejects. */
export async function fetchAssignments(
  destination: Destination,
  revision: string | null,
  signal: AbortSignal,
): Promise<AssignmentsAnswer> {
  try {
    const response = await fetch(new URL('/v1/assignments', destination.url), {
      headers: {
        authorization: `Bearer ${destination.token}`,
        'x-agent-id': destination.agent_id,
        ...(revision === null ? {} : { 'if-none-match': revision }),
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
    })
    if (response.status === 304) return { kind: 'unchanged' }
    const text = await response.text()
    if (!response.ok) return { kind: 'failed', reason: `${response.status} ${text.slice(0, 300)}` }
    if (text.length > LARGEST_ANSWER_BYTES) return { kind: 'failed', reason: 'an answer of more than 16 MiB' }
    return { kind: 'new', revision: response.headers.get('etag'), set: JSON.parse(text) }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    return { kind: 'failed', reason: `${error instanceof Error ? error.message : String(error)}${cause}` }
  }
}
