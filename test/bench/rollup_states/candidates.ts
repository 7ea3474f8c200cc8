/** A quantile state, as SQL over `x`, and over states `s`. */
export interface Candidate {
  readonly name: string
  /** The state of the runs of an hour. */
  readonly make: string
  /** One state of many. */
  readonly merge: string
  /** The quantiles of many, as an array in the order of `LEVELS`. */
  readonly quantiles: string
}

/** The levels that are looked at. */
export const LEVELS = [0.5, 0.95, 0.99] as const
const L = LEVELS.join(', ')

/** What every state is compared with. */
export const EXACT = `quantilesExact(${L})(x)`

/** Buckets of `perDoubling` to a doubling, as a sorted list of those that occur. */
function buckets(perDoubling: number): Candidate {
  const found = `quantilesExactWeightedArray(${L})(s.1, s.2)`
  return {
    name: `log buckets, ${((2 ** (1 / perDoubling) - 1) * 100).toFixed(1)} % wide`,
    make: `sumMap([toInt16(floor(${perDoubling} * log2(x)))], [toUInt64(1)])`,
    merge: 'sumMap(s.1, s.2)',
    quantiles: `arrayMap(b -> exp2((b + 0.5) / ${perDoubling}), ${found})`,
  }
}

function engine(name: string, of: string, parameters: string): Candidate {
  return {
    name,
    make: `${of}State(${parameters})(x)`,
    merge: `${of}MergeState(${parameters})(s)`,
    quantiles: `${of}Merge(${parameters})(s)`,
  }
}

/** All of them. */
export const candidates: readonly Candidate[] = [
  engine('quantilesTDigest', 'quantilesTDigest', L),
  engine('quantilesDD, 1 %', 'quantilesDD', `0.01, ${L}`),
  engine('quantilesBFloat16', 'quantilesBFloat16', L),
  buckets(32),
  buckets(16),
  buckets(8),
  {
    name: 'log buckets, dense, 128 counts',
    make: 'sumForEach(arrayMap(i -> toUInt32(i = least(127, toUInt32(greatest(0, floor(8 * log2(x) + 16))))), range(128)))',
    merge: 'sumForEach(s)',
    quantiles: `arrayMap(b -> exp2((b + 0.5 - 16) / 8), quantilesExactWeightedArray(${L})(range(128), s))`,
  },
  {
    name: 'the values themselves',
    make: 'groupArray(x)',
    merge: 'groupArrayArray(s)',
    quantiles: `quantilesExactArray(${L})(s)`,
  },
]
