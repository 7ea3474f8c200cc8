import {
  contradiction,
  fillMeasurement,
  IngestMeasurement,
  type Measurement,
  type Rejection,
} from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import type { Line } from './lines.ts'

/** How far a run may lie in the future of the collector's clock; an agent's clock may be that wrong. */
const FUTURE_MAX_MS = 86_400_000
/** How old a run may be: an outbox may be old, a run from another decade is a fault. */
const AGE_MAX_MS = 731 * 86_400_000

const validator = Compile(IngestMeasurement)

/** Checks one member of a batch: its schema, its contradictions, whose it is and when it ran. */
export function checkLine(
  { line, value }: Line,
  boundAgentId: string | null,
  now: number,
): Measurement | Rejection {
  const reject = (code: Rejection['code'], message: string): Rejection => ({ line, code, message })
  if (value === undefined) return reject('LINE_NOT_JSON', 'this line is not JSON')
  if (!validator.Check(value)) return reject('SCHEMA_VIOLATION', firstProblem(value))
  const measurement = fillMeasurement(value)
  const startedAt = Date.parse(measurement.started_at)
  // 2026-02-31 has the right form, and some engines count on into March.
  if (Number.isNaN(startedAt) || new Date(startedAt).toISOString() !== measurement.started_at)
    return reject('SCHEMA_VIOLATION', 'started_at is not a date')
  if (!measurement.agent_version.isWellFormed())
    return reject('SCHEMA_VIOLATION', 'agent_version is not well-formed Unicode')
  if (boundAgentId !== null && measurement.agent_id !== boundAgentId)
    return reject('AGENT_MISMATCH', `this token is for agent ${boundAgentId}, not ${measurement.agent_id}`)
  if (startedAt > now + FUTURE_MAX_MS)
    return reject('CONTRADICTION', 'started_at is more than a day in the future')
  if (startedAt < now - AGE_MAX_MS) return reject('CONTRADICTION', 'started_at is more than two years ago')
  const reason = contradiction(measurement)
  return reason === null ? measurement : reject('CONTRADICTION', reason)
}

/** Whether a checked line was refused. */
export function isRejection(checked: Measurement | Rejection): checked is Rejection {
  return 'line' in checked
}

/** The most telling fault: an unknown field first, then the first one found. */
function firstProblem(value: unknown): string {
  const errors = validator.Errors(value)
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
