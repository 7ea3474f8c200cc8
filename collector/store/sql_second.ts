/** DateTime ends here: 2106-02-07. */
const LAST_S = 2 ** 32 - 1

/** A time as a DateTime('UTC') parameter takes it, to the whole second at or before; the nearest there is for one it has not. */
export function sqlSecond(ms: number): string {
  const second = Math.max(0, Math.min(LAST_S, Math.floor(ms / 1_000)))
  return new Date(second * 1_000).toISOString().slice(0, 19).replace('T', ' ')
}
