import { isIn, keyOf, type Where } from '@streamgauge/collector/detect/scope.ts'
import type { Occurrence } from '@streamgauge/collector/simulate/incident/occurrence.ts'
import type { Seen } from './places.ts'

/** An anomaly as it was at the end. */
export interface Found {
  readonly where: Where
  readonly opened_ms: number
  /** Its scope when it opened. */
  readonly first: Where
}

/** What became of one scripted incident. */
export interface Judged {
  readonly truth: Occurrence
  readonly stall_times: number | null
  readonly found: boolean
  /** The anomaly that is most like it has its scope: named alike, or the same nine tenths of runs. */
  readonly right: boolean
  readonly right_at_once: boolean
  readonly delay_ms: number | null
  readonly named: string | null
}

/** Anomalies may open so long after an incident is over: what it did is still being heard of. */
const LATE_ROUNDS = 2
/** What two scopes must share of the smaller to have to do with each other, and of both to be the same. */
const RELATED = 0.3
const SAME = 0.9

/** Judges what was found against what was scripted. */
export function judge(
  truths: readonly Occurrence[],
  found: readonly Found[],
  seen: readonly Seen[],
  roundMs: number,
  stallTimes: (truth: Occurrence) => number | null,
): { readonly judged: Judged[]; readonly false_ones: readonly Found[] } {
  const related = (truth: Occurrence, { where, opened_ms }: Found) =>
    opened_ms >= truth.start_ms &&
    opened_ms <= truth.end_ms + LATE_ROUNDS * roundMs &&
    likeness(truth.where as Where, where, seen).ofSmaller >= RELATED
  const judged = truths.map((truth): Judged => {
    const mine = found.filter((one) => related(truth, one))
    const [best] = mine.toSorted((a, b) => same(b) - same(a))
    function same({ where }: Found) {
      return likeness(truth.where as Where, where, seen).ofBoth
    }
    const right = (where: Where) =>
      keyOf(where) === keyOf(truth.where as Where) ||
      likeness(truth.where as Where, where, seen).ofBoth >= SAME
    const earliest = Math.min(...mine.map(({ opened_ms }) => opened_ms))
    return {
      truth,
      stall_times: stallTimes(truth),
      found: mine.length > 0,
      right: best !== undefined && right(best.where),
      right_at_once: best !== undefined && right(best.first),
      delay_ms: mine.length > 0 ? earliest - truth.start_ms : null,
      named: best === undefined ? null : keyOf(best.where),
    }
  })
  const false_ones = found.filter((one) => !truths.some((truth) => related(truth, one)))
  return { judged, false_ones }
}

/** How much of the runs two scopes share: of the smaller, and of both together. */
function likeness(a: Where, b: Where, seen: readonly Seen[]) {
  let [inA, inB, both] = [0, 0, 0]
  for (const place of seen) {
    const [ofA, ofB] = [isIn(a, place), isIn(b, place)]
    if (ofA) inA += place.runs
    if (ofB) inB += place.runs
    if (ofA && ofB) both += place.runs
  }
  const smaller = Math.min(inA, inB)
  const together = inA + inB - both
  return { ofSmaller: smaller === 0 ? 0 : both / smaller, ofBoth: together === 0 ? 0 : both / together }
}
