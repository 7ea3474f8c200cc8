import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ApiError, IngestAnswer } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { pause } from '../clock.ts'
import type { Batch, Outbox, Refusal } from './outbox.ts'

const compress = promisify(gzip)
const isAnswer = Compile(IngestAnswer)
const isError = Compile(ApiError)

/** Codes that say of a batch that it will never be taken. */
const WRONG = new Set(['BODY_NOT_JSON', 'BODY_NOT_DECODABLE', 'IDEMPOTENCY_KEY_MISSING'])

const BATCH_MAX = 500
const IDLE_MS = 1_000
const BACKOFF_FIRST_MS = 1_000
const BACKOFF_MOST_MS = 60_000
const ANSWER_LIMIT_MS = 30_000

/** Where measurements go. */
export interface Destination {
  readonly url: URL
  readonly token: string
  readonly agent_id: string
}

/** What became of one attempt. `retry_ms`: how long the collector asked to wait; `null`: it did not say. */
type Outcome =
  | { readonly kind: 'taken'; readonly refused: readonly Refusal[] }
  | { readonly kind: 'too large' }
  | { readonly kind: 'key used' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string; readonly retry_ms: number | null }

/** Tells people what the sender meets; the messages are for them. */
export interface SenderLog {
  warn(details: object, message: string): void
  info(details: object, message: string): void
}

/**
 * Sends the outbox, batch by batch and for as long as it takes, until `signal` says stop. A collector that is
 * away, busy or does not know our token is asked again with growing pauses; nothing is given up on.
 */
export async function sendForever(
  outbox: Outbox,
  destination: Destination,
  log: SenderLog,
  signal: AbortSignal,
): Promise<void> {
  let most = BATCH_MAX
  let failures = 0
  while (!signal.aborted) {
    const batch = outbox.next(most)
    if (batch === null) {
      await pause(IDLE_MS, signal)
      continue
    }
    const outcome = await send(batch, destination, signal)
    if (signal.aborted) return
    if (outcome.kind === 'taken') {
      outbox.settle(batch, outcome.refused)
      if (outcome.refused.length > 0)
        log.warn(
          { refused: outcome.refused.slice(0, 5) },
          `the collector refused ${outcome.refused.length} records`,
        )
      if (failures > 0) log.info({ outbox_count: outbox.count() }, 'the collector is back')
      failures = 0
      most = BATCH_MAX
    } else if (outcome.kind === 'too large' && batch.lines.length > 1) {
      most = Math.max(1, Math.floor(batch.lines.length / 2))
      outbox.split(batch)
    } else if (outcome.kind === 'key used') {
      outbox.split(batch)
    } else if (outcome.kind === 'later') {
      failures++
      if (failures === 1)
        log.warn({ reason: outcome.reason }, 'the collector does not take measurements; they are kept')
      await pause(outcome.retry_ms ?? backoff(failures), signal)
    } else {
      const reason = outcome.kind === 'refused' ? outcome.reason : 'one record is too large'
      log.warn({ reason }, `the collector refused a batch of ${batch.lines.length} records; it is set aside`)
      outbox.settle(
        batch,
        batch.lines.map((_, index) => ({ index, reason })),
      )
    }
  }
}

/** One attempt at one batch. */
async function send(batch: Batch, destination: Destination, signal: AbortSignal): Promise<Outcome> {
  try {
    const response = await fetch(new URL('/v1/measurements', destination.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${destination.token}`,
        'x-agent-id': destination.agent_id,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'gzip',
        'idempotency-key': batch.key,
      },
      body: new Uint8Array(await compress(batch.lines.join('\n'))),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
    })
    return await outcomeOf(response)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
    return {
      kind: 'later',
      reason: `${error instanceof Error ? error.message : error} ${cause}`.trim(),
      retry_ms: null,
    }
  }
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const text = (await response.text()).slice(0, 4 * 1024 * 1024)
  if (response.ok) {
    const answer = jsonOf(text)
    if (!isAnswer.Check(answer))
      return { kind: 'later', reason: 'an answer that is not the collector’s', retry_ms: null }
    return {
      kind: 'taken',
      refused: answer.errors.map((error) => ({
        index: error.line - 1,
        reason: `${error.code}: ${error.message}`,
      })),
    }
  }
  const reason = `${response.status} ${text.slice(0, 300)}`
  if (response.status === 413) return { kind: 'too large' }
  const code = codeOf(jsonOf(text))
  if (code === 'IDEMPOTENCY_KEY_REUSED') return { kind: 'key used' }
  // Only the collector says that the batch itself is wrong, and only so: a proxy on the way answers 400 too.
  if (WRONG.has(code ?? '')) return { kind: 'refused', reason }
  const after = Number(response.headers.get('retry-after') ?? Number.NaN)
  return { kind: 'later', reason, retry_ms: after > 0 ? Math.min(after * 1_000, BACKOFF_MOST_MS) : null }
}

/** Doubling, with jitter, so that a thousand agents do not come back in step. */
function backoff(failures: number): number {
  const most = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** (failures - 1))
  return most / 2 + Math.random() * (most / 2)
}

/** The code of a collector's error; `null`: the text is none. */
function codeOf(value: unknown): string | null {
  return isError.Check(value) ? value.code : null
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
