import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filterParams, sqlTime } from '@streamgauge/collector/store/filter.ts'
import type { Store } from '@streamgauge/collector/store/store.ts'
import { aFailure, aMeasurement, build, ingest } from '../../support/collector.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
const HOUR = 3_600_000
const AGENTS_COUNT = 120
const span = { from: NOON - 3 * HOUR, to: NOON }

/** Two runs an agent and hour, one over each transport, some resumed, tainted or failed: 360 blocks. */
function runs() {
  return Array.from({ length: AGENTS_COUNT * 6 }, (_, index) => {
    const transport = index % 2 === 0 ? ('tcp' as const) : ('quic' as const)
    const common = {
      agent_id: `agent-${Math.floor(index / 6)}`,
      node_id: `node-${index % 5}`,
      transport,
      started_at: new Date(NOON - 1 - (Math.floor(index / 2) % 3) * HOUR - index).toISOString(),
    }
    if (index % 11 === 0) return aFailure(common)
    const tcp = transport === 'tcp' ? {} : { connect_ms: null, tls_ms: null, http_version: '3' as const }
    const taints = index % 13 === 0 ? (['clock'] as const) : []
    return aMeasurement({
      ...common,
      ...tcp,
      handshake_ms: 20 + index,
      resumed: index % 7 === 0,
      taints: [...taints],
    })
  })
}

const blocksOf = (store: Store, statement: string, limit: number, filter = {}) =>
  store.read(`reports/${statement}`, {
    ...filterParams(filter, span),
    by: 'transport',
    a_key: 'tcp',
    b_key: 'quic',
    a_from: sqlTime(span.from),
    a_to: sqlTime(span.to),
    b_from: sqlTime(span.from),
    b_to: sqlTime(span.to),
    arm: 'transport',
    metric: 'handshake_ms',
    value: 'handshake_ms',
    runs: 4_294_967_295,
    least: 1,
    limit,
    levels: 64,
    below: String(2n ** 62n),
  })

test('the sample has the blocks that raw begins with, run for run, and about a quarter of all', async (t) => {
  const { app, store } = await build(t, { now: () => NOON })
  const answer = await app.inject(ingest(runs()))
  assert.deepEqual(answer.json().errors, [])
  const all = await blocksOf(store, 'comparison_blocks', 10_000)
  const sample = await blocksOf(store, 'comparison_blocks_sample', 10_000)
  assert.ok(
    sample.length > 0.15 * all.length && sample.length < 0.35 * all.length,
    `${sample.length} of ${all.length}`,
  )
  assert.deepEqual(sample.map(settled), all.slice(0, sample.length).map(settled))
  const node = { node_id: ['node-1'] }
  const ofNode = await blocksOf(store, 'comparison_blocks_sample', 10_000, node)
  const rawOfNode = await blocksOf(store, 'comparison_blocks', ofNode.length, node)
  assert.ok(ofNode.length > 0)
  assert.deepEqual(ofNode.map(settled), rawOfNode.map(settled))
})

/** Values of a block come in any order. */
function settled(block: unknown): unknown {
  return JSON.parse(JSON.stringify(block), (key, part) =>
    key === 'pairs' ? undefined : Array.isArray(part) ? part.toSorted((a, b) => a - b) : part,
  )
}
