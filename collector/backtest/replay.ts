import type { Config } from '../config/config.ts'
import { Watch } from '../detect/watch.ts'
import { GoingOn } from '../steer/going_on.ts'
import { capacitiesOf, staleMsOf } from '../steer/pace.ts'
import type { Policy } from '../steer/policy.ts'
import { type CellChoice, World } from '../steer/world.ts'
import { type Account, Book } from './book.ts'
import {
  type Contestant,
  nearestContestant,
  policyContestant,
  type Sent,
  stayingContestant,
} from './contestant.ts'
import { Hindsight } from './hindsight.ts'
import { isRest, Moves } from './moves.ts'
import { Recent } from './recent.ts'
import type { Round } from './rounds.ts'
import { ByPlace } from './suffered.ts'
import { Tenure } from './tenure.ts'

const DAY_MS = 86_400_000
/** Where cells are, and what that came to, is added up once an hour; in hindsight the best node is chosen for as long. */
const BLOCK_MS = 3_600_000

/** What is replayed. */
export interface ReplaySettings {
  /** With the rules that are asked about; its demand says how much a cell weighs. */
  readonly config: Config
  /** Those in force, when others are asked about. */
  readonly inForce: Config | null
  readonly roundMs: number
  /** Judging begins here; what is before is for getting to know what is usual. */
  readonly from_ms: number
  /** Where decisions had sent cells by then. */
  readonly sentTo: ReadonlyMap<string, string>
}

/** A contestant with the world it sees, and what it has come to in the block that is going on. */
interface Runner {
  readonly contestant: Contestant
  readonly seen: Seen
  readonly moves: Moves
  readonly tenures: Map<string, Tenure>
}

/** A world, and what may be chosen from in it now. */
interface Seen {
  readonly world: World
  choices: readonly CellChoice[]
  /** Cells and nodes (`cell` newline `node_id`) that are ill now. */
  ill: ReadonlySet<string>
}

/** Those that the others are compared with, as far as they are there. */
export const BASES = ['none', 'nearest', 'configured']
export const HINDSIGHT = 'hindsight'

/**
 * Runs stored measurements through detection and steering once more, round by round, and judges where viewers would have been by
 * what was measured there afterwards. Give it every round in order, then read `book`.
 */
export class Replay {
  readonly book = new Book()
  readonly #settings: ReplaySettings
  readonly #watch: Watch
  readonly #goingOn = new GoingOn()
  readonly #recent = new Recent()
  readonly #runners: readonly Runner[]
  readonly #hindsight: Hindsight
  readonly #hindsightWorld: World
  /** Runs of the round that is judged. */
  readonly #runs = new ByPlace()
  readonly #incidents = new Set<string>()
  #newestMs = 0
  #blockMs = 0
  #judgedMs = 0
  #judgedRuns = 0

  constructor(settings: ReplaySettings) {
    const { config, inForce, roundMs, from_ms, sentTo } = settings
    this.#settings = settings
    this.#watch = new Watch(roundMs, config.objectives)
    this.#hindsight = new Hindsight(config.steering.weights)
    this.#hindsightWorld = new World(config, config.steering)
    const asked = seenBy(config)
    const runner = (contestant: Contestant, seen = asked): Runner => ({
      ...{ contestant, seen },
      moves: new Moves(),
      tenures: new Map(),
    })
    this.#runners = [
      runner(stayingContestant(from_ms, sentTo)),
      runner(nearestContestant()),
      ...(inForce === null ? [] : [runner(policyOf('configured', inForce), seenBy(inForce))]),
      runner(policyOf('policy', config)),
    ]
  }

  /** Incidents of `warning` or worse that opened while it was judged. */
  get incidentsCount(): number {
    return this.#incidents.size
  }

  /** Runs of viewers' kind in the time that was judged. */
  get judgedRuns(): number {
    return this.#judgedRuns
  }

  /** How many cells there are that are judged. */
  get cellsCount(): number {
    return this.#asked.choices.filter(({ cell }) => !isRest(cell)).length
  }

  /** Where each way sends its cells now. */
  get contestants(): readonly Contestant[] {
    return this.#runners.map(({ contestant }) => contestant)
  }

  /** The moves of each way, by its name. */
  get moves(): ReadonlyMap<string, Moves> {
    return new Map(this.#runners.map(({ contestant, moves }) => [contestant.name, moves]))
  }

  /** Judges where cells were by what happened in the round, then decides by what became known in it. */
  round(round: Round) {
    const { at_ms, heard } = round
    if (at_ms - this.#settings.roundMs >= this.#settings.from_ms) this.#judge(round)
    this.#watch.take(
      heard.map(({ observed }) => observed),
      at_ms - this.#settings.roundMs,
      at_ms,
    )
    const { incidents } = this.#watch.endRound(at_ms)
    this.#goingOn.note(incidents)
    if (at_ms >= this.#settings.from_ms)
      for (const { incident_id, severity, state } of incidents)
        if (severity !== 'info' && state !== 'closed') this.#incidents.add(incident_id)
    for (const { counts, started_ms } of heard)
      if (counts) this.#newestMs = Math.max(this.#newestMs, started_ms)
    this.#recent.add(heard, at_ms)
    this.#decide(at_ms)
  }

  /** Adds up what is not added up yet. */
  end() {
    this.#settle()
  }

  get #asked(): Seen {
    const seen = this.#runners.at(-1)?.seen
    if (seen === undefined) throw new Error('nobody takes part')
    return seen
  }

  #decide(at_ms: number) {
    const { recent, from_ms, roundMs } = { recent: this.#recent.rows, ...this.#settings }
    const sentTo = (cell: string) =>
      this.contestants.flatMap(({ positions }) => positions.get(cell)?.node_id ?? [])
    for (const seen of new Set(this.#runners.map((runner) => runner.seen))) {
      seen.choices = seen.world.step(recent, this.#goingOn.list, at_ms, undefined, sentTo)
      seen.ill = new Set(
        seen.choices.flatMap(({ cell, options }) =>
          options.flatMap(({ ill, node_id }) => (ill ? [`${cell}\n${node_id}`] : [])),
        ),
      )
    }
    const isStale = at_ms - this.#newestMs > staleMsOf(roundMs)
    for (const { contestant, seen, moves } of this.#runners) {
      const sent: Sent[] = contestant.decide({ choices: seen.choices, at_ms, isStale })
      if (at_ms >= from_ms) moves.add(this.#dayOf(at_ms), sent)
    }
  }

  #judge({ at_ms, began }: Round) {
    const { config, roundMs } = this.#settings
    const startMs = at_ms - roundMs
    const block = Math.floor(startMs / BLOCK_MS) * BLOCK_MS
    if (block !== this.#blockMs) this.#settle()
    this.#blockMs = block
    this.#judgedMs += roundMs
    this.#runs.clear()
    for (const run of began)
      if (run.judges) {
        this.#runs.add(run, config.steering.weights)
        this.#judgedRuns += 1
      }
    this.#hindsight.add(began)
    for (const { cell, country } of this.#asked.choices) {
      if (isRest(cell)) continue
      for (const { contestant, seen, tenures } of this.#runners) {
        const node = contestant.positions.get(cell)?.node_id
        const tenure = tenures.get(cell) ?? new Tenure()
        tenures.set(cell, tenure)
        const ill = seen.ill.has(`${cell}\n${node}`)
        tenure.add(cell, country, node, roundMs, { ill, runs: this.#runs })
      }
    }
  }

  #settle() {
    if (this.#judgedMs === 0) return
    const hindsight = this.#hindsight.settle(this.#hindsightWorld, this.#blockMs + BLOCK_MS, this.#judgedMs)
    const bases = BASES.filter((base) => this.#runners.some(({ contestant }) => contestant.name === base))
    for (const { cell, share } of this.#asked.choices) {
      const accounts = new Map<string, Account>()
      for (const { contestant, tenures } of this.#runners) {
        const tenure = tenures.get(cell)
        if (tenure !== undefined) accounts.set(contestant.name, tenure.account)
      }
      const best = hindsight.get(cell)
      if (best !== undefined && !isRest(cell)) accounts.set(HINDSIGHT, best.account)
      this.book.add({ day: this.#dayOf(this.#blockMs), cell, share }, accounts, bases)
    }
    for (const { tenures } of this.#runners) tenures.clear()
    this.#judgedMs = 0
  }

  /** Days are counted from the beginning of the window. */
  #dayOf(ms: number): string {
    return `${Math.max(0, Math.floor((ms - this.#settings.from_ms) / DAY_MS))}`
  }
}

function seenBy(config: Config): Seen {
  return { world: new World(config, config.steering), choices: [], ill: new Set() }
}

function policyOf(name: string, config: Config): Contestant {
  const policy: Policy = config.steering.policy
  return policyContestant(name, policy, capacitiesOf(config.nodes))
}
