import {
  completeMeasurement,
  contradiction,
  IngestMeasurement,
  Measurement,
  type Rejection,
} from '@streamgauge/contract'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Line } from './lines.ts'

/** How far a run may lie in the future of the collector's clock. */
const FUTURE_MAX_MS = 86_400_000
/** A run that began this long after it was received was filed by a clock that is wrong. */
const SKEW_MAX_MS = 10_000
/** The taint of a run whose `started_at` is wrong, as agents themselves say it. */
const SKEWED = 'clock_offset'

/** Against what a line is checked. */
export interface Rules {
  /** The agent the token is bound to; `null`: any. */
  readonly agentId: string | null
  /** By the collector's clock, in ms since the epoch. */
  readonly now: number
  /** How old a run may be, in ms: as long as measurements are kept. One that is older would be deleted as it is stored. */
  readonly ageMaxMs: number
}

const strict = Compile(IngestMeasurement)
/** Without the look at every field's name, which takes as long as everything else: the count of fields tells as much. */
const types = Compile(Type.Object(IngestMeasurement.properties))
const FIELDS_COUNT = Object.keys(Measurement.properties).length

/**
 * Checks one member of a batch: its schema, its contradictions, whose it is and when it ran. A run that began after it was
 * received is tainted; one of a day later or longer ago than measurements are kept is refused.
 */
export function checkLine({ line, value }: Line, rules: Rules): Measurement | Rejection {
  const { agentId, now, ageMaxMs } = rules
  const reject = (code: Rejection['code'], message: string): Rejection => ({ line, code, message })
  if (value === undefined) return reject('LINE_NOT_JSON', 'this line is not JSON')
  if (!types.Check(value)) return reject('SCHEMA_VIOLATION', firstProblem(value))
  const measurement = completeMeasurement(value)
  if (Object.keys(measurement).length !== FIELDS_COUNT) return reject('SCHEMA_VIOLATION', firstProblem(value))
  const startedAt = Date.parse(measurement.started_at)
  // 2026-02-31 has the right form, and some engines count on into March.
  if (new Date(startedAt).getUTCDate() !== Number(measurement.started_at.slice(8, 10)))
    return reject('SCHEMA_VIOLATION', 'started_at is not a date')
  if (!measurement.agent_version.isWellFormed())
    return reject('SCHEMA_VIOLATION', 'agent_version is not well-formed Unicode')
  if (agentId !== null && measurement.agent_id !== agentId)
    return reject('AGENT_MISMATCH', `this token is for agent ${agentId}, not ${measurement.agent_id}`)
  if (startedAt > now + FUTURE_MAX_MS)
    return reject('CONTRADICTION', 'started_at is more than a day in the future')
  if (startedAt < now - ageMaxMs) {
    const days = Math.floor(ageMaxMs / 86_400_000)
    return reject(
      'CONTRADICTION',
      `started_at is more than ${days} days ago, longer than measurements are kept`,
    )
  }
  const reason = contradiction(measurement)
  if (reason !== null) return reject('CONTRADICTION', reason)
  const skewed = startedAt > now + SKEW_MAX_MS && !measurement.taints.includes(SKEWED)
  return skewed ? { ...measurement, taints: [...measurement.taints, SKEWED] } : measurement
}

/** Whether a checked line was refused. */
export function isRejection(checked: Measurement | Rejection): checked is Rejection {
  return 'line' in checked
}

/** The most telling fault: an unknown field first, then the first one found. */
function firstProblem(value: unknown): string {
  const errors = strict.Errors(value)
  for (const error of errors) {
    if (error.keyword !== 'additionalProperties') continue
    const [field = ''] = error.params.additionalProperties
    return `unknown field ${[...error.instancePath.split('/').slice(1), field].join('.').slice(0, 200)}`
  }
  const [first] = errors
  if (first === undefined) return 'not a measurement'
  const field = first.instancePath.slice(1).replaceAll('/', '.')
  return field === '' ? `the measurement ${first.message}` : `${field} ${first.message}`
}
