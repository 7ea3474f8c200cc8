import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MeasurementPage, StoredMeasurement } from '@streamgauge/contract'
import { flvHeader, flvMedia, joined } from '../support/flv.ts'
import { start, stop, until } from '../support/process.ts'
import { closedPort, serveScript } from '../support/server.ts'

const GONE_MS = 15_000
const TOKENS = { ADMIN_TOKEN: 'admin-of-the-gap', AGENT_TOKEN: 'agent-of-the-gap' }

test('kill -9 of the collector while the agent runs: every measurement of the gap arrives, each once', async (t) => {
  // The target itself counts what was measured: every run is one request.
  let requests = 0
  const target = await serveScript(t, (_, answer) => {
    requests++
    answer.write(joined([flvHeader(), ...flvMedia(0, 3_000)]))
  })
  const folder = mkdtempSync(join(tmpdir(), 'gap-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'ca.pem'), target.certificate.cert)
  writeFileSync(join(folder, 'config.yaml'), configFor(target.port))
  const port = await closedPort()
  const env = {
    ...TOKENS,
    PORT: String(port),
    DATA_DIR: join(folder, 'collector'),
    CONFIG: join(folder, 'config.yaml'),
  }
  const url = `http://127.0.0.1:${port}`

  const collector = await start(t, 'collector', ['serve'], env)
  const agent = await start(
    t,
    'agent',
    ['run', '--collector', url, '--agent-id', 'gap-agent', '--data-dir', join(folder, 'agent')],
    { STREAMGAUGE_TOKEN: TOKENS.AGENT_TOKEN },
  )
  await until(
    () => stored(url),
    (rows) => rows.length >= 4,
    30_000,
  )
  await stop(collector.child, 'SIGKILL')
  const goneAt = new Date().toISOString()
  const before = requests
  await sleep(GONE_MS)
  const backAt = new Date().toISOString()
  assert.ok(requests - before >= 4, `the agent went on probing: ${requests - before} runs in the gap`)
  const second = await start(t, 'collector', ['serve'], env)

  // Between two rounds of runs (one every five seconds, over within three) nothing is under way.
  const rows = await until(
    () => stored(url),
    (found) => found.length === requests && requests > before,
    60_000,
  )
  await stop(agent.child, 'SIGTERM')
  await stop(second.child, 'SIGTERM')
  const ids = new Set(rows.map((row) => row.measurement_id))
  assert.equal(ids.size, rows.length, 'each once')
  const ofGap = rows.filter((row) => row.started_at > goneAt && row.started_at < backAt)
  assert.ok(ofGap.length >= 4, `${ofGap.length} of the gap`)
  assert.deepEqual(new Set(rows.map((row) => row.failure_code)), new Set([null]))
  for (const [pair, runs] of Map.groupBy(rows, (row) => row.pair_id)) {
    assert.deepEqual(runs.map((run) => run.pair_position).sort(), [0, 1], `pair ${pair} is whole`)
    assert.deepEqual(runs.map((run) => run.transport).sort(), ['quic', 'tcp'])
  }
})

async function stored(url: string): Promise<readonly StoredMeasurement[]> {
  const response = await fetch(`${url}/v1/measurements?limit=1000`, {
    headers: { authorization: `Bearer ${TOKENS.ADMIN_TOKEN}` },
  })
  const page = (await response.json()) as MeasurementPage
  return page.measurements
}

function configFor(port: number): string {
  const target = (transport: string) => `
  - target_id: gap-${transport}
    url: https://127.0.0.1:${port}/live/test.flv
    node_id: gap-node
    stream_id: test
    transport: ${transport}
    format: flv
    ca_file: ca.pem`
  return `
nodes:
  - { node_id: gap-node, name: gap, kind: edge, country: SG }
targets:${target('tcp')}${target('quic')}
assignments:
  - assignment_id: gap-pair
    agents: ['*']
    targets: [gap-tcp, gap-quic]
    cron: '*/5 * * * * *'
    duration_ms: 1000
`
}
