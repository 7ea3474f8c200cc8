/** ln(n!), exact enough: a sum of logarithms. */
function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1)
  for (let k = 2; k <= n; k += 1) logs[k] = (logs[k - 1] ?? 0) + Math.log(k)
  return logs
}

/**
 * The exact lower bound of a share (Clopper and Pearson 1934), one-sided: the share at which `good` or more of `n` would come with
 * probability `alpha`.
 */
export function lowerBound(good: number, n: number, alpha = 0.05): number {
  if (good === 0) return 0
  const logs = logFactorials(n)
  const atLeast = (p: number) => {
    let sum = 0
    for (let k = good; k <= n; k += 1) {
      const ways = (logs[n] ?? 0) - (logs[k] ?? 0) - (logs[n - k] ?? 0)
      sum += Math.exp(ways + k * Math.log(p) + (n - k) * Math.log1p(-p))
    }
    return sum
  }
  let [low, high] = [0, 1]
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (atLeast(middle) < alpha) low = middle
    else high = middle
  }
  return low
}
