import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startAgent } from '@streamgauge/agent/agent.ts'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { listMeasurements } from '@streamgauge/collector/store/measurements.ts'
import type { StoredMeasurement } from '@streamgauge/contract'
import { build, listen, tokens } from '../../support/collector.ts'
import { until } from '../../support/process.ts'
import { closedPort } from '../../support/server.ts'

/** What an agent stores of its clock at a collector whose clock is `aheadMs` ahead of this machine's. */
async function measuredBeside(t: TestContext, aheadMs: number): Promise<StoredMeasurement> {
  const port = await closedPort()
  const config = parseConfig(
    `nodes: [{node_id: n, name: n, kind: edge, country: SG}]
targets: [{target_id: t, url: 'https://127.0.0.1:${port}/x.flv', node_id: n, stream_id: s, transport: tcp, format: flv}]
assignments: [{assignment_id: a, agents: ['*'], targets: [t], cron: '* * * * * *', duration_ms: 1000}]`,
    'test.yaml',
  )
  const { app, store } = await build(t, { config, now: () => Date.now() + aheadMs })
  const url = new URL(await listen(app))
  const data_dir = mkdtempSync(join(tmpdir(), 'agent-'))
  const log = { warn: () => {}, info: () => {} }
  const agent = startAgent({ url, token: tokens.agent, agent_id: 'agent-1', data_dir, log })
  t.after(async () => {
    await agent.close()
    rmSync(data_dir, { recursive: true, force: true })
  })
  const span = { from: 0, to: Date.now() + 86_400_000 }
  const filter = {}
  const stored = await until(
    () => listMeasurements(store, filter, span, 100, null),
    (rows) => rows.some((row) => row.clock_offset_ms !== null),
    15_000,
  )
  const found = stored.find((row) => row.clock_offset_ms !== null)
  assert.ok(found)
  return found
}

test('an agent knows how far its clock is off the collector’s, within its own error', async (t) => {
  const m = await measuredBeside(t, 7_000)
  assert.ok(m.clock_offset_ms !== null && m.clock_error_ms !== null)
  // The clock says whole milliseconds.
  assert.ok(Math.abs(m.clock_offset_ms + 7_000) <= m.clock_error_ms + 1)
  assert.ok(m.clock_error_ms < 50, 'on loopback half a round trip is short')
  assert.deepEqual(m.taints.includes('clock_offset'), false)
})

test('a clock that files runs under the wrong time taints them', async (t) => {
  const m = await measuredBeside(t, -60_000)
  assert.ok(m.taints.includes('clock_offset'))
})
