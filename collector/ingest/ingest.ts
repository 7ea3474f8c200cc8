import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { IngestAnswer, Measurement, Rejection, StoredMeasurement } from '@streamgauge/contract'
import { type Now, timestamp } from '../clock.ts'
import type { Origin } from '../fleet/enrich.ts'
import { Answered } from './answered.ts'
import { checkLine, isRejection, type Rules } from './check.ts'
import type { Batch, DeadLetter, Intake } from './intake.ts'
import { type Line, parseBatch } from './lines.ts'

/** Lines checked before other work gets its turn. */
const SLICE_COUNT = 200
/** Answers remembered in memory; what a repeat after that meets is the intake's memory. */
const ANSWERS_MAX_COUNT = 2_000
/** Of one batch, refused lines that are kept, and the most that is kept of each. */
const LETTERS_MAX_COUNT = 100
const LETTER_MAX_CHARS = 4_096

/** What ingest needs of the rest. */
export interface IngestDeps {
  readonly intake: Intake
  /** Adds what the collector knows of the vantage. */
  readonly enrich: (measurement: Measurement, origin: Origin) => StoredMeasurement
  /** Called for each agent a batch has sound lines of, with the version it says it is. */
  readonly heard: (agentId: string, version: string) => void
  /** Whether anyone wants to hear of what is stored. */
  readonly watched: () => boolean
  /** Called once per batch that is watched, when it is stored; never for a repeat. */
  readonly stored: (batch: readonly StoredMeasurement[]) => void
  readonly now: Now
  /** How old a run may be, in ms. */
  readonly ageMaxMs: number
}

/** One batch as it came. */
export interface Sent {
  readonly key: string
  readonly body: Buffer
  /** The agent the token is bound to; `null`: any. */
  readonly agentId: string | null
  /** The address it came from; `null`: not known. */
  readonly address: string | null
}

/** Takes one batch under its key; resolves when it is stored. */
export type TakeBatch = (sent: Sent) => Promise<IngestAnswer>

/**
 * Makes ingest: check each line, hand the good ones to the intake, answer when they are stored.
 * A batch is known by its sender, its key and the SHA-256 of its body, so that a repeat stores nothing, and a key that is used
 * again for something else by mistake loses nothing.
 */
export function makeIngest(deps: IngestDeps): TakeBatch {
  const answered = new Answered(ANSWERS_MAX_COUNT)
  const inTurn = makeTurns()
  return async ({ key, body, agentId, address }) => {
    const digest = createHash('sha256').update(body).digest('hex')
    const scoped = `${agentId ?? ''}\n${key}`
    return answered.once(scoped, digest, async () => {
      const id = createHash('sha256').update(`${scoped}\n${digest}`).digest('hex').slice(0, 32)
      const known = deps.intake.recall(id)
      if (known !== null) return known
      const now = deps.now()
      const origin = { receivedAt: timestamp(now), address }
      const rules = { agentId, now, ageMaxMs: deps.ageMaxMs }
      const { good, rejected } = await inTurn(() => checkAll(body, rules))
      const rows = good.map((measurement) => deps.enrich(measurement, origin))
      const letters = rejected
        .slice(0, LETTERS_MAX_COUNT)
        .map((refused) => deadLetter(refused, { key, agentId, ...origin }))
      const errors = rejected.map(({ rejection }) => rejection)
      return store(deps, {
        id,
        rows,
        letters,
        answer: { accepted: rows.length, rejected: errors.length, errors },
      })
    })
  }
}

/** Not an async function: one that waits would keep the rows, and they are many. */
function store(deps: IngestDeps, batch: Batch): Promise<IngestAnswer> {
  const { rows, letters, answer } = batch
  for (const [agentId, version] of new Map(rows.map((row) => [row.agent_id, row.agent_version])))
    deps.heard(agentId, version)
  if (rows.length + letters.length === 0) return Promise.resolve(answer)
  const watched = deps.watched() ? rows : []
  return deps.intake.put(batch).then(() => {
    if (watched.length > 0) deps.stored(watched)
    return answer
  })
}

/** One batch is checked after the other: side by side they would all be done late, and all in memory. */
function makeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}

interface Refused {
  readonly rejection: Rejection
  readonly body: string
}

/** A measurement that is there twice is taken once: the first counts, the others contradict it. */
async function checkAll(body: Buffer, rules: Rules) {
  const good: Measurement[] = []
  const rejected: Refused[] = []
  const seen = new Set<string>()
  let count = 0
  for (const line of parseBatch(body)) {
    count++
    if (count % SLICE_COUNT === 0) await setImmediate()
    const checked = checkOnce(line, rules, seen)
    if (isRejection(checked)) {
      const body = rejected.length < LETTERS_MAX_COUNT ? line.excerpt(LETTER_MAX_CHARS) : ''
      rejected.push({ rejection: checked, body })
    } else good.push(checked)
  }
  return { good, rejected }
}

function checkOnce(line: Line, rules: Rules, seen: Set<string>): Measurement | Rejection {
  const checked = checkLine(line, rules)
  if (isRejection(checked)) return checked
  const id = checked.measurement_id
  if (seen.has(id)) {
    return {
      line: line.line,
      code: 'CONTRADICTION',
      message: `measurement_id ${id} is in this batch already`,
    }
  }
  seen.add(id)
  return checked
}

function deadLetter(
  { rejection, body }: Refused,
  { key, agentId, receivedAt }: { key: string; agentId: string | null; receivedAt: string },
): DeadLetter {
  return {
    received_at: receivedAt,
    agent_id: agentId ?? '',
    batch_key: key,
    line: rejection.line,
    code: rejection.code,
    message: rejection.message.slice(0, LETTER_MAX_CHARS),
    body,
  }
}
