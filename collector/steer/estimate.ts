/** Runs of the last minutes from one place to one node, each weighing less the older it is. */
export interface Sums {
  readonly runs: number
  readonly failed: number
  /** Played and stalled, ms. */
  readonly watched_ms: number
  readonly stall_ms: number
  /** How many runs have the time, and the sum of its natural logarithm in ms. */
  readonly connected: number
  readonly handshake_log: number
  readonly started: number
  readonly startup_log: number
}

/** Sums of runs from a cell to a node. */
export interface CellSums extends Sums {
  readonly country: string
  readonly isp: string
  readonly node_id: string
}

/** What a viewer has to expect of a node. */
export interface Estimate {
  readonly success_ratio: number
  readonly stall_ratio: number
  /** Geometric means: one slow run in ten moves them little. `null`: nothing is known. */
  readonly handshake_ms: number | null
  readonly startup_ms: number | null
  /** Weight of the cell's own runs. */
  readonly runs: number
}

const NOTHING: Sums = {
  ...{ runs: 0, failed: 0, watched_ms: 0, stall_ms: 0 },
  ...{ connected: 0, handshake_log: 0, started: 0, startup_log: 0 },
}
/** A cell's own runs count against those of its country as if there were so many of the country's in it; likewise the country's against all. */
const PRIOR_RUNS = 6
/** The same for stalls, where a run is watched for some ten seconds. */
const PRIOR_MS = 60_000

/** What is known of nodes and of what was measured. */
export interface Known {
  /** Whether a node is within an ISP. */
  isWithin(isp: string, nodeId: string): boolean
  /** Whether what a cell sees of a node is known to be its own trouble, or its country's; `null`: it is not. */
  troubleOf(row: CellSums): 'cell' | 'country' | null
}

/**
 * Estimates for pairs of cell and node, each drawn towards its country's to the same node, and that towards everybody's. What is known to
 * be a cell's or a country's own trouble is nobody else's; how far away the node is it still tells them. What a node's own ISP sees of it says little of how others of the
 * country reach it, and counts for them where none of those has measured it.
 */
export class Estimates {
  /** By cell, by country and for all: by node. */
  readonly #cells = new Map<string, Map<string, Sums>>()
  readonly #countries = new Map<string, Map<string, Sums>>()
  /** By country, without what was measured from within the node's ISP. */
  readonly #outside = new Map<string, Map<string, Sums>>()
  readonly #all = new Map<string, Sums>()
  readonly #known: Known

  constructor(rows: readonly CellSums[], known: Known) {
    this.#known = known
    for (const row of rows) {
      add(within(this.#cells, `${row.country}/${row.isp}`), row)
      const trouble = known.troubleOf(row)
      const near = trouble === 'cell' ? timesOf(row) : row
      add(within(this.#countries, row.country), near)
      if (!known.isWithin(row.isp, row.node_id)) add(within(this.#outside, row.country), near)
      add(this.#all, trouble === null ? row : timesOf(row))
    }
  }

  /** Nodes of which a cell has something to expect: that somebody of its country has measured; of country `ZZ` anybody. */
  nodesOf(country: string, isp: string): ReadonlySet<string> {
    const near = country === 'ZZ' ? this.#all : this.#countries.get(country)
    return new Set([...(near?.keys() ?? []), ...(this.#cells.get(`${country}/${isp}`)?.keys() ?? [])])
  }

  /** Whether what a cell has to expect of a node is what the node's own ISP sees of it, and nobody else of the country. */
  isHearsay(country: string, isp: string, nodeId: string): boolean {
    if (country === 'ZZ' || this.#known.isWithin(isp, nodeId)) return false
    const isSeen = [this.#outside.get(country), this.#cells.get(`${country}/${isp}`)]
    return !isSeen.some((nodes) => nodes?.has(nodeId))
  }

  /** What a cell has to expect of a node; `null`: nobody of its country measured it. Of country `ZZ` it is what all expect. */
  of(country: string, isp: string, nodeId: string): Estimate | null {
    const all = this.#all.get(nodeId) ?? NOTHING
    const near = this.#near(country, isp, nodeId) ?? NOTHING
    const own = this.#cells.get(`${country}/${isp}`)?.get(nodeId) ?? NOTHING
    if (near === NOTHING && own === NOTHING) return null
    const [success_ratio, stall_ratio] = [
      shrunk([all, near, own], PRIOR_RUNS, (sums) => [sums.runs - sums.failed, sums.runs], 1),
      shrunk([all, near, own], PRIOR_MS, (sums) => [sums.stall_ms, sums.watched_ms], 0),
    ]
    // A time is one of the place: what far countries see of a node says nothing of it here.
    const places = [near, own]
    return {
      success_ratio,
      stall_ratio,
      handshake_ms: meanOf(places, (sums) => [sums.handshake_log, sums.connected]),
      startup_ms: meanOf(places, (sums) => [sums.startup_log, sums.started]),
      runs: own.runs,
    }
  }

  #near(country: string, isp: string, nodeId: string): Sums | undefined {
    if (country === 'ZZ') return this.#all.get(nodeId)
    const outside = this.#known.isWithin(isp, nodeId) ? undefined : this.#outside.get(country)?.get(nodeId)
    return outside ?? this.#countries.get(country)?.get(nodeId)
  }
}

/** Without how runs went. */
function timesOf(row: CellSums): CellSums {
  return { ...row, runs: 0, failed: 0, watched_ms: 0, stall_ms: 0 }
}

type Ratio = (sums: Sums) => readonly [part: number, whole: number]

/** The ratio of the last sums, each drawn towards the one before as if by `prior` of the whole; the first towards `none`. */
function shrunk(chain: readonly Sums[], prior: number, ratio: Ratio, none: number): number {
  return chain.reduce((before, sums) => {
    const [part, whole] = ratio(sums)
    return (part + prior * before) / (whole + prior)
  }, none)
}

function meanOf(chain: readonly Sums[], ratio: Ratio): number | null {
  const [first, ...rest] = chain.filter((sums) => ratio(sums)[1] > 0)
  if (first === undefined) return null
  const [sum, weight] = ratio(first)
  return Math.exp(shrunk(rest, PRIOR_RUNS, ratio, sum / weight))
}

function within(groups: Map<string, Map<string, Sums>>, key: string): Map<string, Sums> {
  const known = groups.get(key)
  if (known !== undefined) return known
  const group = new Map<string, Sums>()
  groups.set(key, group)
  return group
}

function add(nodes: Map<string, Sums>, more: CellSums) {
  const before = nodes.get(more.node_id) ?? NOTHING
  nodes.set(more.node_id, {
    runs: before.runs + more.runs,
    failed: before.failed + more.failed,
    watched_ms: before.watched_ms + more.watched_ms,
    stall_ms: before.stall_ms + more.stall_ms,
    connected: before.connected + more.connected,
    handshake_log: before.handshake_log + more.handshake_log,
    started: before.started + more.started,
    startup_log: before.startup_log + more.startup_log,
  })
}
