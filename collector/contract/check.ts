import { type Static, Type } from 'typebox'
import { Timestamp } from './words.ts'

/** One check of what is stored, and how it last came out. */
export const Check = Type.Object(
  {
    name: Type.String(),
    /** What it means when something is found. */
    means: Type.String(),
    /** What to do then. */
    action: Type.String(),
    /** node-cron expression with seconds, UTC. */
    schedule: Type.String(),
    /** How far back it looks. */
    window_s: Type.Integer({ minimum: 1 }),
    /** `failed`: the statement did not end well; `count` and `examples` are of the time before. */
    state: Type.Union([
      Type.Literal('not run'),
      Type.Literal('ok'),
      Type.Literal('found'),
      Type.Literal('failed'),
    ]),
    /** How many were found; `null`: it never ran to its end. */
    count: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    /** At most 20 of them. */
    examples: Type.Array(Type.String()),
    /** When it last ran; `null`: not yet. */
    checked_at: Type.Union([Timestamp, Type.Null()]),
    took_ms: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    /** Code of the failure; `null`: none. */
    failure: Type.Union([Type.String(), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Check = Static<typeof Check>

/** `GET /v1/checks`. */
export const CheckList = Type.Object({ checks: Type.Array(Check) }, { additionalProperties: false })
export type CheckList = Static<typeof CheckList>
