import type { ScriptedIncident } from '@streamgauge/collector/simulate/incident/script.ts'
import { makeAgents } from '@streamgauge/collector/simulate/world/agent.ts'
import { readCountries } from '@streamgauge/collector/simulate/world/country.ts'
import { makeNodes } from '@streamgauge/collector/simulate/world/node.ts'
import { planner } from '@streamgauge/collector/simulate/world/plan.ts'
import { makeTargets } from '@streamgauge/collector/simulate/world/target.ts'
import { FULL_SIZE, type World } from '@streamgauge/collector/simulate/world/world.ts'
import { placesOf } from '../detect/places.ts'
import { drawScript } from '../detect/script.ts'

const COUNTRIES = ['TH', 'ID', 'VN', 'IN', 'BR', 'ZA', 'MX', 'TR', 'DE', 'US', 'GB', 'RU']
const ISPS_EACH = 3
const AGENTS_EACH = 3
/** The truth is looked up in steps of so long: incidents begin and end with one. */
export const STEP_MS = 300_000
/** Runs of one agent in the time in which an incident must have been looked at. */
const AGENT_RUNS = 20

/** All nodes of a smaller fleet, and of twelve countries three networks with three agents each: 36 cells. */
export function smallFleet(nodesCount: number): World {
  const countries = readCountries()
  const nodes = makeNodes(countries, nodesCount - 9)
  const targets = makeTargets(nodes)
  const counts = new Map<string, number>()
  const agents = makeAgents(countries, FULL_SIZE.agents).filter(({ country, isp }) => {
    const cell = `${country.code}/${isp.name}`
    const isOne =
      COUNTRIES.includes(country.code) && country.isps.slice(0, ISPS_EACH).some(({ asn }) => asn === isp.asn)
    const count = counts.get(cell) ?? 0
    if (!isOne || count === AGENTS_EACH) return false
    counts.set(cell, count + 1)
    return true
  })
  return { countries, nodes, targets: targets.list, agents, plans: agents.map(planner(nodes, targets)) }
}

/** Incidents of every scope, on whole steps. */
export function scriptFor(
  world: World,
  seed: number,
  count: number,
  from: number,
  to: number,
): ScriptedIncident[] {
  const whole = (text = '') => new Date(Math.round(Date.parse(text) / STEP_MS) * STEP_MS).toISOString()
  return drawScript(placesOf(world, AGENT_RUNS), seed, count, from, to).map((incident) => ({
    ...incident,
    start: whole(incident.start),
    end: whole(incident.end),
  }))
}
