import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evidenceOf, excessRatio, likelihood } from '@streamgauge/collector/detect/evidence.ts'
import { Level } from '@streamgauge/collector/detect/level.ts'
import { type Observation, observationOf } from '@streamgauge/collector/detect/observation.ts'
import { keyOf, type Where } from '@streamgauge/collector/detect/scope.ts'
import { sentMeasurement } from '../../support/measurement.ts'
import { BEGIN_MS, ROUND_MS, watch } from '../../support/watched.ts'

test('nothing is found where nothing is the matter', () => {
  const { history } = watch(600, [])
  assert.deepEqual(history, [])
})

test('a node that dies is found within two rounds, is over after it has recovered, and does not come back', () => {
  const { opened, history, detector } = watch(60, [
    { where: { node_id: 'sin' }, rounds: [10, 25], failed: 1 },
  ])
  assert.deepEqual(
    opened.map(({ key }) => key),
    ['node_id=sin'],
  )
  assert.ok((opened[0]?.round ?? 99) <= 11, `round ${opened[0]?.round}`)
  assert.deepEqual(
    history.map(({ state }) => state),
    ['open', 'recovering', 'closed'],
  )
  assert.ok((history[1]?.round ?? 0) >= 25 && (history[2]?.round ?? 99) <= 30, 'closes when it is over')
  assert.deepEqual(detector.open, [])
})

test('a node that stalls for one ISP alone is that, and no matter of the node or of the country', () => {
  const where = { country: 'DE', isp: 'DE two', node_id: 'fra' }
  const { opened } = watch(40, [{ where, rounds: [5, 40], stalled: 0.7, failed: 0.1 }])
  assert.deepEqual(
    opened.map(({ key }) => key),
    [keyOf(where)],
  )
})

test('an agent with a bad line of its own is named, and raises no region', () => {
  const { opened } = watch(40, [
    { where: { agent_id: 'TH-one-2' }, rounds: [5, 40], failed: 0.4, stalled: 0.5 },
  ])
  assert.deepEqual(
    opened.map(({ key }) => key),
    ['agent_id=TH-one-2'],
  )
})

test('a country that gets slower is the country', () => {
  const { opened } = watch(40, [{ where: { country: 'BR' }, rounds: [5, 40], slower: 1.6 }])
  assert.deepEqual(
    opened.map(({ key }) => key),
    ['country=BR'],
  )
})

test('a transport that is blocked for an ISP is that', () => {
  const where: Where = { country: 'TH', isp: 'TH one', transport: 'quic' }
  const { opened } = watch(40, [{ where, rounds: [5, 40], failed: 1 }])
  assert.deepEqual(
    opened.map(({ key }) => key),
    [keyOf(where)],
  )
})

test('two things at once are two', () => {
  const { opened } = watch(40, [
    { where: { node_id: 'sjc' }, rounds: [5, 40], stalled: 0.8 },
    { where: { country: 'TH' }, rounds: [6, 40], slower: 2 },
  ])
  assert.deepEqual(opened.map(({ key }) => key).sort(), ['country=TH', 'node_id=sjc'])
})

test('one liar with a thousand runs a round moves nothing but its own name', () => {
  const liar = { agent_id: 'liar', country: 'DE', isp: 'DE one', asn: 100 }
  const lie = (round: number) =>
    Array.from({ length: round < 5 ? 1 : 1_000 }, (): Observation => {
      const place = { ...liar, node_id: 'fra', provider: 'own', route: 'public', transport: 'tcp' as const }
      const started_ms = BEGIN_MS + round * ROUND_MS
      return {
        ...place,
        kind: 'stream',
        started_ms,
        failed: round >= 5,
        handshake_ms: null,
        start_ms: null,
        stalled: null,
        slack_ms: 0,
      }
    })
  const { opened } = watch(40, [], lie)
  assert.ok(opened.length > 0)
  for (const { key } of opened) assert.match(key, /^agent_id=liar/)
})

test('one agent that fails alone in its cell is not the cell', () => {
  const { opened } = watch(30, [
    { where: { agent_id: 'BR-two-1', node_id: 'fra' }, rounds: [5, 30], failed: 1 },
  ])
  assert.deepEqual(
    opened.map(({ key }) => key),
    ['agent_id=BR-two-1 node_id=fra'],
  )
})

test('evidence is worked out by hand', () => {
  // Ten bad of fifty, two expected: (10 ln 5 - 8) / 1.5. Fewer than expected is no evidence.
  const counts = Float64Array.of(50, 10, 2, 40, 1, 4, 0, 0, 0)
  assert.ok(Math.abs(likelihood(counts) - (10 * Math.log(5) - 8) / 1.5) < 1e-12)
  assert.deepEqual(evidenceOf(counts), [
    { signal: 'failed', runs_count: 50, bad_count: 10, expected_count: 2 },
  ])
  assert.ok(Math.abs(excessRatio(counts) - 8 / 50) < 1e-12)
})

test('a time is slow against its own thread, and outliers hardly move what is usual', () => {
  const level = new Level()
  assert.equal(level.isSlow(1_000), null)
  for (let index = 0; index < 50; index += 1) level.learn(100 + (index % 7))
  assert.equal(level.isSlow(108), false)
  assert.equal(level.isSlow(160), true)
  for (let index = 0; index < 5; index += 1) level.learn(5_000)
  assert.equal(level.isSlow(160), true)
})

test('a run whose agent is to blame says nothing of failing; a tainted run nothing at all', () => {
  const where = { country: 'TH', isp: 'AIS', asn: null }
  const run = { ...sentMeasurement({ failure_code: 'AGENT_ERROR', failure_source: 'agent' }), ...where }
  assert.equal(observationOf(run)?.failed, null)
  assert.equal(observationOf({ ...run, taints: ['cpu'] }), null)
  const stalled = { ...sentMeasurement({ stall_ms: 300, played_ms: 9_700 }), ...where }
  assert.equal(observationOf(stalled)?.stalled, true)
})
