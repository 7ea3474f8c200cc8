import { isIn, type Where } from '@streamgauge/collector/detect/scope.ts'
import type { Effect, ScriptedIncident } from '@streamgauge/collector/simulate/incident/script.ts'
import { hash } from '@streamgauge/collector/simulate/random.ts'
import type { Seen } from './places.ts'

type Kind = ScriptedIncident['scope']

/** Of sixty incidents, so many are of each scope. */
const KINDS: readonly (readonly [Kind, number])[] = [
  ['cell', 12],
  ['region', 10],
  ['node', 12],
  ['route', 8],
  ['transport', 8],
  ['agent', 10],
]
/** An incident nobody looks at is none: so many runs a round there must be in its scope, of two agents unless it is one's own. */
const RUNS_MIN = 6
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/**
 * Incidents of every scope between two times, in an order and of a kind, a place, a length and a gravity that the seed draws;
 * mostly one after the other.
 */
export function drawScript(
  seen: readonly Seen[],
  seed: number,
  count: number,
  from: number,
  to: number,
): ScriptedIncident[] {
  let drawn = 0
  const draw = (count: number) => hash(seed, drawn++, 0xde7ec7) % count
  const kinds = KINDS.flatMap(([kind, count]) => Array.from({ length: count }, () => kind))
  for (let index = kinds.length - 1; index > 0; index -= 1) {
    const other = draw(index + 1)
    const swapped = kinds[index] as Kind
    kinds[index] = kinds[other] as Kind
    kinds[other] = swapped
  }
  const apart = (to - from) / count
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] as Kind
    const where = placeFor(kind, seen, draw)
    const start = from + index * apart + draw(Math.floor(apart / 3))
    const end = start + 40 * MINUTE_MS + draw(Math.floor(1.5 * HOUR_MS))
    return {
      name: `incident-${index}`,
      scope: kind,
      where,
      effect: effectFor(draw),
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
    }
  })
}

function effectFor(draw: (count: number) => number): Effect {
  const share = draw(1_000) / 1_000
  const effects: Effect[] = [
    { loss_ratio: 0.03 + 0.07 * share, latency_ms: Math.round(20 + 60 * share) },
    { outage_ratio: 0.25 + 0.7 * share },
    { throughput_ratio: 0.03 + 0.12 * share, latency_ms: Math.round(15 + 30 * share) },
    { loss_ratio: 0.02 + 0.03 * share, throughput_ratio: 0.2, outage_ratio: 0.05 },
    { latency_ms: Math.round(60 + 90 * share), loss_ratio: 0.01, throughput_ratio: 0.3 },
  ]
  return effects[draw(effects.length)] ?? effects[0] ?? {}
}

/** A scope of that kind that is looked at enough. */
function placeFor(kind: Kind, seen: readonly Seen[], draw: (count: number) => number): Where {
  for (let attempt = 0; attempt < 5_000; attempt += 1) {
    const place = seen[draw(seen.length)]
    if (place === undefined) continue
    const where = whereOf(kind, place, draw)
    const within = seen.filter((other) => isIn(where, other))
    const runs = within.reduce((sum, other) => sum + other.runs, 0)
    const agents = new Set(within.map(({ agent_id }) => agent_id)).size
    const asns = new Set(within.map(({ asn }) => asn)).size
    const own = kind === 'agent'
    const ofOneNetwork = where.isp !== undefined
    if (own ? runs >= 1 : runs >= RUNS_MIN && agents >= 2 && (ofOneNetwork || asns >= 2)) return where
  }
  throw new Error(`no ${kind} is looked at enough`)
}

function whereOf(kind: Kind, place: Seen, draw: (count: number) => number): Where {
  const { country, isp, agent_id, node_id, route, transport } = place
  const often = draw(2) === 0
  switch (kind) {
    case 'cell':
      return { country, isp }
    case 'region':
      return { country }
    case 'node':
      return { node_id }
    case 'route':
      return { route, node_id }
    case 'transport':
      return often ? { country, isp, transport: 'quic' } : { node_id, transport }
    case 'agent':
      return { agent_id }
  }
}
