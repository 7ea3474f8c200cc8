/** Paired differences, gathered into clusters: what is alike within one is no news. */
export interface Clustered {
  readonly values: Float64Array
  /** Of each value, the number of its cluster, from 0. */
  readonly clusters: Uint32Array
  readonly clusters_count: number
}

/** Walsh averages between two bounds are looked at one by one when there are no more of them. */
const FEW = 4_096

/**
 * The Hodges-Lehmann estimate of where differences lie: the median of all averages of two of them, each with itself too (Hodges and
 * Lehmann 1963). `null` of none. Exact; bounds are halved by counting in one walk (Monahan 1984), without making the averages.
 */
export function pseudoMedian(values: Float64Array): number | null {
  const n = values.length
  const [least, most] = [values[0], values[n - 1]]
  if (least === undefined || most === undefined) return null
  const sorted = values.toSorted()
  const total = (n * (n + 1)) / 2
  const [lower, upper] = [Math.floor((total + 1) / 2), Math.floor(total / 2) + 1]
  const left = walshOfRank(sorted, lower)
  return lower === upper ? left : (left + walshOfRank(sorted, upper)) / 2
}

/** The Walsh average of a rank, 1 is the least. */
function walshOfRank(sorted: Float64Array, rank: number): number {
  // low: fewer than `rank` averages are at most it; high: as many or more.
  let [low, high] = [(sorted[0] ?? 0) - 1, sorted.at(-1) ?? 0]
  let [atLow, atHigh] = [0, (sorted.length * (sorted.length + 1)) / 2]
  while (atHigh - atLow > FEW) {
    const middle = low + (high - low) / 2
    if (middle <= low || middle >= high) return high
    const count = walshUpTo(sorted, middle)
    if (count < rank) [low, atLow] = [middle, count]
    else [high, atHigh] = [middle, count]
  }
  return walshWithin(sorted, low, high).sort()[rank - atLow - 1] ?? high
}

/** How many Walsh averages are at most a bound. */
function walshUpTo(sorted: Float64Array, bound: number): number {
  let count = 0
  let last = sorted.length - 1
  for (let first = 0; first <= last; first += 1) {
    while (last >= first && ((sorted[first] ?? 0) + (sorted[last] ?? 0)) / 2 > bound) last -= 1
    count += last - first + 1
  }
  return count
}

/** Those above one bound and up to another. */
function walshWithin(sorted: Float64Array, above: number, upTo: number): Float64Array {
  const found: number[] = []
  let [from, to] = [sorted.length, sorted.length]
  for (let first = 0; first < sorted.length; first += 1) {
    const one = sorted[first] ?? 0
    while (from > 0 && (one + (sorted[from - 1] ?? 0)) / 2 > above) from -= 1
    while (to > 0 && (one + (sorted[to - 1] ?? 0)) / 2 > upTo) to -= 1
    for (let second = Math.max(from, first); second < to; second += 1)
      found.push((one + (sorted[second] ?? 0)) / 2)
  }
  return Float64Array.from(found)
}

/**
 * The signed-rank test that differences lie around `at`, for clustered ones: ranks of how far each is off, signed, summed by cluster;
 * under the hypothesis a whole cluster might as well have had the other signs (Datta and Satten 2008, without the weights).
 * Differences of exactly `at` count for nothing. Standard normal for many clusters; `null`: all clusters say nothing.
 */
export class SignedRanks {
  readonly #sorted: Float64Array
  readonly #owners: Uint32Array
  readonly #sums: Float64Array

  constructor({ values, clusters, clusters_count }: Clustered) {
    const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
    this.#sorted = Float64Array.from(order, (index) => values[index] ?? 0)
    this.#owners = Uint32Array.from(order, (index) => clusters[index] ?? 0)
    this.#sums = new Float64Array(clusters_count)
  }

  score(at: number): number | null {
    const sorted = this.#sorted
    const sums = this.#sums.fill(0)
    // The nearest on either side, and outwards: the order of distances, without sorting them.
    let above = firstAbove(sorted, at)
    let below = above - 1
    while (below >= 0 && sorted[below] === at) below -= 1
    let rank = 0
    while (below >= 0 || above < sorted.length) {
      const near = Math.min(this.#distance(below, at), this.#distance(above, at))
      const [lowest, highest] = [below, above]
      while (this.#distance(below, at) === near) below -= 1
      while (this.#distance(above, at) === near) above += 1
      const ties = lowest - below + above - highest
      const mean = rank + (ties + 1) / 2
      rank += ties
      this.#add(below + 1, lowest + 1, -mean)
      this.#add(highest, above, mean)
    }
    let [sum, squares] = [0, 0]
    for (const one of sums) {
      sum += one
      squares += one ** 2
    }
    return squares === 0 ? null : sum / Math.sqrt(squares)
  }

  #distance(index: number, at: number): number {
    const value = this.#sorted[index]
    return value === undefined ? Number.POSITIVE_INFINITY : Math.abs(value - at)
  }

  #add(from: number, to: number, ranks: number) {
    for (let index = from; index < to; index += 1) {
      const owner = this.#owners[index] ?? 0
      this.#sums[owner] = (this.#sums[owner] ?? 0) + ranks
    }
  }
}

/** Where the first value stands that is greater. */
function firstAbove(sorted: Float64Array, bound: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) <= bound) low = middle + 1
    else high = middle
  }
  return low
}
