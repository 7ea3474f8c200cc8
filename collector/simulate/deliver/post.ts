import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { fillMeasurement, IngestAnswer, type StoredMeasurement } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { CollectorError, messageOf } from '../../error.ts'

const compress = promisify(gzip)
const isAnswer = Compile(IngestAnswer)
const ANSWER_LIMIT_MS = 60_000
const PAUSE_FIRST_MS = 500
const PAUSE_MOST_MS = 15_000

/** A running collector. */
export interface Destination {
  readonly url: URL
  /** With role `agent`, bound to no agent: it speaks for all of them. */
  readonly token: string
  /** Told of each attempt that has to be made again. */
  readonly warn: (message: string) => void
}

/**
 * Posts a batch until the collector has answered for it; under one key, so that it is stored once. Waits as long as the
 * collector asks (`Retry-After`), and longer each time when it does not answer. Rejects with `BATCH_REFUSED`, or when
 * `signal` says stop.
 */
export async function post(
  rows: readonly StoredMeasurement[],
  key: string,
  { url, token, warn }: Destination,
  signal: AbortSignal,
): Promise<IngestAnswer> {
  // The collector adds the vantage itself, from its configuration.
  const lines = rows.map((row) => JSON.stringify(fillMeasurement(row))).join('\n')
  const body = new Uint8Array(await compress(lines, { level: constants.Z_BEST_SPEED }))
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
    'idempotency-key': key,
  }
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted()
    const outcome = await once(new URL('/v1/measurements', url), headers, body, signal)
    if (outcome.answer !== null) return outcome.answer
    warn(outcome.reason)
    const pause = outcome.retry_ms ?? Math.min(PAUSE_MOST_MS, PAUSE_FIRST_MS * 2 ** attempt)
    await sleep(pause, null, { signal })
  }
}

type Outcome =
  | { readonly answer: IngestAnswer }
  | { readonly answer: null; readonly reason: string; readonly retry_ms: number | null }

async function once(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Outcome> {
  let response: Response
  let text: string
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)])
    response = await fetch(url, { method: 'POST', headers, body, signal: limit })
    text = await response.text()
  } catch (error) {
    signal.throwIfAborted()
    return { answer: null, reason: `no answer: ${causeOf(error)}`, retry_ms: null }
  }
  if (response.ok) return { answer: answerIn(text) }
  const reason = `${response.status} ${text.slice(0, 200)}`
  if (response.status !== 429 && response.status < 500) throw new CollectorError('BATCH_REFUSED', reason)
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return { answer: null, reason, retry_ms: Number.isFinite(seconds) ? seconds * 1_000 : null }
}

function answerIn(text: string): IngestAnswer {
  try {
    const value: unknown = JSON.parse(text)
    if (isAnswer.Check(value)) return value
  } catch (error) {
    throw new CollectorError('BATCH_REFUSED', `the answer is not JSON: ${messageOf(error)}`, { cause: error })
  }
  throw new CollectorError('BATCH_REFUSED', 'the answer is not one of a collector')
}

/** `fetch` says only that it failed; its cause says why. */
function causeOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error)
}
