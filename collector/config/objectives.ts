import { type Static, Type } from 'typebox'
import type { Objective } from '../detect/objectives.ts'
import { RESILIENCE } from '../steer/resilience.ts'

const closed = { additionalProperties: false }

/** What is promised: the share of runs that do not fail, do not stall, or connect within a limit. */
export const ObjectiveEntry = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }),
    signal: Type.Union([Type.Literal('failed'), Type.Literal('slow'), Type.Literal('stalled')]),
    limit_ms: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 60_000 })),
    target_ratio: Type.Number({ minimum: 0.5, exclusiveMaximum: 1 }),
    burn_min: Type.Optional(Type.Number({ minimum: 1, maximum: 1_000 })),
    short_s: Type.Optional(Type.Integer({ minimum: 10, maximum: 86_400 })),
    long_s: Type.Optional(Type.Integer({ minimum: 10, maximum: 604_800 })),
  },
  closed,
)
type ObjectiveEntry = Static<typeof ObjectiveEntry>

const BURN_MIN = 6
const SHORT_S = 300
const LONG_S = 3_600

/** Objectives with everything filled in. `refuse` is told of the first that makes no sense, and throws. */
export function fillObjectives(
  entries: readonly ObjectiveEntry[],
  refuse: (problem: string) => never,
): readonly Objective[] {
  const names = new Set<string>()
  return entries.map((entry, index) => {
    const at = `objectives[${index}]`
    const { name, signal, limit_ms = null, target_ratio } = entry
    const { burn_min = BURN_MIN, short_s = SHORT_S, long_s = Math.max(LONG_S, short_s) } = entry
    if (name === RESILIENCE) refuse(`${at}.name: '${name}' is what alerts on steering are called`)
    if (names.has(name)) refuse(`${at}.name: '${name}' is there twice`)
    names.add(name)
    if ((signal === 'slow') !== (limit_ms !== null)) refuse(`${at}.limit_ms: for signal slow, and no other`)
    if (long_s < short_s) refuse(`${at}.long_s: shorter than short_s`)
    if (burn_min * (1 - target_ratio) > 1)
      refuse(
        `${at}.burn_min: if every run is bad, the budget is spent ${(1 / (1 - target_ratio)).toFixed(1)} times`,
      )
    return { name, signal, limit_ms, target_ratio, burn_min, short_s, long_s }
  })
}
