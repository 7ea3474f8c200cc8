import { type Static, Type } from 'typebox'
import { StoredMeasurement } from './measurement.ts'

/** Every error answer of the collector. `code` is stable; `message` says what to do. */
export const ApiError = Type.Object(
  { code: Type.String({ pattern: '^[A-Z][A-Z0-9_]*$' }), message: Type.String() },
  { additionalProperties: false },
)
export type ApiError = Static<typeof ApiError>

/** Most measurements one `POST /v1/measurements` may carry. */
export const BATCH_MAX_COUNT = 10_000

/** Why one line of a batch was not stored. */
export const Rejection = Type.Object(
  {
    /** 1 is the first line (NDJSON) or member (JSON array). */
    line: Type.Integer({ minimum: 1 }),
    code: Type.Union([
      Type.Literal('LINE_NOT_JSON'),
      Type.Literal('SCHEMA_VIOLATION'),
      Type.Literal('CONTRADICTION'),
      Type.Literal('AGENT_MISMATCH'),
    ]),
    message: Type.String(),
  },
  { additionalProperties: false },
)
export type Rejection = Static<typeof Rejection>

/** Answer to a batch. Accepted means stored; a rejected line will be rejected again and need not be kept. */
export const IngestAnswer = Type.Object(
  {
    accepted: Type.Integer({ minimum: 0 }),
    rejected: Type.Integer({ minimum: 0 }),
    errors: Type.Array(Rejection),
  },
  { additionalProperties: false },
)
export type IngestAnswer = Static<typeof IngestAnswer>

/** `GET /v1/measurements`, newest first. `next_cursor` is `null` on the last page. */
export const MeasurementPage = Type.Object(
  {
    measurements: Type.Array(StoredMeasurement),
    next_cursor: Type.Union([Type.String(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type MeasurementPage = Static<typeof MeasurementPage>
