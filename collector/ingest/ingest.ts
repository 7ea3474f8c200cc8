import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { IngestAnswer, Measurement, Rejection, StoredMeasurement } from '@streamgauge/contract'
import type { Now } from '../clock.ts'
import { Answered } from './answered.ts'
import { checkLine, isRejection } from './check.ts'
import { type Line, parseBatch } from './lines.ts'

/** Lines checked before other work gets its turn. */
const SLICE_COUNT = 500
/** Answers remembered; a repeat older than these is still stored once, by its token in the store. */
const ANSWERS_MAX_COUNT = 2_000

/** What ingest needs of the rest. */
export interface IngestDeps {
  readonly insert: (batch: readonly StoredMeasurement[], token: string) => Promise<void>
  /** Adds what the collector knows of the vantage. */
  readonly enrich: (measurement: Measurement, receivedAt: number) => StoredMeasurement
  /** Called once per batch, when it is stored, with what was stored; never for a repeat. */
  readonly stored: (batch: readonly StoredMeasurement[]) => void
  readonly now: Now
}

/** Takes one batch under its key, from an agent bound to `agentId` (`null`: any). */
export type TakeBatch = (key: string, body: Buffer, agentId: string | null) => Promise<IngestAnswer>

/**
 * Makes ingest: check each line, store the good ones in one insert, answer when they are stored.
 * The deduplication token is the key and the SHA-256 of the body, so that a repeat after a crash stores nothing, and a
 * key that is used again for something else by mistake loses nothing.
 */
export function makeIngest(deps: IngestDeps): TakeBatch {
  const answered = new Answered(ANSWERS_MAX_COUNT)
  return async (key, body, agentId) => {
    const digest = createHash('sha256').update(body).digest('hex')
    const scoped = `${agentId ?? ''}\n${key}`
    return answered.once(scoped, digest, async () => {
      const receivedAt = deps.now()
      const { good, rejected } = await checkAll(parseBatch(body), agentId, receivedAt)
      const batch = good.map((measurement) => deps.enrich(measurement, receivedAt))
      if (batch.length > 0) {
        await deps.insert(batch, `${key}-${digest}`)
        deps.stored(batch)
      }
      return { accepted: batch.length, rejected: rejected.length, errors: rejected }
    })
  }
}

/** A measurement that is there twice is taken once: the first counts, the others contradict it. */
async function checkAll(lines: readonly Line[], agentId: string | null, now: number) {
  const good: Measurement[] = []
  const rejected: Rejection[] = []
  const seen = new Set<string>()
  for (const [index, line] of lines.entries()) {
    if (index % SLICE_COUNT === SLICE_COUNT - 1) await setImmediate()
    const checked = checkLine(line, agentId, now)
    if (isRejection(checked)) rejected.push(checked)
    else if (seen.has(checked.measurement_id)) rejected.push(repeated(line.line, checked.measurement_id))
    else good.push(checked)
    if (!isRejection(checked)) seen.add(checked.measurement_id)
  }
  return { good, rejected }
}

function repeated(line: number, id: string): Rejection {
  return { line, code: 'CONTRADICTION', message: `measurement_id ${id} is in this batch already` }
}
