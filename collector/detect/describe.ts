import type { Incident, IncidentEvidence, Scope } from '@streamgauge/contract'
import type { Breach } from './objectives.ts'
import type { Where } from './scope.ts'

/** Beyond this share of failed runs something is down rather than poor. */
const CRITICAL_RATIO = 0.5
const RANK = { info: 0, warning: 1, critical: 2 } as const

const SIGNAL_WORDS = {
  failed: 'runs failed',
  slow: 'runs were slow to connect',
  slow_start: 'runs were slow to start',
  stalled: 'runs stalled',
  silent: 'agents are silent',
} as const

/** The scope that names so much. */
export function scopeOf(where: Where): Scope {
  const { country, isp, agent_id, provider, node_id, route, transport } = where
  if (agent_id !== undefined) return { kind: 'agent', key: agent_id, where }
  if (country !== undefined && isp !== undefined) return { kind: 'cell', key: `${country}/${isp}`, where }
  if (isp !== undefined) return { kind: 'isp', key: isp, where }
  if (country !== undefined) return { kind: 'region', key: country, where }
  if (node_id !== undefined) return { kind: 'node', key: node_id, where }
  if (provider !== undefined) return { kind: 'provider', key: provider, where }
  if (route !== undefined) return { kind: 'route', key: route, where }
  if (transport !== undefined) return { kind: 'transport', key: transport, where }
  return { kind: 'everything', key: '*', where }
}

/** How grave it is; never less than it was. One agent's own trouble is nobody else's. */
export function severityOf(
  { kind }: Scope,
  evidence: readonly IncidentEvidence[],
  before: Incident['severity'],
): Incident['severity'] {
  const now = kind === 'agent' ? 'info' : evidence.some(isGrave) ? 'critical' : 'warning'
  return RANK[now] > RANK[before] ? now : before
}

/** `TH/AIS to sg-1 over quic: 31 of 40 runs stalled, 1.5 expected`. */
export function summaryOf(scope: Scope, evidence: readonly IncidentEvidence[]): string {
  const said = evidence.map(({ signal, runs_count, bad_count, expected_count }) => {
    const expected = signal === 'silent' ? '' : `, ${expected_count.toFixed(1)} expected`
    return `${bad_count} of ${runs_count} ${SIGNAL_WORDS[signal]}${expected}`
  })
  return `${wordsOf(scope)}: ${said.join('; ')}`.slice(0, 1_024)
}

/** `DE to fra-1: objective available, 31 of 100 runs failed where 5.0 may, for 5 min; 6.4 times too many for 60 min`. */
export function breachSummaryOf(scope: Scope, { objective, ...breach }: Breach): string {
  const { name, signal, target_ratio, short_s, long_s } = objective
  const may = ((1 - target_ratio) * breach.runs_count).toFixed(1)
  const now = `${breach.bad_count} of ${breach.runs_count} ${SIGNAL_WORDS[signal]} where ${may} may, in ${short_s / 60} min`
  return `${wordsOf(scope)}: objective ${name}, ${now}; ${breach.burn_long.toFixed(1)} times too many in ${long_s / 60} min`
}

function wordsOf({ where }: Scope): string {
  const { country, isp, agent_id, provider, node_id, route, transport } = where
  const from = agent_id ?? [country, isp].filter((name) => name !== undefined).join('/')
  const to = node_id ?? (provider === undefined ? '' : `every node of ${provider}`)
  const words = [
    from === '' ? (to === '' ? 'everywhere' : 'everybody') : from,
    to === '' ? '' : `to ${to}`,
    route === undefined ? '' : `by route ${route}`,
    transport === undefined ? '' : `over ${transport}`,
  ]
  return words.filter((word) => word !== '').join(' ')
}

function isGrave({ signal, runs_count, bad_count, expected_count }: IncidentEvidence): boolean {
  if (signal === 'silent') return false
  return signal === 'failed' && bad_count - expected_count >= CRITICAL_RATIO * runs_count
}
