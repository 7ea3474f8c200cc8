import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeEnrich } from '@streamgauge/collector/fleet/enrich.ts'
import { Answered } from '@streamgauge/collector/ingest/answered.ts'
import { checkLine, isRejection } from '@streamgauge/collector/ingest/check.ts'
import { Gate } from '@streamgauge/collector/ingest/gate.ts'
import { parseBatch } from '@streamgauge/collector/ingest/lines.ts'
import { Batcher, LIVE_BATCH_MAX_COUNT } from '@streamgauge/collector/live/batcher.ts'
import { StoredMeasurement } from '@streamgauge/contract'
import { aMeasurement } from '../../support/collector.ts'

const parse = (text: string) => [...parseBatch(Buffer.from(text))].map(({ line, value }) => ({ line, value }))
const check = (value: unknown, agentId: string | null = null) =>
  checkLine({ line: 3, value, excerpt: () => '' }, { agentId, now: Date.now(), ageMaxMs: 30 * 86_400_000 })

const NOBODY = { receivedAt: '2026-11-22T12:00:00.000Z', address: null }

test('an array, an object and NDJSON are all batches', () => {
  assert.deepEqual(parse('[1, 2]'), [
    { line: 1, value: 1 },
    { line: 2, value: 2 },
  ])
  assert.deepEqual(parse('{"a":\n1}'), [{ line: 1, value: { a: 1 } }])
  assert.deepEqual(parse('{"a":1}\r\n\n{"a":2}\n'), [
    { line: 1, value: { a: 1 } },
    { line: 3, value: { a: 2 } },
  ])
})

test('a line that is not JSON does not spoil the others', () => {
  assert.deepEqual(parse('{"a":1}\noops'), [
    { line: 1, value: { a: 1 } },
    { line: 2, value: undefined },
  ])
})

for (const text of ['', '  \n', '<html>', '[{"a":1}', 'a\nb']) {
  test(`${JSON.stringify(text)} is not JSON at all`, () => {
    assert.throws(() => parse(text), { code: 'BODY_NOT_JSON', status: 400 })
  })
}

const refused: readonly (readonly [what: string, value: unknown, code: string, message: string])[] = [
  ['a number', 5, 'SCHEMA_VIOLATION', 'the measurement must be object'],
  ['an unknown field', { ...aMeasurement(), mood: 1 }, 'SCHEMA_VIOLATION', 'unknown field mood'],
  ['a negative duration', aMeasurement({ wall_ms: -1 }), 'SCHEMA_VIOLATION', 'wall_ms must be >= 0'],
  [
    'a day that is none',
    aMeasurement({ started_at: '2026-02-31T00:00:00.000Z' }),
    'SCHEMA_VIOLATION',
    'started_at is not a date',
  ],
  [
    'a run of next week',
    aMeasurement({ started_at: new Date(Date.now() + 7e8).toISOString() }),
    'CONTRADICTION',
    'started_at is more than a day in the future',
  ],
  [
    'a TCP handshake on QUIC',
    aMeasurement({ transport: 'quic', connect_ms: 5 }),
    'CONTRADICTION',
    'connect_ms and tls_ms are null on QUIC',
  ],
  [
    'half a surrogate pair',
    aMeasurement({ agent_version: '\ud800' }),
    'SCHEMA_VIOLATION',
    'agent_version is not well-formed Unicode',
  ],
]
for (const [what, value, code, message] of refused) {
  test(`${what} is refused with a reason`, () => {
    assert.deepEqual(check(value), { line: 3, code, message })
  })
}

test('a bound token speaks for its agent only', () => {
  const rejection = check(aMeasurement({ agent_id: 'other' }), 'agent-1')
  assert.deepEqual(rejection, {
    line: 3,
    code: 'AGENT_MISMATCH',
    message: 'this token is for agent agent-1, not other',
  })
})

test('only the identity must be there; the rest is unknown, not 0', () => {
  const { wall_ms, ...sound } = aMeasurement()
  const identity = Object.fromEntries(Object.entries(sound).slice(0, 16))
  const checked = check({ ...identity, wall_ms })
  assert.ok(!('line' in checked))
  assert.equal(checked.handshake_ms, null)
  assert.deepEqual(checked.stalls, [])
})

test('an enriched record has every key of the schema', () => {
  const stored = makeEnrich([], [])(aMeasurement(), NOBODY)
  assert.deepEqual(new Set(Object.keys(stored)), new Set(Object.keys(StoredMeasurement.properties)))
})

test('a vantage that is not configured is unknown', () => {
  const { country, isp, asn, node_country } = makeEnrich([], [])(aMeasurement(), NOBODY)
  assert.deepEqual([country, isp, asn, node_country], ['ZZ', 'unknown', null, 'ZZ'])
})

test('an agent nobody registered is where its address is, a registered one where it was registered', () => {
  const here = { country: 'SG', isp: 'Singtel', asn: 7473 }
  const registered = {
    agent_id: 'agent-1',
    country: 'TH',
    isp: 'AIS',
    asn: null,
    latitude: 13.75,
    longitude: 100.5,
  }
  const enrich = makeEnrich([registered], [], (address) => (address === '192.0.2.7' ? here : null))
  const from = (agent_id: string, address: string) => {
    const { country, isp, asn } = enrich(aMeasurement({ agent_id }), {
      receivedAt: '2026-11-22T12:00:00.000Z',
      address,
    })
    return { country, isp, asn }
  }
  assert.deepEqual(from('agent-2', '192.0.2.7'), here)
  assert.deepEqual(from('agent-1', '192.0.2.7'), { country: 'TH', isp: 'AIS', asn: null })
  assert.deepEqual(from('agent-2', '192.0.2.8'), { country: 'ZZ', isp: 'unknown', asn: null })
})

test('a run that began after it was received is tainted; one older than measurements are kept is refused', () => {
  const at = (offset: number) =>
    check(aMeasurement({ started_at: new Date(Date.now() + offset).toISOString() }))
  const taintsAt = (offset: number) => {
    const checked = at(offset)
    return isRejection(checked) ? checked.message : checked.taints
  }
  assert.deepEqual(taintsAt(5_000), [])
  assert.deepEqual(taintsAt(15_000), ['clock_offset'])
  assert.deepEqual(taintsAt(-29 * 86_400_000), [])
  assert.equal(
    taintsAt(-31 * 86_400_000),
    'started_at is more than 30 days ago, longer than measurements are kept',
  )
})

test('a repeat is answered from memory while more batches than are remembered are on their way', async () => {
  const answered = new Answered(1)
  const held = Promise.withResolvers<{ accepted: number; rejected: number; errors: [] }>()
  const works = [0, 0, 0]
  const come = (index: number) =>
    answered.once(`k${index}`, 'd', () => {
      works[index] = (works[index] ?? 0) + 1
      return held.promise
    })
  const all = [come(0), come(1), come(2), come(0), come(1)]
  held.resolve({ accepted: 1, rejected: 0, errors: [] })
  await Promise.all(all)
  assert.deepEqual(works, [1, 1, 1])
})

test('a repeated key is answered from memory, another body under it is refused, a failure is forgotten', async () => {
  const answered = new Answered(10)
  const answer = { accepted: 1, rejected: 0, errors: [] }
  let calls = 0
  const work = async () => {
    calls += 1
    return answer
  }
  await answered.once('k', 'd', work)
  assert.equal(await answered.once('k', 'd', work), answer)
  assert.equal(calls, 1)
  assert.throws(() => answered.once('k', 'other', work), { code: 'IDEMPOTENCY_KEY_REUSED', status: 409 })
  await assert.rejects(answered.once('f', 'd', () => Promise.reject(new Error('store down'))))
  await answered.once('f', 'd', work)
  assert.equal(calls, 2)
})

test('the gate turns a batch away when too many, or too many bytes, are inside', async () => {
  const gate = new Gate(1, 100)
  const held = Promise.withResolvers<void>()
  const inside = gate.pass(() => held.promise)
  await assert.rejects(
    gate.pass(async () => {}),
    { code: 'BUSY', status: 503, retryAfterS: 2 },
  )
  held.resolve()
  await inside
  await assert.rejects(
    gate.pass(async (grow) => grow(101)),
    { code: 'BUSY' },
  )
  await gate.pass(async (grow) => grow(100))
  assert.equal(gate.full, false)
})

test('a live batch holds the newest 500', () => {
  const batcher = new Batcher()
  const stored = makeEnrich([], [])
  const runs = Array.from({ length: LIVE_BATCH_MAX_COUNT + 10 }, (_, index) =>
    stored(aMeasurement({ wall_ms: index }), NOBODY),
  )
  batcher.add(runs.slice(0, 300))
  batcher.add(runs.slice(300))
  const taken = batcher.take()
  assert.deepEqual([taken.length, taken[0]?.wall_ms, taken.at(-1)?.wall_ms], [500, 10, 509])
  assert.deepEqual(batcher.take(), [])
})
