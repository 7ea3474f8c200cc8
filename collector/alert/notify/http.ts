import { messageOf } from '../../error.ts'
import type { Message } from '../message.ts'
import type { Outcome } from '../outcome.ts'
import type { Receiver } from '../receiver.ts'
import type { Attempt, Notifier } from './notifier.ts'

/** What goes to a receiver over HTTP, as `POST` with a JSON body. */
export interface Outgoing {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How one kind of receiver is spoken to over HTTP. Pure. */
export interface Dialect {
  make(receiver: Receiver, message: Message, attempt: Omit<Attempt, 'signal'>): Outgoing
  /** What the body of an answer with a 2xx status means. */
  resultOf(answer: string): Outcome['result']
}

/** How much of an answer is read. */
const ANSWER_MAX_BYTES = 4_096

/** These say that the same request may be taken later. */
const TRY_LATER = new Set([408, 425, 429])

/**
 * A notifier that speaks a dialect. Redirects are not followed, so that what is signed goes nowhere else. A user and a password in
 * the URL go as Basic authentication (RFC 7617).
 */
export function overHttp(dialect: Dialect): Notifier {
  return async (receiver, message, attempt) => {
    const { url, headers, body } = dialect.make(receiver, message, attempt)
    const { target, authorization } = withoutCredentials(url)
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'streamgauge',
          ...authorization,
          ...headers,
        },
        body,
        redirect: 'manual',
        signal: attempt.signal,
      })
      const answer = await beginningOf(response)
      return outcomeOf(response, answer, dialect, attempt.now_ms)
    } catch (error) {
      return { result: 'again', reply_code: null, reason: whyOf(error), retry_after_ms: null }
    }
  }
}

/** `Retry-After` (RFC 9110, 10.2.3) as ms from now, an hour at most; `null`: not there, or not to be understood. */
export function retryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), 3_600_000)
}

function outcomeOf(response: Response, answer: string, dialect: Dialect, nowMs: number): Outcome {
  const { status } = response
  const retry_after_ms = retryAfter(response.headers.get('retry-after'), nowMs)
  if (response.ok) {
    const result = dialect.resultOf(answer)
    const reason = result === 'delivered' ? null : `refused: ${answer}`
    return { result, reply_code: status, reason, retry_after_ms }
  }
  const result = status >= 500 || TRY_LATER.has(status) ? 'again' : 'given up'
  return { result, reply_code: status, reason: `HTTP ${status}: ${answer}`, retry_after_ms }
}

/** `fetch` takes no URL with credentials, and would say them in its refusal. */
function withoutCredentials(url: string): {
  target: string
  authorization: Readonly<Record<string, string>>
} {
  const target = new URL(url)
  if (target.username === '' && target.password === '') return { target: url, authorization: {} }
  const pair = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`
  target.username = ''
  target.password = ''
  return {
    target: target.href,
    authorization: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
  }
}

async function beginningOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    parts.push(part)
    length += part.length
    if (length >= ANSWER_MAX_BYTES) break
  }
  return Buffer.concat(parts).subarray(0, ANSWER_MAX_BYTES).toString('utf8')
}

function whyOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`
}
