import { validate } from 'node-cron'
import { StartError } from '../error.ts'
import type { ConfigFile } from './schema.ts'

/** Throws a `StartError` at the first duplicate id, unknown reference or impossible combination. */
export function refuseContradictions(file: ConfigFile, path: string) {
  const { nodes = [], targets = [], agents = [], assignments = [] } = file
  const refuse = (problem: string): never => {
    throw new StartError('CONFIG_INVALID', `${path}: ${problem}`)
  }
  const nodeIds = unique(
    'nodes',
    'node_id',
    nodes.map((node) => node.node_id),
    refuse,
  )
  const targetIds = unique(
    'targets',
    'target_id',
    targets.map((target) => target.target_id),
    refuse,
  )
  const agentIds = unique(
    'agents',
    'agent_id',
    agents.map((agent) => agent.agent_id),
    refuse,
  )
  unique(
    'assignments',
    'assignment_id',
    assignments.map((entry) => entry.assignment_id),
    refuse,
  )

  for (const [index, target] of targets.entries()) {
    const at = `targets[${index}]`
    if (!nodeIds.has(target.node_id)) refuse(`${at}.node_id: no node '${target.node_id}'`)
    if (target.ca_file !== undefined && target.ca_pem !== undefined)
      refuse(`${at}: give ca_file or ca_pem, not both`)
    const version = target.http_version ?? null
    if (version !== null && (target.transport === 'quic') !== (version === '3'))
      refuse(`${at}.http_version: '${version}' is not spoken over ${target.transport}`)
    if (target.transport === 'quic' && !target.url.startsWith('https://'))
      refuse(`${at}.url: QUIC is always encrypted, so the URL begins with https://`)
    if (!URL.canParse(target.url)) refuse(`${at}.url: '${target.url}' is not a URL`)
  }
  for (const [index, entry] of assignments.entries()) {
    const at = `assignments[${index}]`
    for (const [position, id] of entry.targets.entries())
      if (!targetIds.has(id)) refuse(`${at}.targets[${position}]: no target '${id}'`)
    for (const [position, id] of entry.agents.entries())
      if (id !== '*' && !agentIds.has(id)) refuse(`${at}.agents[${position}]: no agent '${id}'`)
    if (entry.targets.length === 2 && entry.targets[0] === entry.targets[1])
      refuse(`${at}.targets: a pair needs two different targets`)
    if (entry.cron !== undefined && !validate(entry.cron))
      refuse(`${at}.cron: '${entry.cron}' is not a cron expression`)
  }
}

function unique(
  list: string,
  key: string,
  ids: readonly string[],
  refuse: (problem: string) => never,
): ReadonlySet<string> {
  const seen = new Set<string>()
  for (const [index, id] of ids.entries()) {
    if (seen.has(id)) refuse(`${list}[${index}].${key}: '${id}' is there twice`)
    seen.add(id)
  }
  return seen
}
