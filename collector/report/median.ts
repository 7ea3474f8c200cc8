/** Sample sizes up to which the ranks of a median's interval are exact; beyond, the normal approximation is as good. */
export const EXACT_RANKS_COUNT = 300

/**
 * Rank (1 is the smallest) of the lower end of the distribution-free interval of a median of `n`, with at least 95 %
 * coverage; the upper end is rank `n + 1 - rank`. 0: fewer than 6, too few for such an interval.
 * The largest l with P(Binomial(n, 1/2) < l) <= 0.025 (Conover, Practical Nonparametric Statistics, 3.2).
 */
export function medianRank(n: number): number {
  if (n > EXACT_RANKS_COUNT) return Math.floor((n - 1.96 * Math.sqrt(n)) / 2)
  let term = 0.5 ** n
  let below = term
  let rank = 0
  while (below <= 0.025) {
    rank += 1
    term *= (n - rank + 1) / rank
    below += term
  }
  return rank
}

/** `medianRank` of 1, 2, ... for SQL, which takes the order statistics where the rows are. */
export const medianRanks: readonly number[] = Array.from({ length: EXACT_RANKS_COUNT }, (_, index) =>
  medianRank(index + 1),
)
