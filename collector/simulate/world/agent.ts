import { hashOf, share } from '../random.ts'
import type { Country, Isp, Place } from './country.ts'
import { spread } from './node.ts'
import { pick } from './pick.ts'

/** A measuring process of the simulated world. */
export interface SimulatedAgent extends Place {
  readonly index: number
  readonly agent_id: string
  readonly country: Country
  readonly isp: Isp
  /** Stable hash of the id. */
  readonly key: number
  /** Around 1: how much worse than its network's usual its line is. */
  readonly line: number
  readonly udp_blocked: boolean
  /** Its machine is sold to too many: others take its processor in the evening. */
  readonly oversold: boolean
  readonly agent_version: string
}

const VERSIONS = ['0.1.0', '0.1.0', '0.1.0', '0.0.9'] as const

/** `count` agents, spread over the countries by weight, and over the networks of each. */
export function makeAgents(countries: readonly Country[], count: number): SimulatedAgent[] {
  const agents: SimulatedAgent[] = []
  for (const [country, inCountry] of spread(countries, count))
    for (let number = 0; number < inCountry; number++) agents.push(agentOf(country, number, agents.length))
  return agents
}

function agentOf(country: Country, number: number, index: number): SimulatedAgent {
  const { isps, cities } = country
  const isp = pick(isps, number)
  const ordinal = Math.floor(number / isps.length) + 1
  const agentId = `sim-${country.code.toLowerCase()}-${isp.slug}-${ordinal}`
  const key = hashOf(agentId)
  const city = pick(cities, share(key, 1) * cities.length)
  return {
    index,
    agent_id: agentId,
    country,
    isp,
    key,
    latitude: Math.round((city.latitude + 0.3 * (share(key, 2) - 0.5)) * 100) / 100,
    longitude: Math.round((city.longitude + 0.3 * (share(key, 3) - 0.5)) * 100) / 100,
    line: 0.8 + 0.6 * share(key, 4) ** 2,
    udp_blocked: share(key, 5) < isp.udp_blocked_ratio,
    oversold: share(key, 6) < 0.01,
    agent_version: pick(VERSIONS, key),
  }
}
