import { AlertMatch, type Decision, type Incident, type Node } from '@streamgauge/contract'
import type { Vantage } from '../config/config.ts'
import { RESILIENCE } from '../steer/resilience.ts'
import type { Route } from './rules.ts'

/** What rules and silences choose incidents by; `null`: the scope does not say. */
export type Facts = { readonly [name in keyof AlertMatch]-?: string | null } & {
  readonly severity: Incident['severity']
}

/** The part of the configuration that says whose nodes are whose, and where agents are. */
export interface Fleet {
  readonly nodes: readonly Pick<Node, 'node_id' | 'provider'>[]
  readonly agents: readonly Pick<Vantage, 'agent_id' | 'country' | 'isp'>[]
}

/** Tells what is known of an incident by its scope. */
export type FactsOf = (incident: Incident) => Facts

const NAMES = Object.keys(AlertMatch.properties) as (keyof AlertMatch)[]
const RANK = { info: 0, warning: 1, critical: 2 } as const

/** The facts of incidents, each looked up once. A country is where viewers are: a node's own does not count. */
export function makeFactsOf(fleet: Fleet): FactsOf {
  const nodes = new Map(fleet.nodes.map((node) => [node.node_id, node]))
  const agents = new Map(fleet.agents.map((agent) => [agent.agent_id, agent]))
  const known = new WeakMap<Incident, Facts>()
  return (incident) => {
    const before = known.get(incident)
    if (before !== undefined) return before
    const { scope, severity, objective } = incident
    const { agent_id = null, node_id = null, route = null, transport = null, ...where } = scope.where
    const agent = agents.get(agent_id ?? '')
    const facts = {
      kind: scope.kind,
      key: scope.key,
      severity,
      objective,
      country: where.country ?? agent?.country ?? null,
      isp: where.isp ?? agent?.isp ?? null,
      agent_id,
      provider: where.provider ?? nodes.get(node_id ?? '')?.provider ?? null,
      node_id,
      route,
      transport,
    }
    known.set(incident, facts)
    return facts
  }
}

/** Whether everything that is named holds; a fact that is not known is none of those named. */
export function matches(match: AlertMatch, facts: Facts): boolean {
  return NAMES.every((name) => {
    const wanted: readonly string[] | undefined = match[name]
    const fact = facts[name]
    return wanted === undefined || (fact !== null && wanted.includes(fact))
  })
}

/** Whether a route is for incidents of this kind at all. */
export function sendsSuch({ sends }: Route, { objective }: Pick<Facts, 'objective'>): boolean {
  return sends.includes(objective === RESILIENCE ? 'resilience' : 'incidents')
}

/** Whether a route is for such a decision: for its cell, and for the node the cell is sent to or from. */
export function isForDecision(route: Route, decision: Decision, fleet: Fleet): boolean {
  if (!route.sends.includes('decisions')) return false
  const { country, isp, from_node_id, to_node_id } = decision
  return [to_node_id, from_node_id].some((node_id) => {
    const provider = fleet.nodes.find((node) => node.node_id === node_id)?.provider ?? null
    return matches(route.match, {
      ...{ kind: 'cell', key: `${country}/${isp}`, severity: 'info', objective: null },
      ...{ country, isp, agent_id: null, provider, node_id, route: null, transport: null },
    })
  })
}

/** Whether a route is for such an incident. */
export function isFor(route: Route, facts: Facts): boolean {
  return (
    sendsSuch(route, facts) && RANK[facts.severity] >= RANK[route.min_severity] && matches(route.match, facts)
  )
}
