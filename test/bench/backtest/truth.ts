import { type Occurrence, touches } from '@streamgauge/collector/simulate/incident/occurrence.ts'
import { publicPath } from '@streamgauge/collector/simulate/path/path.ts'
import { Draws } from '@streamgauge/collector/simulate/random.ts'
import { capacityOf } from '@streamgauge/collector/simulate/run/capacity.ts'
import {
  type Conditions,
  conditionsOf,
  UNDISTURBED,
  withEffect,
} from '@streamgauge/collector/simulate/run/conditions.ts'
import { handshakeOf } from '@streamgauge/collector/simulate/run/handshake.ts'
import { RUN_MS, streamingOf } from '@streamgauge/collector/simulate/run/streaming.ts'
import type { SimulatedAgent } from '@streamgauge/collector/simulate/world/agent.ts'
import type { Side } from '@streamgauge/collector/simulate/world/plan.ts'
import { type SimulatedTarget, STREAMS } from '@streamgauge/collector/simulate/world/target.ts'
import type { World } from '@streamgauge/collector/simulate/world/world.ts'
import { USUAL_WEIGHTS } from '@streamgauge/collector/steer/cost.ts'
import { costOfFairRun } from '@streamgauge/collector/steer/effect.ts'

/** What a viewer has to expect, of one run; failures that a resolver is to blame for are none. */
export interface Expected {
  readonly failed: number
  readonly stall_ms: number
  readonly watched_ms: number
  readonly cost: number
}

interface Cell {
  readonly cell: string
  readonly agents: readonly SimulatedAgent[]
  /** Nodes that somebody of the country measures. */
  readonly candidates: readonly string[]
  /** Of each node that was asked of, what each of the agents sees. */
  readonly sides: Map<string, readonly (readonly Side[])[]>
}

/** Draws of one set of conditions; the same for every set, so that what differs is not luck. */
const DRAWS_COUNT = 256
/** As in `failureOf`: least, by crowd, by loss, and the part of them that is a resolver's. */
const EVERYDAY = { least: 0.001, crowd: 0.002, loss: 0.12, resolver: 0.14 }

/** Draws that are what is to be expected of them. */
class Middle extends Draws {
  override next(): number {
    return 0.5
  }

  override exponential(): number {
    return 1
  }
}

/** What is to be expected from each cell of each node at any time: the simulator's own parts, without the luck of single runs. */
export class Truth {
  readonly cells: readonly Cell[]
  readonly #occurrences: readonly Occurrence[]
  readonly #middle = new Middle()
  readonly #known = new Map<string, Expected>()
  readonly #targets: ReadonlyMap<string, readonly SimulatedTarget[]>
  readonly #expected = new Map<string, Expected>()
  #ms = 0
  #now: readonly Occurrence[] = []

  constructor(world: World, occurrences: readonly Occurrence[]) {
    // What is an agent's own trouble is none of any viewer.
    this.#occurrences = occurrences.filter(({ scope }) => scope !== 'agent')
    this.cells = cellsOf(world)
    const [flv] = STREAMS
    this.#targets = Map.groupBy(
      world.targets.filter(({ route, stream }) => route === 'public' && stream === flv),
      ({ node }) => node.node.node_id,
    )
  }

  /** How many sets of conditions were met. */
  get conditionsCount(): number {
    return this.#known.size
  }

  /** What it is at from now on. */
  set time(ms: number) {
    this.#ms = ms
    this.#now = this.#occurrences.filter(({ start_ms, end_ms }) => start_ms <= ms && ms < end_ms)
    this.#expected.clear()
  }

  /** What viewers of a cell have to expect of a node. */
  of(cell: Cell, nodeId: string): Expected {
    const key = `${cell.cell}\n${nodeId}`
    const known = this.#expected.get(key)
    if (known !== undefined) return known
    const sides = cell.sides.get(nodeId) ?? this.#sidesOf(cell, nodeId)
    const expected = this.#viewersOf(cell.agents, sides)
    this.#expected.set(key, expected)
    return expected
  }

  /** The best of a cell's candidates. */
  bestOf(cell: Cell): Expected {
    return cell.candidates
      .map((nodeId) => this.of(cell, nodeId))
      .reduce((best, one) => (one.cost < best.cost ? one : best))
  }

  #sidesOf(cell: Cell, nodeId: string): Side[][] {
    const targets = this.#targets.get(nodeId) ?? []
    const sides = cell.agents.map((agent) =>
      targets.map((target) => ({ target, path: publicPath(agent, target.node) })),
    )
    cell.sides.set(nodeId, sides)
    return sides
  }

  /** The mean over a cell's agents and both transports: viewers live where agents do. */
  #viewersOf(agents: readonly SimulatedAgent[], sides: readonly (readonly Side[])[]): Expected {
    const sum = { failed: 0, stall_ms: 0, watched_ms: 0, cost: 0 }
    let count = 0
    for (const [index, agent] of agents.entries())
      for (const side of sides[index] ?? []) {
        const { failed, stall_ms, watched_ms, cost } = this.#of(agent, side)
        sum.failed += failed
        sum.stall_ms += stall_ms
        sum.watched_ms += watched_ms
        sum.cost += cost
        count += 1
      }
    return {
      failed: sum.failed / count,
      stall_ms: sum.stall_ms / count,
      watched_ms: sum.watched_ms / count,
      cost: sum.cost / count,
    }
  }

  #of(agent: SimulatedAgent, side: Side): Expected {
    let disturbance = UNDISTURBED
    for (const occurrence of this.#now)
      if (touches(occurrence, agent, side))
        disturbance = withEffect(disturbance, occurrence.effect, occurrence.scope)
    const conditions = conditionsOf(agent, side, this.#ms, disturbance, this.#middle)
    const { transport } = side.target
    const chance = EVERYDAY.least + EVERYDAY.crowd * conditions.crowd + EVERYDAY.loss * conditions.loss_ratio
    const everyday = Math.min(1, chance) * (1 - EVERYDAY.resolver)
    const blocked = transport === 'quic' && agent.udp_blocked
    const fails = blocked ? 1 : 1 - (1 - conditions.outage_ratio) * (1 - everyday)
    const played = this.#playing(side, conditions)
    return {
      failed: fails + (1 - fails) * played.failed,
      stall_ms: (1 - fails) * played.stall_ms,
      watched_ms: (1 - fails) * played.watched_ms,
      cost: fails * USUAL_WEIGHTS.failure + (1 - fails) * played.cost,
    }
  }

  /** Of a run that nothing makes fail but its slowness; looked up among conditions that are nearly the same. */
  #playing(side: Side, conditions: Conditions): Expected {
    const { transport, node } = side.target
    const capacity = capacityOf(transport, node.congestion, conditions)
    const key = [
      transport === 'tcp' ? (node.congestion === 'bbr' ? 'b' : 't') : 'q',
      Math.round(Math.log(Math.min(capacity, 30e6)) / 0.08),
      Math.round(Math.log(conditions.loss_ratio) / 0.3),
      Math.round(Math.log(conditions.rtt_ms) / 0.2),
      Math.round(conditions.crowd * 10),
    ].join()
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const expected = playedOut(side, conditions)
    this.#known.set(key, expected)
    return expected
  }
}

function playedOut(side: Side, conditions: Conditions): Expected {
  const draws = new Draws()
  const sum = { failed: 0, stall_ms: 0, watched_ms: 0, cost: 0 }
  for (let index = 0; index < DRAWS_COUNT; index += 1) {
    draws.begin(index, 7, 11, 13)
    const { handshake_ms } = handshakeOf(side.target.transport, conditions, draws)
    const firstByte = 1 + handshake_ms + conditions.rtt_ms + side.target.node.think_ms
    const { startup_ms, stall_ms, played_ms } = streamingOf(side, conditions, firstByte, RUN_MS, draws)
    const failure_code = startup_ms === null ? ('TIMEOUT' as const) : null
    const run = { failure_code, handshake_ms, startup_ms, stall_ms, played_ms }
    if (failure_code !== null) sum.failed += 1
    sum.stall_ms += stall_ms ?? 0
    sum.watched_ms += (stall_ms ?? 0) + (played_ms ?? 0)
    sum.cost += costOfFairRun(run, USUAL_WEIGHTS)
  }
  return {
    failed: sum.failed / DRAWS_COUNT,
    stall_ms: sum.stall_ms / DRAWS_COUNT,
    watched_ms: sum.watched_ms / DRAWS_COUNT,
    cost: sum.cost / DRAWS_COUNT,
  }
}

function cellsOf(world: World): Cell[] {
  const { agents, plans } = world
  const seen = new Map<string, Set<string>>()
  for (const [index, agent] of agents.entries()) {
    const nodes = seen.get(agent.country.code) ?? new Set()
    seen.set(agent.country.code, nodes)
    for (const { sides } of plans[index]?.errands ?? [])
      for (const { target } of sides) nodes.add(target.node.node.node_id)
  }
  const cells = Map.groupBy(agents, ({ country, isp }) => `${country.code}/${isp.name}`)
  return [...cells].map(([cell, within]) => ({
    cell,
    agents: within,
    candidates: [...(seen.get(within[0]?.country.code ?? '') ?? [])],
    sides: new Map(),
  }))
}
