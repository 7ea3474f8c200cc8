/** Light in glass covers 200 km in a millisecond. */
const KM_PER_MS = 200

/** Round-trip time over `km` of great circle through fiber that is `inflation` times as long, in ms. */
export function fiberRttMs(km: number, inflation: number): number {
  return (2 * km * inflation) / KM_PER_MS
}
