import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Assignment, Node, Target } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { parse } from 'yaml'
import { type AlertRules, NO_RULES, resolveRules } from '../alert/rules.ts'
import { type Objective, USUAL_OBJECTIVES } from '../detect/objectives.ts'
import type { DnsRules } from '../dns/rules.ts'
import { messageOf, StartError } from '../error.ts'
import { fillOverrides, type Override } from '../locate/overrides.ts'
import { type SteeringRules, USUAL_STEERING } from '../steer/rules.ts'
import { fillDns } from './dns.ts'
import { fillObjectives } from './objectives.ts'
import { refuseContradictions } from './references.ts'
import { ConfigFile } from './schema.ts'
import { fillSteering } from './steering.ts'

/** Where an agent measures from. */
export interface Vantage {
  readonly agent_id: string
  readonly country: string
  readonly isp: string
  readonly asn: number | null
  readonly latitude: number | null
  readonly longitude: number | null
}

/** An assignment and the agents it is for; `'*'` is every agent. */
export interface PlannedAssignment {
  readonly agents: readonly string[]
  readonly assignment: Assignment
}

/** The configuration with everything filled in and every reference resolved. */
export interface Config {
  readonly nodes: readonly Node[]
  readonly targets: readonly Target[]
  /** Targets to compare with when something is ill. */
  readonly controls: readonly string[]
  readonly agents: readonly Vantage[]
  readonly assignments: readonly PlannedAssignment[]
  readonly alerts: AlertRules
  readonly objectives: readonly Objective[]
  /** What is known better of addresses than the data says. */
  readonly overrides: readonly Override[]
  readonly steering: SteeringRules
  /** What is answered over DNS; `null`: nobody is. */
  readonly dns: DnsRules | null
}

/** What a collector without a configuration file knows: nothing. */
export const EMPTY_CONFIG: Config = {
  ...{ nodes: [], targets: [], controls: [], agents: [], assignments: [] },
  alerts: NO_RULES,
  objectives: USUAL_OBJECTIVES,
  overrides: [],
  steering: USUAL_STEERING,
  dns: null,
}

const validator = Compile(ConfigFile)

/** Reads a configuration file. Throws a `StartError` that names the file and the key at fault. */
export function loadConfig(path: string): Config {
  return parseConfig(read(path, 'CONFIG_UNREADABLE'), path)
}

/** `loadConfig` on text; `path` is what messages say and what `ca_file` is relative to. */
export function parseConfig(text: string, path: string): Config {
  const file = check(text, path)
  refuseContradictions(file, path)
  const nodes = (file.nodes ?? []).map(fillNode)
  const targets = (file.targets ?? []).map((entry) => fillTarget(entry, nodes, dirname(path)))
  const controls = (file.targets ?? []).filter(({ control }) => control).map(({ target_id }) => target_id)
  const agents = (file.agents ?? []).map((entry) => ({
    ...entry,
    asn: entry.asn ?? null,
    latitude: entry.latitude ?? null,
    longitude: entry.longitude ?? null,
  }))
  const assignments = (file.assignments ?? []).map((entry) => fillAssignment(entry, targets))
  const refuse = (problem: string): never => {
    throw new StartError('CONFIG_INVALID', `${path}: ${problem}`)
  }
  const objectives =
    file.objectives === undefined ? USUAL_OBJECTIVES : fillObjectives(file.objectives, refuse)
  const overrides = fillOverrides(file.locate ?? [], refuse)
  const nodeIds = new Set(nodes.map(({ node_id }) => node_id))
  const steering = file.steering === undefined ? USUAL_STEERING : fillSteering(file.steering, nodeIds, refuse)
  const dns =
    file.steering?.dns === undefined ? null : fillDns(file.steering.dns, { targets, nodeIds }, refuse)
  if (dns !== null && steering.mode === 'off')
    refuse('steering.dns: with mode off there is nothing to answer')
  const around = { path, folder: dirname(path), nodes, targets, agents, objectives }
  const alerts = file.alerts === undefined ? NO_RULES : resolveRules(file.alerts, around)
  return { nodes, targets, controls, agents, assignments, alerts, objectives, overrides, steering, dns }
}

function check(text: string, path: string): ConfigFile {
  let value: unknown
  try {
    value = parse(text) ?? {}
  } catch (error) {
    throw new StartError('CONFIG_NOT_YAML', `${path}: ${messageOf(error)}`, error)
  }
  if (hasCycle(value))
    throw new StartError('CONFIG_INVALID', `${path}: an alias stands within its own anchor`)
  if (validator.Check(value)) return value
  const problem = firstProblem(value)
  throw new StartError('CONFIG_INVALID', `${path}: ${problem}`)
}

/** YAML may say that something is within itself. */
function hasCycle(value: unknown, within: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (within.includes(value)) return true
  return Object.values(value).some((part) => hasCycle(part, [...within, value]))
}

/** The unknown key when there is one: a typing mistake explains more than the key it leaves out. */
function firstProblem(value: unknown): string {
  const errors = validator.Errors(value)
  const unknown = errors.find((error) => error.keyword === 'additionalProperties')
  if (unknown?.keyword === 'additionalProperties') {
    const key = unknown.params.additionalProperties[0] ?? ''
    return `unknown key ${dotted(`${unknown.instancePath}/${key}`)}`
  }
  const [first] = errors
  if (first === undefined) return 'not a configuration'
  return `${dotted(first.instancePath) || 'the file'} ${first.message}`
}

/** `/targets/0/url` as `targets[0].url`. */
function dotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
}

function fillNode(entry: NonNullable<ConfigFile['nodes']>[number]): Node {
  return {
    ...entry,
    latitude: entry.latitude ?? null,
    longitude: entry.longitude ?? null,
    isps: entry.isps ?? [],
    provider: entry.provider ?? 'own',
    capacity_bps: entry.capacity_bps ?? null,
  }
}

function fillTarget(
  entry: NonNullable<ConfigFile['targets']>[number],
  nodes: readonly Node[],
  folder: string,
): Target {
  const { ca_file, control: _, ...rest } = entry
  const provider = nodes.find((node) => node.node_id === entry.node_id)?.provider ?? 'own'
  const pem = ca_file === undefined ? entry.ca_pem : read(resolve(folder, ca_file), 'CA_UNREADABLE')
  return {
    ...rest,
    route: entry.route ?? 'public',
    provider: entry.provider ?? provider,
    http_version: entry.http_version ?? null,
    ca_pem: pem ?? null,
    insecure: entry.insecure ?? false,
  }
}

function fillAssignment(
  entry: NonNullable<ConfigFile['assignments']>[number],
  targets: readonly Target[],
): PlannedAssignment {
  const assignment: Assignment = {
    assignment_id: entry.assignment_id,
    kind: entry.kind ?? 'stream',
    targets: entry.targets.flatMap((id) => targets.filter((target) => target.target_id === id)),
    cron: entry.cron ?? '*/30 * * * * *',
    spread_ms: entry.spread_ms ?? 0,
    duration_ms: entry.duration_ms ?? 20_000,
    policy_start_ms: entry.policy_start_ms ?? 1_000,
    policy_resume_ms: entry.policy_resume_ms ?? 1_000,
    budget_bytes_per_day: entry.budget_bytes_per_day ?? null,
  }
  return { agents: entry.agents, assignment }
}

function read(path: string, code: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(code, `cannot read ${path}: ${messageOf(error)}`, error)
  }
}
