import type { AlertMatch, AlertSubject, Incident, Node, Target } from '@streamgauge/contract'
import type { AlertsEntry, RouteEntry } from '../config/alerts.ts'
import { StartError } from '../error.ts'
import { RESILIENCE } from '../steer/resilience.ts'
import { type Receiver, resolveReceiver } from './receiver.ts'

/** A route with its defaults filled in. */
export interface Route {
  readonly sends: readonly AlertSubject[]
  readonly match: AlertMatch
  readonly receivers: readonly string[]
  readonly min_severity: Incident['severity']
  readonly group_by: readonly (keyof AlertMatch)[]
  readonly group_wait_s: number
  readonly group_interval_s: number
  readonly repeat_interval_s: number
  readonly resolved: boolean
}

/** Who is told of what. Every route that matches counts, not the first alone. */
export interface AlertRules {
  readonly receivers: readonly Receiver[]
  readonly routes: readonly Route[]
  /** Where the dashboard is, without a slash at the end; `null`: messages have no link. */
  readonly dashboard_url: string | null
}

/** Without the key `alerts` nobody is told. */
export const NO_RULES: AlertRules = { receivers: [], routes: [], dashboard_url: null }

/** What rules may name, and where they stand. */
export interface Surroundings {
  /** Of the configuration file, for messages, and its folder, for files it names. */
  readonly path: string
  readonly folder: string
  readonly nodes: readonly Pick<Node, 'node_id' | 'provider'>[]
  readonly targets: readonly Pick<Target, 'provider' | 'route'>[]
  readonly agents: readonly { readonly agent_id: string }[]
  readonly objectives: readonly { readonly name: string }[]
  readonly env?: NodeJS.ProcessEnv
}

/** What decisions never name: a route for them alone that asks for it would tell nobody anything. */
const NOT_OF_DECISIONS = ['severity', 'objective', 'agent_id', 'route', 'transport'] as const

/** An Alertmanager has to hear of what goes on well before it takes it for over: see `notify/alertmanager.ts`. */
const ALERTMANAGER_REPEAT_S = 120

/** Resolves the key `alerts`. Throws a `StartError` at what is there twice, is not there, or cannot be read. */
export function resolveRules(entry: AlertsEntry, around: Surroundings): AlertRules {
  const { path, folder, env = process.env } = around
  const refuse = (problem: string): never => {
    throw new StartError('CONFIG_INVALID', `${path}: ${problem}`)
  }
  const receivers = new Map<string, Receiver>()
  for (const [index, given] of entry.receivers.entries()) {
    const at = `alerts.receivers[${index}]`
    if (receivers.has(given.name)) refuse(`${at}.name: '${given.name}' is there twice`)
    receivers.set(given.name, resolveReceiver(given, { at, folder, env, refuse }))
  }
  const routes = entry.routes.map((route, index) => {
    const at = `alerts.routes[${index}]`
    for (const [position, name] of route.receivers.entries()) {
      if (!receivers.has(name)) refuse(`${at}.receivers[${position}]: no receiver '${name}'`)
      if (route.receivers.indexOf(name) !== position)
        refuse(`${at}.receivers[${position}]: '${name}' is there twice`)
    }
    refuseUntold(route, receivers, (problem) => refuse(`${at}.${problem}`))
    refuseUnknown(route.match ?? {}, around, (problem) => refuse(`${at}.match.${problem}`))
    return fillRoute(route)
  })
  const dashboard_url = entry.dashboard_url?.replace(/\/+$/, '') ?? null
  return { receivers: [...receivers.values()], routes, dashboard_url }
}

/** How often a receiver is told again of what goes on. */
export function repeatMs(receiver: Receiver, route: Route): number {
  const seconds =
    receiver.type === 'alertmanager'
      ? Math.min(ALERTMANAGER_REPEAT_S, route.repeat_interval_s)
      : route.repeat_interval_s
  return seconds * 1_000
}

/** Countries and ISPs may be those of agents that are yet to come; the rest is in the configuration or nowhere. */
function refuseUnknown(match: AlertMatch, around: Surroundings, refuse: (problem: string) => never) {
  const known = {
    node_id: around.nodes.map(({ node_id }) => node_id),
    agent_id: around.agents.map(({ agent_id }) => agent_id),
    provider: [...around.nodes, ...around.targets].map(({ provider }) => provider),
    route: around.targets.map(({ route }) => route),
    objective: [...around.objectives.map(({ name }) => name), RESILIENCE],
  } as const
  for (const name of ['node_id', 'agent_id', 'provider', 'route', 'objective'] as const)
    for (const [position, value] of (match[name] ?? []).entries())
      if (!known[name].includes(value))
        refuse(`${name}[${position}]: no ${name.replace('_id', '')} '${value}'`)
}

function refuseUntold(
  { sends = [], match = {}, receivers }: RouteEntry,
  known: ReadonlyMap<string, Receiver>,
  refuse: (problem: string) => never,
) {
  if (!sends.includes('decisions')) return
  for (const [position, name] of receivers.entries())
    if (known.get(name)?.type === 'alertmanager')
      refuse(`receivers[${position}]: an Alertmanager takes no decisions`)
  const never = sends.length > 1 ? undefined : NOT_OF_DECISIONS.find((name) => match[name] !== undefined)
  if (never !== undefined) refuse(`match.${never}: no decision has one`)
}

/** Who names severities means those, also the lowest. */
function fillRoute(route: RouteEntry): Route {
  const { match = {} } = route
  return {
    sends: route.sends ?? ['incidents'],
    match,
    receivers: route.receivers,
    min_severity: route.min_severity ?? (match.severity === undefined ? 'warning' : 'info'),
    group_by: route.group_by ?? ['country'],
    group_wait_s: route.group_wait_s ?? 30,
    group_interval_s: route.group_interval_s ?? 300,
    repeat_interval_s: route.repeat_interval_s ?? 14_400,
    resolved: route.resolved ?? true,
  }
}
