import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { makeBodies, type Outcome, send } from './ingest/load.ts'

/**
 * Measurements per second from an agent's request to the store: HTTP, gzip, validation, vantage, journal, ClickHouse, rollups.
 * Beside it, in the same run, the same kind of rows inserted into the same tables by @clickhouse/client alone, 10,000 at a time:
 * what one would have by hand. `ratio` is ours over that.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '400000' },
    batch: { type: 'string', default: '10,100,1000' },
    /** Senders that each wait for their answer before the next batch. */
    connections: { type: 'string', default: '128' },
  },
})
const run = promisify(execFile)
const TOKEN = 'bench-agent-token'
const HEADLINE_BATCH = 100
const connections = Number(values.connections)

interface Load {
  readonly batch: number
  readonly rows_per_s: number
  readonly ack_p50_ms: number
  readonly ack_p99_ms: number
  readonly turned_away: number
  /** Resident, after the first and the last third of the batches, and at most. */
  readonly rss_first_mb: number
  readonly rss_last_mb: number
  readonly rss_mb: number
}

const before = await peer()
const loads: Load[] = []
for (const batch of values.batch.split(',').map(Number)) loads.push(await ours(batch))
const after = await peer()
const peerRate = (before + after) / 2
const headline = loads.find(({ batch }) => batch === HEADLINE_BATCH) ?? loads[0]
console.table(loads.map((load) => ({ ...load, ratio: round(load.rows_per_s / peerRate, 2) })))
console.log(`@clickhouse/client alone: ${round(before)} rows/s before, ${round(after)} after`)
console.log(
  JSON.stringify({
    ratio: round((headline?.rows_per_s ?? 0) / peerRate, 3),
    rows_per_s: headline?.rows_per_s,
    ack_p99_ms: headline?.ack_p99_ms,
    rss_mb: headline?.rss_mb,
    peer_rows_per_s: round(peerRate),
    connections,
    loads,
  }),
)

async function peer(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
  try {
    const count = String(Math.max(20_000, Math.round(Number(values.rows) / 4)))
    const program = fileURLToPath(import.meta.resolve('./ingest/peer.ts'))
    const { stdout } = await run(process.execPath, [program, folder, count])
    return Number(JSON.parse(stdout).rows_per_s)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ours(batch: number): Promise<Load> {
  const warm = await makeBodies(batch * 200, batch)
  const bodies = await makeBodies(Number(values.rows), batch)
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
  const child = fork(fileURLToPath(import.meta.resolve('@streamgauge/collector/main.ts')), ['serve'], {
    env: { PATH: process.env.PATH, DATA_DIR: folder, PORT: '0', AGENT_TOKEN: TOKEN, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  try {
    const [{ port }] = await once(child, 'message')
    const url = new URL(`http://127.0.0.1:${port}`)
    await send(url, TOKEN, warm, connections)
    const rss: number[] = []
    const sampler = setInterval(() => rss.push(residentMb(child.pid ?? 0)), 250)
    const outcome = await send(url, TOKEN, bodies, connections)
    clearInterval(sampler)
    return told(batch, outcome, rss)
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
}

function told(batch: number, { rows, seconds, acks_ms, turned_away }: Outcome, rss: readonly number[]): Load {
  const at = (share: number) => round(acks_ms[Math.ceil(acks_ms.length * share) - 1] ?? Number.NaN)
  const third = Math.ceil(rss.length / 3)
  return {
    batch,
    rows_per_s: round(rows / seconds),
    ack_p50_ms: at(0.5),
    ack_p99_ms: at(0.99),
    turned_away,
    rss_first_mb: round(Math.max(...rss.slice(0, third))),
    rss_last_mb: round(Math.max(...rss.slice(-third))),
    rss_mb: round(Math.max(...rss)),
  }
}

/** Resident memory of a process, in MB. */
function residentMb(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kib) * 1_024) / 1e6
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits))
}
