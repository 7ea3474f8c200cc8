import { evidenceOf, excessOf, likelihood, PER_WINDOW, WINDOWS } from './evidence.ts'
import { addTo, type Levels, type Merged } from './levels.ts'
import type { Unit } from './recent.ts'
import { SHAPES, type Where, whereOf } from './scope.ts'

/** Evidence beyond the cost of naming the scope, in nats, that makes an explanation: one false one in e^so many looks. */
const SCORE_MIN = 9
/** Evidence that must be left when the worst agent is left out, in nats. */
const WITHOUT_WORST_MIN = 3.5
/** Bad runs beyond the expected that make an agent one that agrees. */
const AGREES_EXCESS = 0.6
const EXPLANATIONS_MAX = 24
/** Narrower scopes that are tried as one of two. */
const HALVES_MAX = 12
/** By so much, in nats, two must be better than one that holds both. */
const HALVES_GAIN = 3
/** Scopes that are looked at closely before a step gives up. */
const CLOSE_LOOKS_MAX = 400

/** A scope in which more is bad than chance and habit account for. */
export interface Explanation {
  readonly where: Where
  /** In nats, beyond the cost of the scope. */
  readonly score: number
  /** Which of `WINDOWS` it is plainest in. */
  readonly window: number
  readonly units: readonly Unit[]
  /** Of the scope, in all windows; as in a unit. */
  readonly counts: Float64Array
  readonly agents_count: number
}

interface Candidate {
  readonly shape: number
  readonly scope: number
  readonly window: number
  readonly score: number
}

/**
 * The fewest culprits that explain the most of what is bad: the scope with the most evidence beyond the cost of naming it, then the
 * same of what that one leaves. A scope of several agents needs two that agree, of two networks if it is no single one's, and must
 * hold without its worst.
 */
export function explain(units: readonly Unit[], levels: Levels, costs: Float64Array): Explanation[] {
  const found: Explanation[] = []
  let left = units
  while (found.length < EXPLANATIONS_MAX) {
    const best = bestOf(left, levels, costs)
    if (best === null) break
    found.push(best)
    const explained = new Set(best.units)
    left = left.filter((unit) => !explained.has(unit))
  }
  return found
}

/** The best, or the first of two narrower ones that together are better: a scope that holds two culprits is neither's. */
function bestOf(units: readonly Unit[], levels: Levels, costs: Float64Array): Explanation | null {
  const candidates = candidatesOf(units, levels, costs)
  const best = firstOf(candidates, units)
  if (best === null) return null
  let [looked, gain, better] = [0, best.score + HALVES_GAIN, best]
  for (const candidate of candidates.slice(0, CLOSE_LOOKS_MAX)) {
    if (looked === HALVES_MAX) break
    if (!refines(candidate, best)) continue
    const half = closely(candidate, units)
    if (half === null || half.units.length === best.units.length) continue
    looked += 1
    const rest = best.units.filter(({ thread }) => thread.scopes[candidate.shape] !== candidate.scope)
    const other = firstOf(candidatesOf(rest, levels, costs), rest)
    const both = half.score + (other?.score ?? 0)
    if (both > gain) [gain, better] = [both, half]
  }
  return better
}

function firstOf(candidates: readonly Candidate[], units: readonly Unit[]): Explanation | null {
  for (const candidate of candidates.slice(0, CLOSE_LOOKS_MAX)) {
    const explanation = closely(candidate, units)
    if (explanation !== null) return explanation
  }
  return null
}

/** Whether a candidate names more than an explanation does, and lies within it. */
function refines({ shape, scope }: Candidate, { where, units }: Explanation): boolean {
  const named = SHAPES[shape]
  const unit = units.find(({ thread }) => thread.scopes[shape] === scope)
  if (named === undefined || unit === undefined) return false
  const own: Where = whereOf(named, unit.thread)
  const names = Object.keys(where) as (keyof Where)[]
  return Object.keys(own).length > names.length && names.every((name) => own[name] === where[name])
}

/** Scopes that bad runs are in, with evidence enough in some window. */
function candidatesOf(units: readonly Unit[], levels: Levels, costs: Float64Array): Candidate[] {
  const candidates: Candidate[] = []
  for (const [shape, { bad, good }] of levels.of(units).entries()) {
    const cost = costs[shape] ?? 0
    const scopes = promising(bad, shape, cost)
    if (scopes.size === 0) continue
    for (const { scopes: of, counts } of good) {
      const sums = scopes.get(of[shape] ?? 0)
      if (sums !== undefined) addTo(sums, 0, counts)
    }
    for (const [scope, sums] of scopes) {
      for (let window = 0; window < WINDOWS.length; window += 1) {
        const score = likelihood(sums, window * PER_WINDOW) - cost
        if (score >= SCORE_MIN) candidates.push({ shape, scope, window, score })
      }
    }
  }
  return candidates.sort((a, b) => b.score - a.score)
}

/** The scopes that would have evidence enough if all that is not bad in them were left out, with the counts of what is bad. */
function promising(bad: readonly Merged[], shape: number, cost: number): Map<number, Float64Array> {
  const scopes = new Map<number, Float64Array>()
  for (const { scopes: of, counts } of bad) {
    const scope = of[shape] ?? 0
    const sums = scopes.get(scope)
    if (sums === undefined) scopes.set(scope, counts.slice())
    else addTo(sums, 0, counts)
  }
  for (const [scope, sums] of scopes)
    if (!WINDOWS.some((_, window) => likelihood(sums, window * PER_WINDOW) - cost >= SCORE_MIN))
      scopes.delete(scope)
  return scopes
}

/** Whether a candidate holds when its agents are looked at one by one. */
function closely({ shape, scope, window, score }: Candidate, units: readonly Unit[]): Explanation | null {
  const within = units.filter(({ thread }) => thread.scopes[shape] === scope)
  const counts = new Float64Array(WINDOWS.length * PER_WINDOW)
  const byAgent = new Map<string, { readonly counts: Float64Array; readonly asn: number | null }>()
  for (const unit of within) {
    addTo(counts, 0, unit.counts)
    const { agent_id, asn } = unit.thread
    const agent = byAgent.get(agent_id) ?? { counts: new Float64Array(PER_WINDOW), asn }
    byAgent.set(agent_id, agent)
    addTo(agent.counts, 0, windowOf(unit.counts, window))
  }
  if (evidenceOf(counts, window * PER_WINDOW).length === 0) return null
  const named = SHAPES[shape]
  const [first] = within
  if (named === undefined || first === undefined) return null
  const agree = [...byAgent.values()].filter((agent) => excessOf(agent.counts) > AGREES_EXCESS)
  if (named.vantage !== 'agent') {
    if (agree.length < 2) return null
    const asns = new Set(agree.map(({ asn }) => asn))
    const ofOneNetwork = named.vantage === 'cell' || named.vantage === 'isp'
    if (!ofOneNetwork && asns.size < 2) return null
    if (likelihood(withoutWorst(windowOf(counts, window), agree)) < WITHOUT_WORST_MIN) return null
  }
  const where = whereOf(named, first.thread)
  return { where, score, window, units: within, counts, agents_count: agree.length }
}

function withoutWorst(counts: Float64Array, agents: readonly { readonly counts: Float64Array }[]) {
  const worst = agents.reduce((a, b) => (likelihood(b.counts) > likelihood(a.counts) ? b : a))
  return counts.map((count, index) => count - (worst.counts[index] ?? 0))
}

function windowOf(counts: Float64Array, window: number): Float64Array {
  return counts.slice(window * PER_WINDOW, (window + 1) * PER_WINDOW)
}
