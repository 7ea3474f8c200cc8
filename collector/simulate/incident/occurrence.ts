import { timestamp } from '../../clock.ts'
import type { SimulatedAgent } from '../world/agent.ts'
import type { Side } from '../world/plan.ts'
import type { Effect, Scope, ScriptedIncident, Where } from './script.ts'

/** An incident at the time it happens; half-open, by the start of a run. */
export interface Occurrence {
  readonly incident_id: string
  readonly scope: Scope
  readonly where: Where
  readonly effect: Effect
  readonly start_ms: number
  readonly end_ms: number
}

/** The ground truth of one occurrence: one line of the `--truth` file. */
export interface Truth {
  readonly incident_id: string
  readonly scope: Scope
  readonly where: Where
  readonly effect: Effect
  readonly started_at: string
  readonly ended_at: string
  /** Runs it touched. */
  readonly runs_count: number
  readonly simulated: true
}

/** Every occurrence that overlaps `[from, to)`, earliest first. Its id is the name and the start. */
export function occurrencesOf(script: readonly ScriptedIncident[], from: number, to: number): Occurrence[] {
  return script
    .flatMap((incident) =>
      timesOf(incident, from, to).map(([start_ms, end_ms]) => ({
        incident_id: `${incident.name}:${timestamp(start_ms)}`,
        scope: incident.scope,
        where: incident.where,
        effect: incident.effect,
        start_ms,
        end_ms,
      })),
    )
    .sort((a, b) => a.start_ms - b.start_ms || (a.incident_id < b.incident_id ? -1 : 1))
}

/** Whether an occurrence touches runs of this agent against this target, whenever they are. */
export function touches({ where }: Occurrence, agent: SimulatedAgent, { target }: Side): boolean {
  const { node } = target.node
  return (
    among(where.country, agent.country.code) &&
    among(where.isp, agent.isp.name) &&
    among(where.agent_id, agent.agent_id) &&
    among(where.node_id, node.node_id) &&
    among(where.node_country, node.country) &&
    among(where.route, target.route) &&
    among(where.provider, node.provider) &&
    among(where.transport, target.transport)
  )
}

/** The line of the truth file. */
export function truthOf(occurrence: Occurrence, runsCount: number): Truth {
  const { incident_id, scope, where, effect, start_ms, end_ms } = occurrence
  return {
    incident_id,
    scope,
    where,
    effect,
    started_at: timestamp(start_ms),
    ended_at: timestamp(end_ms),
    runs_count: runsCount,
    simulated: true,
  }
}

function timesOf(incident: ScriptedIncident, from: number, to: number): [number, number][] {
  const { start, end, every_s, offset_s = 0, length_s } = incident
  if (start !== undefined && end !== undefined) {
    const once: [number, number] = [Date.parse(start), Date.parse(end)]
    return once[0] < to && once[1] > from ? [once] : []
  }
  const every = (every_s ?? 0) * 1_000
  const length = (length_s ?? 0) * 1_000
  const times: [number, number][] = []
  const first = Math.floor((from - offset_s * 1_000) / every)
  for (let round = first; ; round++) {
    const startMs = round * every + offset_s * 1_000
    if (startMs >= to) return times
    if (startMs + length > from) times.push([startMs, startMs + length])
  }
}

function among(wanted: string | readonly string[] | undefined, value: string): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? wanted === value : wanted.includes(value)
}
