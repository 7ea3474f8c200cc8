import {
  COUNTS,
  COUNTS_LENGTH,
  contrast,
  EXCESS_RATIO_MIN,
  evidenceOf,
  excessOf,
  likelihood,
  PER_WINDOW,
  WINDOWS,
} from './evidence.ts'
import { addTo, type Levels } from './levels.ts'
import type { Unit } from './recent.ts'
import { SHAPES, type Where, whereOf } from './scope.ts'
import { Sums } from './sums.ts'

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
/** And so far apart must be what each is like: of two that are as bad as one another neither is a matter of its own. */
const HALVES_APART = 0.5
const HALVES_RUNS = 8
/** Where all of the rest is ill as well, there must be next to nothing in the one of what is the matter with the other. */
const ALL_SHARE = 0.8
const WHOLES_APART = 0.1
/** And by so much, in nats, two shares of bad runs must be likelier than one. */
const HALVES_CONTRAST = 5
/** Of a scope of which less than this share is left, what is left is not the scope. */
const LEFT_SHARE = 0.5
/** Scopes that are looked at closely before a step gives up. */
const CLOSE_LOOKS_MAX = 400

/** Used by one call at a time: nothing in here waits. */
const SUMS = new Sums()

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
    const best = bestOf({ left, all: units }, levels, costs)
    if (best === null) break
    found.push(best)
    const explained = new Set(best.units)
    left = left.filter((unit) => !explained.has(unit))
  }
  return found
}

/** What is not explained yet, and everything. */
interface Units {
  readonly left: readonly Unit[]
  readonly all: readonly Unit[]
}

/** The best, or the first of two narrower ones that together are better: a scope that holds two culprits is neither's. */
function bestOf({ left, all }: Units, levels: Levels, costs: Float64Array): Explanation | null {
  const candidates = candidatesOf(left, levels, costs)
  const best = firstOf(candidates, { left, all })
  if (best === null) return null
  let [looked, gain, better] = [0, best.score + HALVES_GAIN, best]
  for (const candidate of candidates.slice(0, CLOSE_LOOKS_MAX)) {
    if (looked === HALVES_MAX) break
    if (!refines(candidate, best)) continue
    const half = closely(candidate, { left, all })
    if (half === null || half.units.length === best.units.length) continue
    const rest = best.units.filter(({ thread }) => thread.scopes[candidate.shape] !== candidate.scope)
    if (!areApart(half, rest, HALVES_APART)) continue
    looked += 1
    const other = firstOf(candidatesOf(rest, levels, costs), { left: rest, all })
    const isAllIll = other !== null && other.units.length >= ALL_SHARE * rest.length
    if (isAllIll && !areApart(half, rest, WHOLES_APART)) continue
    const both = half.score + (other?.score ?? 0)
    if (both > gain) [gain, better] = [both, half]
  }
  return better
}

/** Whether a half is another matter than the rest: of some signal and window much more of the one is bad, and that is no chance. */
function areApart({ counts }: Explanation, rest: readonly Unit[], apart: number): boolean {
  const others = new Float64Array(COUNTS_LENGTH)
  for (const unit of rest) addTo(others, 0, unit.counts)
  for (let at = 0; at < COUNTS_LENGTH; at += COUNTS) {
    if (Math.min(counts[at] ?? 0, others[at] ?? 0) < HALVES_RUNS) continue
    const [one, other] = [excessShare(counts, at), excessShare(others, at)]
    const most = Math.max(one, other)
    if (most < EXCESS_RATIO_MIN || Math.min(one, other) > apart * most) continue
    const [runs, bad, moreRuns, moreBad] = [counts[at], counts[at + 1], others[at], others[at + 1]]
    if (contrast(runs ?? 0, bad ?? 0, moreRuns ?? 0, moreBad ?? 0) >= HALVES_CONTRAST) return true
  }
  return false
}

function excessShare(counts: Float64Array, at: number): number {
  const [runs = 0, bad = 0, expected = 0] = counts.subarray(at, at + COUNTS)
  return Math.max(0, bad - expected) / runs
}

function firstOf(candidates: readonly Candidate[], units: Units): Explanation | null {
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
    const least = SCORE_MIN + (costs[shape] ?? 0)
    SUMS.begin()
    for (const { scopes, counts } of bad) SUMS.add(scopes[shape] ?? 0, counts)
    // A scope that has too little evidence without all that is not bad in it has no more with it.
    const isPromising = promising(SUMS, least)
    if (isPromising === null) continue
    for (const { scopes, counts } of good) {
      const place = SUMS.placeOf(scopes[shape] ?? 0)
      if (place >= 0 && isPromising[place] === 1) SUMS.addAt(place, counts)
    }
    for (let place = 0; place < SUMS.length; place += 1) {
      if (isPromising[place] !== 1) continue
      for (let window = 0; window < WINDOWS.length; window += 1) {
        const evidence = likelihood(SUMS.counts, place * COUNTS_LENGTH + window * PER_WINDOW)
        if (evidence < least) continue
        const score = evidence - (costs[shape] ?? 0)
        candidates.push({ shape, scope: SUMS.scopeAt(place), window, score })
      }
    }
  }
  return candidates.sort((a, b) => b.score - a.score)
}

/** By place, 1 where there is evidence enough in some window; `null`: nowhere. */
function promising(sums: Sums, least: number): Uint8Array | null {
  const is = new Uint8Array(sums.length)
  let any = false
  for (let place = 0; place < sums.length; place += 1)
    for (let window = 0; window < WINDOWS.length; window += 1)
      if (likelihood(sums.counts, place * COUNTS_LENGTH + window * PER_WINDOW) >= least) {
        is[place] = 1
        any = true
      }
  return any ? is : null
}

/** Whether a candidate holds when its agents are looked at one by one. */
function closely({ shape, scope, window, score }: Candidate, { left, all }: Units): Explanation | null {
  const isWithin = ({ thread }: Unit) => thread.scopes[shape] === scope
  const within = left.filter(isWithin)
  if (left.length < all.length && within.length < LEFT_SHARE * all.filter(isWithin).length) return null
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
