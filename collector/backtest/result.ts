import { tQuantile } from '../stats/student.ts'
import { type Clusters, type Compared, pairName, type Totals } from './book.ts'
import type { MoveFigures } from './moves.ts'
import { BASES, HINDSIGHT, type Replay } from './replay.ts'
import { addSums, noSuffering, type Suffered } from './suffered.ts'

/** With fewer days, what is alike within a cell is what is taken for one observation. */
const DAYS_MIN = 7
const DAY_MS = 86_400_000

/** A difference with its 95 % interval; `null`: fewer than two clusters. */
export interface Gain {
  readonly value: number
  readonly low: number | null
  readonly high: number | null
}

/** What one way spares viewers that another does not: positive is better. */
export interface Gains {
  readonly against: string
  readonly cost: Gain
  readonly stall_ratio: Gain
  /** Days or cells. */
  readonly clusters_count: number
  /** Of what `hindsight` spares them; `null` for itself, and where that is nothing. */
  readonly share_of_hindsight: number | null
}

/** What one way of sending viewers came to. */
export interface PolicyResult {
  readonly name: string
  /** Of viewers' time, as far as it was measured. `null`: it was not. */
  readonly stall_ratio: number | null
  readonly success_ratio: number | null
  /** Geometric means. */
  readonly handshake_ms: number | null
  readonly first_frame_ms: number | null
  readonly cost: number | null
  /** Share of viewers' time that is judged, and of that what is judged by runs of the country's other cells too. */
  readonly measured_ratio: number
  readonly by_country_ratio: number
  /** Share of viewers' time at nodes that an incident said were ill; `null` in hindsight. */
  readonly ill_ratio: number | null
  readonly runs_count: number
  readonly moves: MoveFigures | null
  readonly gains: readonly Gains[]
}

/** What a replay came to. */
export interface BacktestResult {
  readonly from: string
  readonly to: string
  readonly round_s: number
  readonly cells_count: number
  /** Read, those before the window included; judged by; and too late to decide by. */
  readonly runs_count: number
  readonly judged_runs_count: number
  readonly late_runs_count: number
  readonly incidents_count: number
  /** What intervals take for one observation. */
  readonly clustered_by: 'day' | 'cell'
  readonly policies: readonly PolicyResult[]
}

/** What is known besides. */
export type Facts = Pick<BacktestResult, 'round_s' | 'runs_count' | 'late_runs_count'> & {
  readonly from_ms: number
  readonly to_ms: number
}

/** The figures of a replay that is over. */
export function resultOf(replay: Replay, facts: Facts): BacktestResult {
  const { from_ms, to_ms, ...rest } = facts
  const days = (to_ms - from_ms) / DAY_MS
  const clustered_by = days >= DAYS_MIN ? 'day' : 'cell'
  const cellDays = replay.cellsCount * Math.ceil(days)
  const { totals, byDay, byCell } = replay.book
  const clusters = clustered_by === 'day' ? byDay : byCell
  return {
    from: new Date(from_ms).toISOString(),
    to: new Date(to_ms).toISOString(),
    ...rest,
    cells_count: replay.cellsCount,
    judged_runs_count: replay.judgedRuns,
    incidents_count: replay.incidentsCount,
    clustered_by,
    policies: [...totals].map(([name, total]) => ({
      ...figuresOf(name, total),
      moves: replay.moves.get(name)?.figures(cellDays) ?? null,
      gains: BASES.flatMap((base) => gainsOf(name, base, clusters) ?? []),
    })),
  }
}

function figuresOf(name: string, total: Totals) {
  const { suffered, total_ms, own_ms, country_ms, ill_ms, runs } = total
  const part = (one: number, whole: number) => (whole > 0 ? one / whole : null)
  const geometric = (sum: number, count: number) => (count > 0 ? Math.exp(sum / count) : null)
  const failed = part(suffered.failed, suffered.runs)
  return {
    name,
    stall_ratio: stallRatioOf(suffered),
    success_ratio: failed === null ? null : 1 - failed,
    handshake_ms: geometric(suffered.handshake_log, suffered.connected),
    first_frame_ms: geometric(suffered.first_frame_log, suffered.pictured),
    cost: part(suffered.cost, suffered.runs),
    measured_ratio: part(own_ms + country_ms, total_ms) ?? 0,
    by_country_ratio: part(country_ms, own_ms + country_ms) ?? 0,
    ill_ratio: name === HINDSIGHT ? null : (part(ill_ms, total_ms) ?? 0),
    runs_count: runs,
  }
}

function stallRatioOf({ stall_ms, watched_ms }: Suffered): number | null {
  return watched_ms > 0 ? stall_ms / watched_ms : null
}

function gainsOf(name: string, base: string, all: ReadonlyMap<string, Clusters>): Gains | null {
  const pairs = all.get(pairName(name, base))
  if (pairs === undefined) return null
  const cost = gainIn(pairs, ({ cost, runs }) => [cost, runs])
  const best = all.get(pairName(HINDSIGHT, base))
  const most = best === undefined ? 0 : gainIn(best, ({ cost, runs }) => [cost, runs]).value
  return {
    against: base,
    cost,
    stall_ratio: gainIn(pairs, ({ stall_ms, watched_ms }) => [stall_ms, watched_ms]),
    clusters_count: pairs.size,
    share_of_hindsight: name === HINDSIGHT || most <= 0 ? null : cost.value / most,
  }
}

/** The difference of two ratios of sums, base less mine, with an interval from its linearization over clusters (Student). */
export function gainIn(
  pairs: Clusters,
  ratio: (sums: Suffered) => readonly [part: number, whole: number],
): Gain {
  const sum = totalOf(pairs)
  const [[mine, wholeMine], [base, wholeBase]] = [ratio(sum.mine), ratio(sum.base)]
  if (wholeMine === 0 || wholeBase === 0) return { value: 0, low: null, high: null }
  const [ratioMine, ratioBase] = [mine / wholeMine, base / wholeBase]
  const value = ratioBase - ratioMine
  const count = pairs.size
  if (count < 2) return { value, low: null, high: null }
  let squares = 0
  for (const one of pairs.values()) {
    const [[part, whole], [basePart, baseWhole]] = [ratio(one.mine), ratio(one.base)]
    const off = (basePart - ratioBase * baseWhole) / wholeBase - (part - ratioMine * whole) / wholeMine
    squares += off ** 2
  }
  const half = tQuantile(count - 1) * Math.sqrt((squares * count) / (count - 1))
  return { value, low: value - half, high: value + half }
}

function totalOf(pairs: Clusters): Compared {
  const total = { mine: noSuffering(), base: noSuffering() }
  for (const { mine, base } of pairs.values()) {
    addSums(total.mine, mine)
    addSums(total.base, base)
  }
  return total
}
