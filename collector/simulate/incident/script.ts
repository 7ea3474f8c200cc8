import { readFileSync } from 'node:fs'
import { Country, Id, Timestamp, Transport } from '@streamgauge/contract'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { parse } from 'yaml'
import { messageOf, StartError } from '../../error.ts'

const closed = { additionalProperties: false }
const oneOrMore = <T extends ReturnType<typeof Type.String>>(schema: T) =>
  Type.Union([schema, Type.Array(schema, { minItems: 1, maxItems: 1_000 })])

/** What an incident is an incident of. */
export const Scope = Type.Union([
  Type.Literal('cell'),
  Type.Literal('region'),
  Type.Literal('node'),
  Type.Literal('route'),
  Type.Literal('transport'),
  Type.Literal('agent'),
])
export type Scope = Static<typeof Scope>

/** Which runs an incident touches: those for which everything that is named holds. */
export const Where = Type.Object(
  {
    country: Type.Optional(oneOrMore(Country)),
    isp: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    agent_id: Type.Optional(Id),
    node_id: Type.Optional(Id),
    node_country: Type.Optional(Country),
    route: Type.Optional(Id),
    provider: Type.Optional(Id),
    transport: Type.Optional(Transport),
  },
  closed,
)
export type Where = Static<typeof Where>

/** What happens to the runs. `throughput_ratio` is what remains; `outage_ratio` the share of runs that fail. */
export const Effect = Type.Object(
  {
    loss_ratio: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    latency_ms: Type.Optional(Type.Number({ minimum: 0, maximum: 5_000 })),
    throughput_ratio: Type.Optional(Type.Number({ minimum: 0.001, maximum: 1 })),
    outage_ratio: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  },
  { ...closed, minProperties: 1 },
)
export type Effect = Static<typeof Effect>

/** Once, from `start` to `end`; or again and again: `length_s` out of every `every_s`, `offset_s` into them, since 1970. */
const Entry = Type.Object(
  {
    name: Id,
    scope: Scope,
    where: Where,
    effect: Effect,
    start: Type.Optional(Timestamp),
    end: Type.Optional(Timestamp),
    every_s: Type.Optional(Type.Integer({ minimum: 60, maximum: 31_536_000 })),
    offset_s: Type.Optional(Type.Integer({ minimum: 0, maximum: 31_536_000 })),
    length_s: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
  },
  closed,
)
export type ScriptedIncident = Static<typeof Entry>

const Script = Type.Object({ incidents: Type.Array(Entry, { maxItems: 10_000 }) }, closed)
const validator = Compile(Script)

/** What each scope must name. */
const NAMES: Readonly<Record<Scope, readonly (keyof Where)[]>> = {
  cell: ['country', 'isp'],
  region: ['country'],
  node: ['node_id'],
  route: ['route'],
  transport: ['transport'],
  agent: ['agent_id'],
}

/** The script that is used when none is given. */
export const DEFAULT_SCRIPT = new URL('./default.yaml', import.meta.url)

/** Reads an incident script (YAML or JSON). Throws `SCRIPT_UNREADABLE` or `SCRIPT_INVALID`. */
export function readScript(path: string | URL): ScriptedIncident[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError('SCRIPT_UNREADABLE', `cannot read ${path}: ${messageOf(error)}`, error)
  }
  return parseScript(text, `${path}`)
}

/** `readScript` on text; `path` is what messages say. */
export function parseScript(text: string, path: string): ScriptedIncident[] {
  const refuse = (problem: string, cause?: unknown) =>
    new StartError('SCRIPT_INVALID', `${path}: ${problem}`, cause)
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw refuse(messageOf(error), error)
  }
  if (!validator.Check(value)) {
    const [first] = validator.Errors(value)
    throw refuse(`${first?.instancePath || 'the file'} ${first?.message ?? 'is not a script'}`)
  }
  const names = new Set<string>()
  for (const [index, incident] of value.incidents.entries()) {
    const problem = problemOf(incident) ?? (names.has(incident.name) ? 'this name is there twice' : null)
    if (problem !== null) throw refuse(`incidents[${index}] ${incident.name}: ${problem}`)
    names.add(incident.name)
  }
  return value.incidents
}

function problemOf({ scope, where, start, end, every_s, offset_s = 0, length_s }: ScriptedIncident) {
  const missing = NAMES[scope].find((key) => where[key] === undefined)
  if (missing !== undefined) return `scope ${scope} needs where.${missing}`
  const once = start !== undefined && end !== undefined
  const often = every_s !== undefined && length_s !== undefined
  if (once === often) return 'give start and end, or every_s and length_s'
  if (once && !(Date.parse(start) < Date.parse(end))) return 'end is not after start'
  if (often && offset_s + length_s > every_s) return 'offset_s and length_s are longer than every_s'
  return null
}
