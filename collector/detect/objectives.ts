import type { Observation, Signal } from './observation.ts'
import { Ring, type Sum } from './ring.ts'
import { holds, type Where } from './scope.ts'

/** What is promised, whatever is usual. */
export interface Objective {
  readonly name: string
  readonly signal: Exclude<Signal, 'slow_start'>
  /** Of `slow`: a handshake that takes longer is. */
  readonly limit_ms: number | null
  /** The share of runs that are to be good; the rest is the budget. */
  readonly target_ratio: number
  /** Found when so many times its budget is spent, in the short window and in the long one. */
  readonly burn_min: number
  readonly short_s: number
  readonly long_s: number
}

/** Nothing is judged by fewer runs in the short window, or by the bad runs of fewer agents. */
const RUNS_MIN = 12
const AGENTS_MIN = 2
const SLOTS_PER_SHORT = 5
/** Bad runs that are remembered by agent; two are enough. */
const AGENTS_REMEMBERED = 8
const SCOPES_MAX = 20_000
/** 1 - 0.95 is a little more than 0.05. */
const ROUNDING = 1e-9
/** A breach that nothing is heard of any more is over after so long. */
const FORGOTTEN_AFTER_MS = 86_400_000

interface Account {
  readonly objective: Objective
  readonly where: Where
  readonly ring: Ring
  /** When a run last came in, ms since 1970. */
  heard_ms: number
  /** When agents last had a bad run, ms since 1970. */
  readonly agents: Map<string, number>
}

/** A scope that spends its budget too fast. */
export interface Breach {
  readonly objective: Objective
  readonly where: Where
  state: 'open' | 'recovering' | 'closed'
  readonly opened_ms: number
  /** The end of the last round in which the budget was spent too fast. */
  bad_ms: number
  agents_count: number
  /** Of the short window. */
  runs_count: number
  bad_count: number
  /** How many times the budget is spent, in the short window and in the long one. */
  burn_short: number
  burn_long: number
}

/** Watches over what was promised, for everything, each country, cell and node. */
export class Objectives {
  readonly #objectives: readonly Objective[]
  readonly #accounts = new Map<string, Account>()
  readonly #open = new Map<Account, Breach>()

  constructor(objectives: readonly Objective[]) {
    this.#objectives = objectives
  }

  /** Scopes that are watched, once for each objective. */
  get size(): number {
    return this.#accounts.size
  }

  /** Goes on with a breach that was found before; `null`: that is promised no more. */
  adopt(name: string, where: Where, openedMs: number, nowMs: number): Breach | null {
    const objective = this.#objectives.find((one) => one.name === name)
    const account = objective === undefined ? null : this.#accountOf(objective, where, nowMs)
    if (account === null) return null
    const { objective: promised } = account
    const breach: Breach = {
      ...{ objective: promised, where, state: 'open', opened_ms: openedMs, bad_ms: nowMs },
      ...spent(account, nowMs),
    }
    this.#open.set(account, breach)
    return breach
  }

  /** Takes in a run that came in now. */
  observe(run: Observation, nowMs: number) {
    for (const objective of this.#objectives) {
      const bad = isBad(objective, run)
      if (bad === null) continue
      for (const where of scopesOf(run)) {
        const account = this.#accountOf(objective, where, nowMs)
        if (account === null) continue
        account.ring.add(slotOf(objective, nowMs), run.agent_id, bad)
        account.heard_ms = nowMs
        if (!bad) continue
        account.agents.delete(run.agent_id)
        account.agents.set(run.agent_id, nowMs)
        const [oldest] = account.agents.keys()
        if (account.agents.size > AGENTS_REMEMBERED && oldest !== undefined) account.agents.delete(oldest)
      }
    }
  }

  /** What changed by now. `isKnown`: a scope of which it is known already that something is the matter. */
  endRound(nowMs: number, isKnown: (where: Where) => boolean): Breach[] {
    const changed: Breach[] = []
    const burning: { readonly objective: Objective; readonly where: Where }[] = []
    for (const [key, account] of this.#accounts) {
      const { where, objective } = account
      if (nowMs - account.heard_ms > objective.long_s * 1_000 && !this.#open.has(account)) {
        this.#accounts.delete(key)
        continue
      }
      const before = this.#open.get(account)
      const now = spent(account, nowMs)
      const isBurning =
        now.runs_count >= RUNS_MIN &&
        now.agents_count >= AGENTS_MIN &&
        Math.min(now.burn_short, now.burn_long) >= objective.burn_min - ROUNDING
      if (before !== undefined) {
        if (follow(before, now, nowMs)) changed.push(before)
        if (before.state === 'closed') this.#open.delete(account)
        else burning.push(account)
      } else if (
        isBurning &&
        !isKnown(where) &&
        !burning.some((wide) => wide.objective === objective && holds(wide.where, where))
      ) {
        const breach: Breach = { objective, where, state: 'open', opened_ms: nowMs, bad_ms: nowMs, ...now }
        this.#open.set(account, breach)
        burning.push(account)
        changed.push(breach)
      }
    }
    return changed
  }

  #accountOf(objective: Objective, where: Where, nowMs: number): Account | null {
    const key = `${objective.name}\n${JSON.stringify(where)}`
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    if (this.#accounts.size >= SCOPES_MAX) return null
    const slots = Math.ceil(objective.long_s / slotS(objective)) + 1
    const account = {
      objective,
      where,
      ring: new Ring(slots),
      heard_ms: nowMs,
      agents: new Map<string, number>(),
    }
    this.#accounts.set(key, account)
    return account
  }
}

/** From wide to narrow, as far as one lies within another. */
function scopesOf({ country, isp, node_id }: Observation): readonly Where[] {
  return [{}, { country }, { country, isp }, { node_id }]
}

function isBad({ signal, limit_ms }: Objective, run: Observation): boolean | null {
  if (signal === 'failed') return run.failed
  if (signal === 'stalled') return run.stalled
  return run.handshake_ms === null || limit_ms === null ? null : run.handshake_ms - run.slack_ms > limit_ms
}

type Spent = Pick<Breach, 'agents_count' | 'runs_count' | 'bad_count' | 'burn_short' | 'burn_long'>

function spent({ objective, ring, agents }: Account, nowMs: number): Spent {
  const at = slotOf(objective, nowMs)
  const budget = 1 - objective.target_ratio
  const short = ring.sum(at, SLOTS_PER_SHORT)
  const long = ring.sum(at, Math.ceil(objective.long_s / slotS(objective)))
  const burnOf = ({ fair_runs, fair_bad }: Sum) => (fair_runs === 0 ? 0 : fair_bad / fair_runs / budget)
  const since = nowMs - objective.short_s * 1_000
  return {
    agents_count: [...agents.values()].filter((ms) => ms > since).length,
    runs_count: short.runs,
    bad_count: short.bad,
    burn_short: burnOf(short),
    burn_long: burnOf(long),
  }
}

/** Takes in how it is now; whether its state changed. Over when the short window has been well for as long as it is. */
function follow(breach: Breach, now: Spent, nowMs: number): boolean {
  const before = breach.state
  const { objective } = breach
  if (now.runs_count === 0) {
    // No runs, no news.
    if (nowMs - breach.bad_ms < FORGOTTEN_AFTER_MS) return false
    breach.state = 'closed'
    return true
  }
  if (now.burn_short >= objective.burn_min / 2) {
    Object.assign(breach, now, { state: 'open', bad_ms: nowMs })
  } else {
    breach.burn_short = now.burn_short
    breach.burn_long = now.burn_long
    breach.state = nowMs - breach.bad_ms >= objective.short_s * 1_000 ? 'closed' : 'recovering'
  }
  return breach.state !== before
}

function slotS({ short_s }: Objective): number {
  return short_s / SLOTS_PER_SHORT
}

function slotOf(objective: Objective, ms: number): number {
  return Math.floor(ms / 1_000 / slotS(objective))
}

/** Where nothing is promised in the configuration. Thirty runs in a hundred that fail, or connect slowly, or half that stall. */
export const USUAL_OBJECTIVES: readonly Objective[] = [
  usual('available', 'failed', null, 0.95, 6),
  usual('connects', 'slow', 1_500, 0.95, 6),
  usual('plays', 'stalled', null, 0.9, 5),
]

function usual(
  name: string,
  signal: Objective['signal'],
  limit_ms: number | null,
  target_ratio: number,
  burn_min: number,
) {
  return { name, signal, limit_ms, target_ratio, burn_min, short_s: 300, long_s: 3_600 }
}
