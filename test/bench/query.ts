import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { casesOf } from './query/cases.ts'
import { type TableSize, tableSizes } from './query/size.ts'
import { type Timing, timeCases, Viewer } from './query/timing.ts'
import { fill, ingest, serve } from './query/world.ts'

/**
 * How long every query of the dashboard takes on a month of the simulated world, asked over HTTP of a collector in a
 * process of its own, while runs come in. One viewer asks one query after the other; each has one round that does not count.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000000' },
    rounds: { type: 'string', default: '20' },
    /** Kept and used again. Left out: made, and removed at the end. */
    data: { type: 'string' },
    /** Only queries whose name and window match this regular expression. */
    only: { type: 'string', default: '' },
    /** Runs a second that come in meanwhile. */
    ingest: { type: 'string', default: '2000' },
  },
})
const rows = Number(values.rows)
const tokens = { admin: 'bench-admin-token', agent: 'bench-agent-token' }
const folder = values.data ?? mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
try {
  await fill(folder, rows)
  const { timings, ingestRate } = await measure()
  tell(timings, ingestRate, await tableSizes(folder))
} finally {
  if (values.data === undefined) rmSync(folder, { recursive: true, force: true })
}

async function measure() {
  const collector = await serve(folder, tokens)
  const viewer = new Viewer(collector.url, tokens.admin)
  const stopIngest = ingest(collector.url, tokens.agent, Number(values.ingest))
  try {
    // The sender first catches up with what is past.
    await sleep(15_000)
    const wanted = new RegExp(values.only)
    const all = casesOf(await subjects(viewer))
    const cases = all.filter(({ name, window }) => wanted.test(`${name}, ${window}`))
    const timings = await timeCases(viewer, cases, Number(values.rounds))
    return { timings, ingestRate: await stopIngest() }
  } finally {
    viewer.close()
    await collector.stop()
  }
}

async function subjects(viewer: Viewer) {
  const overview = JSON.parse((await viewer.get('/v1/reports/overview')).body.toString())
  const page = JSON.parse((await viewer.get('/v1/measurements?limit=500')).body.toString())
  const targets = [...overview.rows].sort((a, b) => b.runs_count - a.runs_count).slice(0, 50)
  return { targets, measurements: page.measurements }
}

function tell(timings: readonly (Timing | null)[], ingestRate: number, sizes: readonly TableSize[]) {
  const known = timings.filter((timing) => timing !== null)
  console.table(known.map(({ failures, ...timing }) => ({ ...timing, failed: failures.length })))
  for (const { name, window, failures } of known) for (const one of failures) console.log(name, window, one)
  console.table(
    sizes.map((size) => ({ ...size, bytes_per_row: Number((size.bytes / size.rows).toFixed(1)) })),
  )
  const raw = sizes.find(({ table }) => table === 'measurements')
  const worst = (some: readonly Timing[]) => Math.max(...some.map(({ p95_ms }) => p95_ms))
  const map = known.filter(({ name }) => name === 'overview')
  const slow = known.filter(({ p95_ms }) => p95_ms > 300).map(({ name, window }) => `${name}, ${window}`)
  console.log(
    JSON.stringify({
      rows,
      p95_ms: worst(known),
      map_p95_ms: worst(map),
      bytes_per_row: raw === undefined ? null : Number((raw.bytes / raw.rows).toFixed(1)),
      bytes_per_row_with_rollups:
        raw === undefined
          ? null
          : Number((sizes.reduce((sum, { bytes }) => sum + bytes, 0) / raw.rows).toFixed(1)),
      queries: known.length,
      absent: timings.length - known.length,
      over_300_ms: slow,
      failed: known.filter(({ failures }) => failures.length > 0).length,
      ingest_rows_per_s: ingestRate,
    }),
  )
}
