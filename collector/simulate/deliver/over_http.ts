import { setTimeout as sleep } from 'node:timers/promises'
import type { Now } from '../../clock.ts'
import { CollectorError } from '../../error.ts'
import { firstVisitFrom, visitOf } from '../schedule.ts'
import { generatorFor, type Portion, type Simulation } from '../simulation.ts'
import { type Destination, post } from './post.ts'
import type { Resume } from './resume.ts'
import type { TruthBook } from './truth.ts'

/** A record is there when both runs of its visit are over: twice ten seconds and what lies between. */
const REPORT_MS = 22_000
/** Visits are at most this old when they are sent, where they could be sent at once. */
const PORTION_MS = 500

/** Where rows go, how fast, and who is told. */
export interface HttpDeps {
  readonly destination: Destination
  readonly truth: TruthBook
  readonly resume: Resume | null
  readonly now: Now
  readonly signal: AbortSignal
  /** Visits of one batch, at most. */
  readonly batchVisits: number
  /** Batches on their way at once. */
  readonly inFlight: number
  readonly tell: (rows: number) => void
}

/** What became of the rows. */
export interface Delivered {
  readonly accepted: number
  readonly rejected: number
}

/**
 * Sends the rows of visits to a collector: what is past as fast as it takes them, then each when it would have come in.
 * Ends after the last visit (`Infinity`: never), or when `signal` says stop. Throws `BATCH_REFUSED`.
 */
export async function deliverOverHttp(
  simulation: Simulation,
  visits: Portion,
  deps: HttpDeps,
): Promise<Delivered> {
  const { resume, truth, signal, inFlight } = deps
  const stop = new AbortController()
  const stopped = AbortSignal.any([signal, stop.signal])
  const underWay = new Set<Promise<void>>()
  let accepted = 0
  let rejected = 0
  let failure: unknown = null

  const send = async (portion: Portion) => {
    const { generator, occurrences } = generatorFor(simulation, portion)
    const key = `simulate-${simulation.fingerprint}-${portion.first}-${portion.last}`
    const answer = await post(generator.rows(portion.first, portion.last), key, deps.destination, stopped)
    accepted += answer.accepted
    rejected += answer.rejected
    const [first] = answer.errors
    if (first !== undefined) deps.destination.warn(`rejected: ${first.code} ${first.message}`)
    truth.add(occurrences, generator.takeTouched())
    resume?.done(portion)
    deps.tell(accepted)
  }
  try {
    for await (const portion of portionsInTime(simulation, visits, deps, stopped)) {
      resume?.begin(portion)
      const sent: Promise<void> = send(portion)
        .catch((error: unknown) => {
          if (stopped.aborted) return
          failure ??= error
          stop.abort()
        })
        .finally(() => underWay.delete(sent))
      underWay.add(sent)
      if (underWay.size >= inFlight) await Promise.race(underWay)
      // What is still on its way may belong to an incident that is over; a minute is enough for it.
      truth.writeUntil(visitOf(simulation.schedule, portion.first).at_ms - 60_000)
    }
  } catch (error) {
    if (!stopped.aborted) throw error
  } finally {
    await Promise.all(underWay)
  }
  if (failure !== null) throw failure
  truth.writeUntil(Infinity)
  return { accepted, rejected }
}

/** First what was begun before, as it was cut then; then whole batches while behind; then what is due, as it falls due. */
async function* portionsInTime(
  { schedule }: Simulation,
  visits: Portion,
  { resume, now, batchVisits }: HttpDeps,
  signal: AbortSignal,
): AsyncGenerator<Portion> {
  for (const portion of [...(resume?.open ?? [])]) yield portion
  const small = Math.max(1, Math.min(batchVisits, Math.round(PORTION_MS / schedule.interval_ms)))
  let first = Math.max(visits.first, resume?.next ?? 0)
  while (first < visits.last && !signal.aborted) {
    const due = firstVisitFrom(schedule, now() - REPORT_MS)
    const last = Math.min(visits.last, first + batchVisits, due)
    if (last - first >= Math.min(small, visits.last - first)) {
      yield { first, last }
      first = last
      continue
    }
    await sleep(Math.max(10, (first + small - due) * schedule.interval_ms), null, { signal })
  }
}

/** Throws `ROWS_REJECTED` when the collector did not take all of them. */
export function refuseRejections({ accepted, rejected }: Delivered) {
  if (rejected === 0) return
  throw new CollectorError(
    'ROWS_REJECTED',
    `the collector rejected ${rejected} of ${accepted + rejected} rows`,
  )
}
