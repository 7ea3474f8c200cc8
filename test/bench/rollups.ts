import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { clientFactory } from '@streamgauge/collector/store/client.ts'
import { fill } from './query/world.ts'
import { type Candidate, candidates, EXACT, LEVELS } from './rollup_states/candidates.ts'

/**
 * What a rollup's quantile state costs and how wrong it is: handshakes of a day of the simulated world, gathered by target and
 * hour, and merged to the day. Bytes on disk, time added to each run, time to merge a million states, error against exact.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '3300000' },
    /** A folder filled before by bench:query or by simulate; left out: one is made, and removed at the end. */
    data: { type: 'string' },
  },
})
const folder = values.data ?? mkdtempSync(join(tmpdir(), 'streamgauge-bench-'))
if (values.data === undefined) await fill(folder, Number(values.rows), 2)
const client = clientFactory({ path: join(folder, 'clickhouse') })()
const ask = async (query: string) => (await client.query({ query, format: 'JSONEachRow' })).json<Figures>()
type Figures = Readonly<Record<string, number>>
const timed = async (query: string): Promise<number> => {
  const start = performance.now()
  await client.command({ query, clickhouse_settings: { max_threads: 1, max_insert_threads: '1' } })
  return performance.now() - start
}

try {
  await remake('study_runs', 'tuple()', studyRuns())
  const [{ runs = 0 } = {}] = await ask('SELECT count() AS runs FROM study_runs')
  if (runs === 0) throw new Error('there is no run to study')
  await remake(
    'study_exact',
    '(target_id, kind)',
    `SELECT target_id, kind, ${EXACT} AS q FROM study_runs GROUP BY target_id, kind`,
  )
  const rows = []
  for (const candidate of candidates) rows.push(await study(candidate, runs))
  console.table(rows)
  console.log(JSON.stringify({ runs, rows }))
} finally {
  for (const table of ['study_runs', 'study_exact', 'study_states', 'study_merged'])
    await client.command({ query: `DROP TABLE IF EXISTS ${table}` })
  await client.close()
  if (values.data === undefined) rmSync(folder, { recursive: true, force: true })
}

function studyRuns() {
  return `SELECT target_id, kind, toStartOfHour(started_at) AS at, assumeNotNull(handshake_ms) AS x FROM measurements
    WHERE handshake_ms > 0 AND toDate(started_at) = (
      SELECT toDate(started_at) AS day FROM measurements GROUP BY day ORDER BY count() DESC, day LIMIT 1)`
}

async function remake(table: string, order: string, select: string): Promise<number> {
  await client.command({ query: `DROP TABLE IF EXISTS ${table}` })
  return timed(`CREATE TABLE ${table} ENGINE = MergeTree ORDER BY ${order} AS ${select}`)
}

async function study({ name, make, merge, quantiles }: Candidate, runs: number) {
  const makeMs = await remake(
    'study_states',
    '(target_id, kind, at)',
    `SELECT target_id, kind, at, ${make} AS s FROM study_runs GROUP BY target_id, kind, at`,
  )
  const mergeMs = await remake(
    'study_merged',
    '(target_id, kind)',
    `SELECT target_id, kind, ${merge} AS s FROM study_states GROUP BY target_id, kind`,
  )
  const [size = {}] = await ask(`SELECT sum(data_compressed_bytes) / sum(rows) AS bytes, sum(rows) AS states
    FROM system.parts WHERE active AND database = currentDatabase() AND table = 'study_states'`)
  const errors = LEVELS.map((level, index) => {
    const difference = `abs(r[${index + 1}] / e[${index + 1}] - 1)`
    return `quantileExact(0.5)(${difference}) AS ${nameOf(level)}_p50, quantileExact(0.99)(${difference}) AS ${nameOf(level)}_p99`
  })
  const [error = {}] = await ask(`SELECT ${errors.join(', ')} FROM (
    SELECT target_id, kind, ${quantiles} AS r FROM study_states GROUP BY target_id, kind) AS a
    INNER JOIN (SELECT target_id, kind, q AS e FROM study_exact) AS b USING (target_id, kind)`)
  const percent = (value = Number.NaN) => `${(value * 100).toFixed(2)} %`
  return {
    state: name,
    bytes_per_state: Number((size.bytes ?? Number.NaN).toFixed(1)),
    us_per_run: Number(((makeMs * 1_000) / runs).toFixed(2)),
    s_per_million_merged: Number((mergeMs / 1_000 / ((size.states ?? Number.NaN) / 1e6)).toFixed(2)),
    ...Object.fromEntries(
      LEVELS.map((level) => [
        `error at ${nameOf(level)} (p50, p99)`,
        `${percent(error[`${nameOf(level)}_p50`])}, ${percent(error[`${nameOf(level)}_p99`])}`,
      ]),
    ),
  }
}

function nameOf(level: number): string {
  return `p${level * 100}`
}
