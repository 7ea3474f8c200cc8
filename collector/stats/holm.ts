/** Holm's step-down correction (Holm 1979): p-values as if each were the only one looked at, in the order they came in. */
export function holm(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const corrected = new Array<number>(values.length).fill(1)
  let most = 0
  for (const [rank, index] of order.entries()) {
    most = Math.max(most, Math.min(1, (values.length - rank) * (values[index] ?? 1)))
    corrected[index] = most
  }
  return corrected
}
