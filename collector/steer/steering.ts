import type {
  Decision,
  Incident,
  Resilience,
  SteeringCell,
  SteeringOverride,
  SteeringTable,
} from '@streamgauge/contract'
import { type Now, timestamp } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { CollectorError } from '../error.ts'
import { sqlTime } from '../store/filter.ts'
import { keepDecisions, lastDecisions, listDecisions } from '../store/steering.ts'
import type { Store } from '../store/store.ts'
import { Thread } from '../thread.ts'
import { preferenceOf, verdictOf } from './effect.ts'
import { GoingOn } from './going_on.ts'
import type { Answer, Order } from './messages.ts'
import { Overrides, type Wanted } from './overrides.ts'
import { capacitiesOf, FADE_S, movesWhenStale, staleMsOf, WINDOW_MS } from './pace.ts'
import { moved, movesOf, type Position } from './policy.ts'
import { Regrets } from './regret.ts'
import { resilienceOf } from './resilience.ts'
import { decisionsOf, shownCell } from './shown.ts'
import { ANY_COUNTRY, ANY_ISP, type CellChoice } from './world.ts'

const PROGRAM = new URL('./worker.ts', import.meta.url)
/** How long a cell is not sent again to where it was worse off. */
const AVOIDED_MS = 3_600_000
/** Decisions of the last hour that are looked at when it begins. */
const LATELY_MAX = 100_000

/** What steering is made of. */
export interface SteeringDeps {
  readonly store: Store
  readonly now: Now
  readonly config: Config
  readonly roundMs: number
  readonly log: { warn(details: object, message: string): void }
  /** Is told of decisions, after they were stored and the table says so, and once more when they are judged. */
  readonly decided: (decisions: readonly Decision[]) => void
}

interface Placed extends Position {
  readonly decision_id: string
}

/**
 * Decides for every cell which nodes its viewers should try in which order, once a round and when an incident opens or closes, and
 * has the answer ready. `open` it before it is asked, `start` it to run by itself, and close it.
 */
export class Steering {
  /** What operators say; `say` is how they say it. */
  readonly overrides: Overrides
  readonly #deps: SteeringDeps
  readonly #thread: Thread<Order, Answer>
  /** Until when a cell (and newline, and node) is not sent there again. */
  readonly #avoided = new Map<string, number>()
  readonly #capacities: ReadonlyMap<string, number>
  readonly #staleMs: number
  readonly #incidents = new GoingOn()
  readonly #positions = new Map<string, Placed>()
  readonly #regrets = new Regrets()
  #choices: readonly CellChoice[] = []
  #cells = new Map<string, SteeringCell>()
  /** When the store was read last, and when the latest run began that it had. */
  #readMs: number | null = null
  #readAt: string | null = null
  #newestMs = 0
  #timer: NodeJS.Timeout | null = null
  #going: Promise<void> | null = null
  #isDue = false
  #closed = false

  constructor(deps: SteeringDeps) {
    this.#deps = deps
    this.overrides = new Overrides(deps.store, deps.now)
    const { nodes, agents, steering } = deps.config
    this.#thread = new Thread<Order, Answer>(PROGRAM, { fleet: { nodes, agents }, rules: steering })
    this.#staleMs = staleMsOf(deps.roundMs)
    this.#capacities = capacitiesOf(nodes)
  }

  /** Goes on where the last collector stopped. Throws `STORE_UNAVAILABLE`. */
  async open(incidents: readonly Incident[]): Promise<void> {
    const { store, now } = this.#deps
    const span = { from: now() - AVOIDED_MS, to: now() }
    const lately = await listDecisions(store, { span, limit: LATELY_MAX })
    const moves = Map.groupBy(
      lately.filter(({ dry_run }) => dry_run === this.#isDry),
      cellOfDecision,
    )
    for (const decision of await lastDecisions(store, this.#isDry)) {
      const { to_node_id, decided_at, decision_id } = decision
      const cell = cellOfDecision(decision)
      const moves_ms = (moves.get(cell) ?? [])
        .filter(({ from_node_id }) => from_node_id !== null)
        .map((move) => Date.parse(move.decided_at))
      const since_ms = Date.parse(decided_at)
      this.#positions.set(cell, { node_id: to_node_id, since_ms, moves_ms, decision_id })
    }
    for (const [cell, made] of moves)
      for (const decision of made)
        if (this.#isTakenBack(decision))
          this.#avoided.set(`${cell}\n${decision.to_node_id}`, Date.parse(decision.decided_at) + AVOIDED_MS)
    await this.overrides.open()
    this.#incidents.note(incidents)
    await this.round()
  }

  /** Decides once a round from now on. */
  start() {
    this.#timer = setInterval(() => void this.round(), this.#deps.roundMs)
    this.#timer.unref()
  }

  /** Takes in incidents as they are now, and decides at once if one opened or closed. */
  changed(incidents: readonly Incident[]) {
    if (this.#incidents.note(incidents)) void this.round()
  }

  /** Decides now, or once more when that is under way. Never rejects: with the store away the last table stays. */
  round(): Promise<void> {
    this.#isDue = true
    this.#going ??= this.#rounds().finally(() => {
      this.#going = null
    })
    return this.#going
  }

  /** The table as it is now. */
  get table(): SteeringTable {
    return { ...this.freshness, cells: [...this.#cells.values()] }
  }

  /** What would not survive a loss, as things are. */
  get resilience(): Resilience {
    const sentTo = new Map([...this.#positions].map(([cell, { node_id }]) => [cell, node_id]))
    return { ...this.freshness, ...resilienceOf(this.#choices, sentTo, this.#capacities) }
  }

  /** How far the table is to be believed. */
  get freshness(): Pick<SteeringTable, 'as_of' | 'stale' | 'dry_run'> {
    const oldest = Math.min(this.#readMs ?? 0, this.#newestMs)
    return {
      as_of: this.#readAt,
      stale: this.#deps.now() - oldest > this.#staleMs,
      dry_run: this.#isDry,
    }
  }

  /** Keeps what an operator says and decides at once. Throws as `Overrides.put`, and `NOT_FOUND` for what there is not. */
  async say(wanted: Wanted): Promise<SteeringOverride> {
    const isKnown =
      wanted.kind === 'cell'
        ? this.#cells.has(wanted.key)
        : this.#deps.config.nodes.some(({ node_id }) => node_id === wanted.key)
    const isNode = this.#deps.config.nodes.some(({ node_id }) => node_id === wanted.node_id)
    if (!isKnown || (wanted.node_id !== null && !isNode)) {
      const what = isKnown ? `node ${wanted.node_id}` : `${wanted.kind} ${wanted.key}`
      throw new CollectorError('NOT_FOUND', `there is no ${what}`, { status: 404 })
    }
    const override = await this.overrides.put(wanted)
    await this.round()
    return override
  }

  /**
   * Writes down what came of a move. One that hurt by more than its node is preferred is taken back, and the node is as good as ill for
   * that cell for an hour.
   */
  async judge(decision: Decision, effect: NonNullable<Decision['effect']>): Promise<void> {
    const { store, now, decided } = this.#deps
    const judged = { ...decision, effect, verdict: verdictOf(effect) }
    await keepDecisions(store, [judged], now())
    decided([judged])
    const cell = cellOfDecision(decision)
    const position = this.#positions.get(cell)
    if (!this.#isTakenBack(judged) || position?.decision_id !== decision.decision_id) return
    this.#avoided.set(`${cell}\n${decision.to_node_id}`, now() + AVOIDED_MS)
    if (decision.from_node_id !== null)
      this.#positions.set(cell, { ...position, back_to: decision.from_node_id })
    await this.round()
  }

  /** A viewer's cell, or the nearest there is: the country's rest, or everybody else. `null`: there is no table yet. */
  cellOf(country: string | null, isp: string | null): SteeringCell | null {
    return (
      this.#cells.get(`${country}/${isp}`) ??
      this.#cells.get(`${country}/${ANY_ISP}`) ??
      this.#cells.get(`${ANY_COUNTRY}/${ANY_ISP}`) ??
      null
    )
  }

  /** Decides no more. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#thread.close()
    await this.#going
  }

  /** Whether a move hurt, and by more than operators prefer where the cell went to where it was. */
  #isTakenBack({ verdict, effect, isp, from_node_id, to_node_id }: Decision): boolean {
    if (verdict !== 'hurt') return false
    const { nodes, steering } = this.#deps.config
    const preferred = (id: string | null) =>
      preferenceOf(
        nodes.find(({ node_id }) => node_id === id),
        isp,
        steering,
      )
    return (effect?.high ?? 0) + preferred(to_node_id) - preferred(from_node_id) < 0
  }

  get #isDry(): boolean {
    return this.#deps.config.steering.mode === 'dry-run'
  }

  async #rounds(): Promise<void> {
    while (this.#isDue && !this.#closed) {
      this.#isDue = false
      try {
        await this.#decide()
      } catch (error) {
        if (!this.#closed) this.#deps.log.warn({ err: error }, 'viewers are sent by the last table')
      }
    }
  }

  async #decide(): Promise<void> {
    const { store, now, config, decided } = this.#deps
    const at = now()
    const text = await store.readLines('steering/recent', {
      now: sqlTime(at),
      since: sqlTime(at - WINDOW_MS),
      fade_s: FADE_S,
    })
    for (const [key, until] of this.#avoided) if (until <= at) this.#avoided.delete(key)
    const { choices, newest_ms } = await this.#thread.tell({
      text,
      incidents: this.#incidents.list,
      now_ms: at,
      said: { ...this.overrides.at(at), avoided: new Set(this.#avoided.keys()) },
      positions: new Map([...this.#positions].map(([cell, { node_id }]) => [cell, node_id])),
      nearest: this.#isDry,
    })
    this.#newestMs = Math.max(this.#newestMs, newest_ms)
    const { policy } = config.steering
    this.#regrets.step(choices, this.#positions, policy, at)
    const wanted = movesOf(choices, this.#positions, this.#capacities, policy, at, this.#regrets)
    const moves = at - this.#newestMs > this.#staleMs ? movesWhenStale(wanted) : wanted
    const decisions = decisionsOf(moves, choices, at, this.#isDry)
    if (decisions.length > 0) await keepDecisions(store, decisions, at)
    for (const { country, isp, to_node_id, decision_id } of decisions) {
      const cell = `${country}/${isp}`
      this.#positions.set(cell, { ...moved(this.#positions.get(cell), to_node_id, at), decision_id })
    }
    this.#choices = choices
    this.#cells = new Map(
      choices.map((choice) => [
        choice.cell,
        shownCell(choice, this.#positions.get(choice.cell) ?? null, this.#isDry),
      ]),
    )
    this.#readMs = at
    this.#readAt = timestamp(at)
    if (decisions.length > 0) decided(decisions)
  }
}

function cellOfDecision({ country, isp }: Decision): string {
  return `${country}/${isp}`
}
