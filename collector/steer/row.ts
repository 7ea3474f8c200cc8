import type { CellSums } from './estimate.ts'

/** A row of `steering/recent`, as an array in this order. */
type RecentRow = readonly [
  country: string,
  isp: string,
  node_id: string,
  runs: number,
  failed: number,
  watched_ms: number,
  stall_ms: number,
  connected: number,
  handshake_log: number,
  started: number,
  startup_log: number,
  newest_ms: number,
]

/** Rows, one line each, and when the latest run began that is in them, ms since 1970; 0: none is. */
export function readRecent(text: string): { readonly rows: CellSums[]; readonly newest_ms: number } {
  let newest_ms = 0
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [country, isp, node_id, runs, failed, watched_ms, stall_ms, ...times] = JSON.parse(
        line,
      ) as RecentRow
      const [connected, handshake_log, started, startup_log, newest] = times
      newest_ms = Math.max(newest_ms, Number(newest))
      return {
        ...{ country, isp, node_id, runs, failed, watched_ms, stall_ms },
        ...{ connected, handshake_log, started, startup_log },
      }
    })
  return { rows, newest_ms }
}
