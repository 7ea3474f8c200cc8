/** What is to be gained, and how carefully. Times in s. */
export interface Policy {
  /** A better target must be better by so much, in the unit of costs, and by this share of the cost there is. */
  readonly margin: number
  readonly margin_ratio: number
  /** How long a cell stays where it was moved to, if that is not ill. Doubles with each move of the last hour. */
  readonly dwell_s: number
  /** How long a target must have been well before anybody is moved there because it is better. */
  readonly warm_up_s: number
  /**
   * What staying must have cost a viewer beyond the margin before it is moved because a target is better, in seconds of stalling all the
   * time: half a minute of half of the time is 15.
   */
  readonly patience_s: number
  /** The largest share of all viewers that is moved at once because something is better. What is ill is left at once. */
  readonly step_ratio: number
}

/** The policy where nobody chose another. */
export const USUAL_POLICY: Policy = {
  margin: 0.01,
  margin_ratio: 0.1,
  dwell_s: 300,
  warm_up_s: 120,
  patience_s: 60,
  step_ratio: 0.1,
}

/** Where a cell might be sent. */
export interface Option {
  readonly node_id: string
  /** Lower is better; see `costOf`. */
  readonly cost: number
  /** Known to be ill for this cell. */
  readonly ill: boolean
  /** For how long it has been well, s. */
  readonly well_s: number
}

/** A cell and what it may choose from: never a node that is drained, in maintenance or without capacity. */
export interface Choice {
  readonly cell: string
  /** Bit/s, as capacities are; 0: not known. */
  readonly demand: number
  /** Of all viewers. */
  readonly share: number
  readonly options: readonly Option[]
  /** The node an operator chose; `null`: none. */
  readonly pin: string | null
}

/** Where a cell is sent now. */
export interface Position {
  readonly node_id: string
  /** Where it is to go back to, because it is worse off here. */
  readonly back_to?: string
  readonly since_ms: number
  /** When it was moved, within the last hour. */
  readonly moves_ms: readonly number[]
}

/** Why a cell is sent elsewhere. */
export type Motive = 'first' | 'pinned' | 'gone' | 'ill' | 'better' | 'hurt'

/** A cell that is to be sent elsewhere. */
export interface Move {
  readonly cell: string
  readonly from: string | null
  readonly to: string
  readonly motive: Motive
  /** Costs of where it was, as far as that is known, and of where it goes. */
  readonly cost_from: number | null
  readonly cost_to: number
}

const HOUR_MS = 3_600_000

/**
 * Which cells move now. Those that must (an operator's word, a node that is gone or ill) go first and at once; those that would
 * gain go the most gain first, as far as the step allows. A node takes no more than its capacity. `regrets`: what it has cost cells to
 * stay, s.
 */
export function movesOf(
  choices: readonly Choice[],
  positions: ReadonlyMap<string, Position>,
  capacities: ReadonlyMap<string, number>,
  policy: Policy,
  nowMs: number,
  regrets: { of(cell: string, nodeId: string): number },
): Move[] {
  const rooms = new Rooms(choices, positions, capacities)
  const wishes = choices.flatMap(
    (choice) => wishOf(choice, positions.get(choice.cell), policy, nowMs, regrets) ?? [],
  )
  const must = wishes.filter(({ motive }) => motive !== 'better')
  const may = wishes.filter(({ motive }) => motive === 'better').toSorted((a, b) => b.gain - a.gain)
  let step = policy.step_ratio
  const moves: Move[] = []
  for (const wish of [...must, ...may]) {
    const { choice, motive, from } = wish
    const isFree = motive !== 'better'
    // The first of a step may be larger than the step, or a large cell would never move.
    if (!isFree && step < policy.step_ratio && choice.share > step) continue
    const to = wish.options.find(({ node_id }) => motive === 'pinned' || rooms.has(node_id, choice.demand))
    if (to === undefined) continue
    rooms.move(from?.node_id ?? null, to.node_id, choice.demand)
    if (!isFree) step -= choice.share
    moves.push({
      cell: choice.cell,
      from: from?.node_id ?? null,
      to: to.node_id,
      motive,
      cost_from: from?.cost ?? null,
      cost_to: to.cost,
    })
  }
  return moves
}

/** Options in the order in which they are to be tried: what is well before what is ill, the cheaper first. */
export function ordered(options: readonly Option[]): Option[] {
  return options.toSorted(
    (a, b) => Number(a.ill) - Number(b.ill) || a.cost - b.cost || (a.node_id < b.node_id ? -1 : 1),
  )
}

/** A position after a move. */
export function moved(before: Position | undefined, to: string, nowMs: number): Position {
  const moves = before === undefined ? [] : [...before.moves_ms, nowMs]
  return { node_id: to, since_ms: nowMs, moves_ms: moves.filter((at) => at > nowMs - HOUR_MS) }
}

interface Wish {
  readonly choice: Choice
  readonly motive: Motive
  readonly from: { readonly node_id: string; readonly cost: number | null } | null
  /** Where it would go, the best first; all of them better than staying. */
  readonly options: readonly Option[]
  readonly gain: number
}

function wishOf(
  choice: Choice,
  at: Position | undefined,
  policy: Policy,
  nowMs: number,
  regrets: { of(cell: string, nodeId: string): number },
): Wish | null {
  const options = ordered(choice.options)
  const current = at === undefined ? undefined : options.find(({ node_id }) => node_id === at.node_id)
  const from = at === undefined ? null : { node_id: at.node_id, cost: current?.cost ?? null }
  const wish = (motive: Motive, better: readonly Option[]): Wish | null => {
    const [best] = better
    if (best === undefined) return null
    return { choice, motive, from, options: better, gain: (current?.cost ?? 0) - best.cost }
  }
  if (choice.pin !== null) {
    if (choice.pin === at?.node_id) return null
    const pin = options.find(({ node_id }) => node_id === choice.pin)
    // Whoever pins a cell knows better than what is known here.
    return wish('pinned', [pin ?? { node_id: choice.pin, cost: 0, ill: false, well_s: 0 }])
  }
  if (at === undefined) return wish('first', options)
  if (current === undefined) return wish('gone', options)
  const well = options.filter(({ ill }) => !ill)
  const back = well.filter(({ node_id }) => node_id === at.back_to)
  if (back.length > 0) return wish('hurt', back)
  if (current.ill) return wish('ill', well)
  const recent = at.moves_ms.filter((moved_ms) => moved_ms > nowMs - HOUR_MS).length
  const dwell_ms = policy.dwell_s * 1_000 * 2 ** Math.max(0, recent - 1)
  if (nowMs - at.since_ms < dwell_ms) return null
  const enough = enoughOf(current.cost, policy)
  return wish(
    'better',
    well.filter(
      ({ node_id, cost, well_s }) =>
        cost < enough && well_s >= policy.warm_up_s && regrets.of(choice.cell, node_id) >= policy.patience_s,
    ),
  )
}

/** What a target must cost less than, to be better by the margin. */
export function enoughOf(cost: number, policy: Policy): number {
  return cost - Math.max(policy.margin, policy.margin_ratio * cost)
}

/** What nodes still have room for. One that nothing is said of has room for everybody. */
class Rooms {
  readonly #left: Map<string, number>

  constructor(
    choices: readonly Choice[],
    positions: ReadonlyMap<string, Position>,
    capacities: ReadonlyMap<string, number>,
  ) {
    this.#left = new Map(capacities)
    for (const { cell, demand } of choices) {
      const node = positions.get(cell)?.node_id
      if (node !== undefined) this.#take(node, demand)
    }
  }

  has(node: string, demand: number): boolean {
    return (this.#left.get(node) ?? Number.POSITIVE_INFINITY) >= demand
  }

  move(from: string | null, to: string, demand: number) {
    if (from !== null) this.#take(from, -demand)
    this.#take(to, demand)
  }

  #take(node: string, demand: number) {
    const left = this.#left.get(node)
    if (left !== undefined) this.#left.set(node, left - demand)
  }
}
