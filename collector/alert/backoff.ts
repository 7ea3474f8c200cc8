const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/**
 * How long to wait after the nth attempt that failed: twice as long each time, a minute at most, and anywhere between half of
 * that and all of it, so that many do not come back at once. What the receiver asks for is the least.
 */
export function backoffMs(attempts: number, retryAfterMs: number | null, random: () => number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempts - 1))
  return Math.max(retryAfterMs ?? 0, longest / 2 + (random() * longest) / 2)
}
