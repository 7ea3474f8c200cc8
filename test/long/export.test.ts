import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { migrate } from '@streamgauge/collector/store/migrate.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'
import { schemaFiles } from '@streamgauge/queries'
import { tempDir } from '../support/collector.ts'
import { runCollector } from '../support/collector_process.ts'

const ROWS_COUNT = 5_000_000
const EXTRA_MAX_MB = 300
const ADMIN_TOKEN = 'admin-token-of-the-export-test-0123456789'

/** Runs of one and a half days, 40 a second, in the order they came; 500 agents, 200 targets. */
const RUNS = `
  INSERT INTO measurements (measurement_id, agent_id, target_id, node_id, stream_id, route, provider, transport, http_version,
    format, kind, started_at, wall_ms, agent_version, simulated, country, isp, node_country, received_at, dns_ms, handshake_ms,
    wait_ms, ttfb_ms, first_frame_ms, startup_ms, tls_version, resumed, played_ms, stall_ms, stall_count, stalls,
    policy_start_ms, policy_resume_ms, stall_ms_by_policy, buffer_series_ms, bytes, media_ms, throughput_bps,
    throughput_series_bps, rtt_ms, loop_lag_ms, cpu_ratio, clock_offset_ms, clock_error_ms, taints)
  WITH rand(1) / 4294967295 AS u, rand(2) / 4294967295 AS v, number % 200 AS target
  SELECT generateUUIDv7(), concat('agent-', toString(number % 500)), concat('target-', toString(target)),
    concat('node-', toString(intDiv(target, 4))), 'test', if(target % 3 = 0, 'dedicated', 'public'), 'own',
    if(target % 2 = 0, 'tcp', 'quic'), if(target % 2 = 0, '2', '3'), 'flv', 'stream',
    toDateTime64('2026-11-20 00:00:00', 3, 'UTC') + INTERVAL number * 25 MILLISECOND, 10000 + 50 * u, '0.1.0', true,
    ['TH', 'SG', 'DE', 'ID'][1 + number % 4], concat('ISP ', toString(number % 16)), 'SG',
    toDateTime64('2026-11-20 00:00:10', 3, 'UTC') + INTERVAL number * 25 MILLISECOND, 5 * u, 40 + 400 * u * u, 20 + 30 * v,
    60 + 450 * u, 200 + 900 * v, 500 + 1000 * v, '1.3', false, 9000 + 500 * u, if(v < 0.1, 800 * u, 0), v < 0.1,
    if(v < 0.1, [(4000. + round(1000 * u), round(800 * u))], []), 1000, 1000,
    map('500', 0, '1000', round(100 * u), '2000', 0, '3000', 0, '6000', NULL),
    arrayMap(i -> round(1000 + 900 * v + i), range(10)), 2500000 + rand(3) % 100000, 10000, 2000000 + 1000 * u,
    arrayMap(i -> round(2000000 + 100000 * u * i), range(10)), 20 + 200 * u, v, u, u, v, if(v > 0.99, ['cpu'], [])
  FROM numbers({from}, 500000)`

/** What a file must agree on with the table. */
const SUMS =
  'count() AS n, sum(handshake_ms) AS handshake, sum(bytes) AS received, uniqExact(measurement_id) AS ids, sum(toUnixTimestamp64Milli(started_at)) AS times'

const COLUMNS =
  "measurement_id UUID, started_at DateTime64(3, ''UTC''), handshake_ms Nullable(Float64), bytes Nullable(UInt64)"

const rssMb = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024

test('five million runs as CSV and as Parquet take less than 300 MB more, and the engine reads the same back', async (t) => {
  const folder = await tempDir(t)
  const path = join(folder, 'clickhouse')
  const filled = openStore({ path })
  await migrate(filled, schemaFiles(), wallClock)
  for (let from = 0; from < ROWS_COUNT; from += 500_000)
    await filled.run(RUNS.replace('{from}', String(from)))
  await filled.close()

  const collector = runCollector(t, ['serve'], {
    DATA_DIR: folder,
    PORT: '0',
    ADMIN_TOKEN,
    LOG_LEVEL: 'warn',
  })
  const port = await collector.ready
  const pid = collector.child.pid ?? 0
  for (const format of ['csv', 'parquet']) {
    // What reading costs once, and what is left of filling, is not the export's.
    await (await fetch(`http://127.0.0.1:${port}/v1/measurements`, as(ADMIN_TOKEN))).text()
    const before = rssMb(pid)
    let peak = before
    const timer = setInterval(() => (peak = Math.max(peak, rssMb(pid))), 50)
    t.after(() => clearInterval(timer))
    const started = performance.now()
    await download(`http://127.0.0.1:${port}/v1/export?format=${format}`, join(folder, `runs.${format}`))
    clearInterval(timer)
    const seconds = (performance.now() - started) / 1_000
    const { size } = statSync(join(folder, `runs.${format}`))
    t.diagnostic(
      `${format}: ${Math.round(size / 1e6)} MB in ${Math.round(seconds)} s, ${Math.round(peak - before)} MB more than ${Math.round(before)} MB`,
    )
    assert.ok(peak - before < EXTRA_MAX_MB, `${format}: ${peak - before} MB`)
  }
  collector.child.kill('SIGTERM')
  await collector.ended

  const store = openStore({ path })
  t.after(() => store.close())
  await store.run(`CREATE TABLE sums ENGINE = Memory AS SELECT ${SUMS} FROM measurements`)
  for (const source of [
    `'${join(folder, 'runs.csv')}', CSVWithNames`,
    `'${join(folder, 'runs.parquet')}', Parquet`,
  ]) {
    await store.run(`INSERT INTO sums SELECT ${SUMS} FROM file(${source}, '${COLUMNS}')`, {
      date_time_input_format: 'best_effort',
      input_format_skip_unknown_fields: 1,
    })
  }
  // Fails when the three disagree. Floating-point sums depend on the order they are made in.
  await store.run(`SELECT throwIf(count() != 3 OR min(n) != ${ROWS_COUNT} OR min(ids) != ${ROWS_COUNT} OR
    uniqExact((n, ids, received, times)) != 1 OR max(handshake) - min(handshake) > 1e-9 * max(handshake)) FROM sums`)
})

function as(token: string) {
  return { headers: { authorization: `Bearer ${token}` } }
}

/** Straight to the disk: the test's own memory does not matter, but it should not be 3 GB. */
async function download(url: string, path: string) {
  const answer = await fetch(url, as(ADMIN_TOKEN))
  assert.equal(answer.status, 200)
  const file = await open(path, 'w')
  for await (const chunk of answer.body ?? []) await file.write(chunk)
  await file.close()
}
