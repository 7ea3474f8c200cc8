import assert from 'node:assert/strict'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { countMeasurements } from '@streamgauge/collector/store/measurements.ts'
import { AssignmentSet, Fleet, IngestAnswer, MeasurementPage } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { aFailure, aMeasurement, as, build, ingest, listen, tokens } from '../../support/collector.ts'

const config = parseConfig(
  `
nodes: [{node_id: node-1, name: One, kind: center, country: SG}]
targets:
  - {target_id: t-tcp, url: 'https://n.example/s.flv', node_id: node-1, stream_id: test, transport: tcp, format: flv, ca_pem: PEM}
  - {target_id: t-quic, url: 'https://n.example/s.flv', node_id: node-1, stream_id: test, transport: quic, format: flv}
agents:
  - {agent_id: agent-1, country: TH, isp: AIS, asn: 133481, latitude: 13.75, longitude: 100.5}
  - {agent_id: agent-2, country: VN, isp: Viettel}
assignments:
  - {assignment_id: everyone, agents: ['*'], targets: [t-tcp, t-quic]}
  - {assignment_id: only-2, agents: [agent-2], targets: [t-tcp]}
`,
  'test.yaml',
)
const viewer = as(tokens.admin)
const agent = as(tokens.agent)

test('a batch is stored when it is answered, with what the collector knows of its vantage', async (t) => {
  const { app } = await build(t, { config })
  const run = aMeasurement()
  const answer = await app.inject(ingest([run, aMeasurement({ agent_id: 'stranger', node_id: 'elsewhere' })]))
  assert.deepEqual(answer.json(), { accepted: 2, rejected: 0, errors: [] })
  const one = await app.inject({ url: `/v1/measurements/${run.measurement_id}`, headers: viewer })
  const { country, isp, asn, node_country, received_at, ...sent } = one.json()
  assert.deepEqual([country, isp, asn, node_country], ['TH', 'AIS', 133481, 'SG'])
  assert.match(received_at, /^2\d{3}-.*Z$/)
  assert.deepEqual(sent, run)
  const other = await app.inject({ url: '/v1/measurements?agent_id=stranger', headers: viewer })
  const { country: unknown, isp: noIsp, asn: noAsn, node_country: nowhere } = other.json().measurements[0]
  assert.deepEqual([unknown, noIsp, noAsn, nowhere], ['ZZ', 'unknown', null, 'ZZ'])
})

test('gzip, zstd and a JSON array are taken', async (t) => {
  const { app, store } = await build(t)
  const body = () => Buffer.from(`[${JSON.stringify(aMeasurement())}]`)
  const bodies = [
    { payload: body(), type: {} },
    { payload: gzipSync(body()), type: { 'content-encoding': 'gzip' } },
    { payload: zstdCompressSync(body()), type: { 'content-encoding': 'zstd' } },
  ]
  for (const [index, { payload, type }] of bodies.entries()) {
    const headers = { ...agent, 'content-type': 'application/json', 'idempotency-key': `k${index}`, ...type }
    const answer = await app.inject({ method: 'POST', url: '/v1/measurements', headers, payload })
    assert.equal(answer.json().accepted, 1)
  }
  assert.equal(await countMeasurements(store), 3)
})

test('a bad line is answered with its number and reason, and the others are stored', async (t) => {
  const { app, store } = await build(t)
  const good = aMeasurement()
  const lines = [good, aMeasurement({ wall_ms: -1 }), { ...aMeasurement(), mood: 'good' }, good]
  const answer = await app.inject(ingest(lines))
  assert.equal(answer.statusCode, 200)
  assert.ok(Value.Check(IngestAnswer, answer.json()))
  assert.deepEqual(answer.json(), {
    accepted: 1,
    rejected: 3,
    errors: [
      { line: 2, code: 'SCHEMA_VIOLATION', message: 'wall_ms must be >= 0' },
      { line: 3, code: 'SCHEMA_VIOLATION', message: 'unknown field mood' },
      {
        line: 4,
        code: 'CONTRADICTION',
        message: `measurement_id ${good.measurement_id} is in this batch already`,
      },
    ],
  })
  assert.equal(await countMeasurements(store), 1)
})

test('a repeated key changes nothing and answers the same', async (t) => {
  const { app, store } = await build(t)
  const batch = [aMeasurement(), aMeasurement({ wall_ms: -1 })]
  const first = await app.inject(ingest(batch, { key: 'b1' }))
  const again = await app.inject(ingest(batch, { key: 'b1' }))
  assert.deepEqual(again.json(), first.json())
  assert.equal(await countMeasurements(store), 1)
})

test('two copies of a batch at the same time are stored once', async (t) => {
  const { app, store } = await build(t)
  const batch = [aMeasurement()]
  const answers = await Promise.all([1, 2, 3].map(() => app.inject(ingest(batch, { key: 'b1' }))))
  assert.deepEqual(
    answers.map((answer) => answer.json().accepted),
    [1, 1, 1],
  )
  assert.equal(await countMeasurements(store), 1)
})

test('a key that comes back with another body is refused', async (t) => {
  const { app, store } = await build(t)
  await app.inject(ingest([aMeasurement()], { key: 'b1' }))
  const answer = await app.inject(ingest([aMeasurement()], { key: 'b1' }))
  assert.equal(answer.statusCode, 409)
  assert.equal(answer.json().code, 'IDEMPOTENCY_KEY_REUSED')
  assert.equal(await countMeasurements(store), 1)
})

test('a batch without a key, of another type, in another encoding or not JSON is refused with a code', async (t) => {
  const { app } = await build(t)
  const json = { 'content-type': 'application/json' }
  const key = { 'idempotency-key': 'k' }
  const cases = [
    { headers: json, payload: '[]', expect: [400, 'IDEMPOTENCY_KEY_MISSING'] },
    {
      headers: { ...key, 'content-type': 'text/csv' },
      payload: '[]',
      expect: [415, 'UNSUPPORTED_MEDIA_TYPE'],
    },
    {
      headers: { ...key, ...json, 'content-encoding': 'br' },
      payload: '[]',
      expect: [415, 'UNSUPPORTED_ENCODING'],
    },
    {
      headers: { ...key, ...json, 'content-encoding': 'gzip' },
      payload: '[]',
      expect: [400, 'BODY_NOT_DECODABLE'],
    },
    { headers: { ...key, ...json }, payload: 'not json', expect: [400, 'BODY_NOT_JSON'] },
    { headers: { ...key, ...json }, payload: '', expect: [400, 'BODY_NOT_JSON'] },
    { headers: { ...key, ...json }, payload: `[${'1,'.repeat(10_000)}1]`, expect: [413, 'BATCH_TOO_LONG'] },
  ]
  for (const { headers, payload, expect } of cases) {
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/measurements',
      headers: { ...agent, ...headers },
      payload,
    })
    assert.deepEqual([answer.statusCode, answer.json().code], expect)
    assert.deepEqual(Object.keys(answer.json()), ['code', 'message'])
  }
})

test('100 MB is refused before it is read, and a small body that decodes to it while it is', async (t) => {
  const { app } = await build(t)
  const url = new URL('/v1/measurements', await listen(app))
  const headers = { ...agent, 'content-type': 'application/x-ndjson', 'idempotency-key': 'k' }
  // Only the header is sent: the answer must not wait for the body.
  const status = await new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', headers: { ...headers, 'content-length': 100_000_000 } })
    sending.on('response', (response) => {
      resolve(response.statusCode)
      sending.destroy()
    })
    sending.on('error', reject)
    sending.flushHeaders()
  })
  assert.equal(status, 413)
  const bomb = gzipSync(Buffer.alloc(100_000_000, ' '))
  assert.ok(bomb.length < 200_000)
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: bomb,
  })
  assert.deepEqual([answer.status, (await answer.json()).code], [413, 'BODY_TOO_LARGE'])
  const chunked = await fetch(url, {
    method: 'POST',
    headers,
    duplex: 'half',
    body: Readable.from(Array.from({ length: 100 }, () => new Uint8Array(1_000_000))),
  } as unknown as RequestInit)
  assert.equal(chunked.status, 413)
})

test('a store that is away is a 503, and the batch can be sent again', async (t) => {
  let broken = true
  const { app, store, intake } = await build(t, {
    wrap: (real) => {
      const insertFile = real.insertFile.bind(real)
      real.insertFile = async (...args) => {
        if (broken) await real.run('SELECT broken')
        return insertFile(...args)
      }
      return real
    },
  })
  const batch = [aMeasurement()]
  const refused = await app.inject(ingest(batch, { key: 'b1' }))
  assert.deepEqual([refused.statusCode, refused.json().code], [503, 'STORE_UNAVAILABLE'])
  assert.equal(refused.headers['retry-after'], '5')
  assert.equal((await app.inject({ url: '/readyz', headers: viewer })).json().code, 'INGEST_BEHIND')
  broken = false
  await intake.idle()
  const taken = await app.inject(ingest(batch, { key: 'b1' }))
  assert.equal(taken.json().accepted, 1)
  assert.equal(await countMeasurements(store), 1)
})

test('filters, window, limit and cursor choose measurements, newest first', async (t) => {
  const { app } = await build(t, { config })
  const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 12, 0, second)).toISOString()
  const runs = [
    aMeasurement({ started_at: at(1) }),
    aMeasurement({ started_at: at(2), transport: 'quic' }),
    aFailure({ started_at: at(3), agent_id: 'agent-2' }),
    aMeasurement({ started_at: at(4), kind: 'connect', format: 'none', route: 'dedicated' }),
  ]
  await app.inject(ingest([...runs].reverse()))
  const seconds = async (query: string) => {
    const answer = await app.inject({ url: `/v1/measurements?${query}`, headers: viewer })
    assert.equal(answer.statusCode, 200, answer.body)
    const page = answer.json<MeasurementPage>()
    return page.measurements.map((run) => new Date(run.started_at).getUTCSeconds())
  }
  assert.deepEqual(await seconds(''), [4, 3, 2, 1])
  assert.deepEqual(await seconds('transport=quic'), [2])
  assert.deepEqual(await seconds('transport=quic&transport=tcp'), [4, 3, 2, 1])
  assert.deepEqual(await seconds('failure=any'), [3])
  assert.deepEqual(await seconds('failure=none'), [4, 2, 1])
  assert.deepEqual(await seconds('failure=CONNECT_REFUSED'), [3])
  assert.deepEqual(await seconds('failure=TIMEOUT'), [])
  assert.deepEqual(await seconds('country=VN'), [3])
  assert.deepEqual(await seconds('isp=AIS&kind=stream'), [2, 1])
  assert.deepEqual(await seconds('route=dedicated'), [4])
  assert.deepEqual(await seconds('node_id=other'), [])
  assert.deepEqual(await seconds(`from=${at(2)}&to=${at(4)}`), [3, 2])
  const first = await app.inject({ url: '/v1/measurements?limit=3', headers: viewer })
  assert.ok(Value.Check(MeasurementPage, first.json()))
  const { next_cursor } = first.json()
  assert.deepEqual(await seconds(`limit=3&cursor=${next_cursor}`), [1])
  const last = await app.inject({ url: `/v1/measurements?limit=4`, headers: viewer })
  assert.equal(last.json().next_cursor, null)
})

test('a bad parameter is a 400 that names it', async (t) => {
  const { app } = await build(t)
  const cases = {
    'measurements?limit=0': 'limit must be >= 1',
    'measurements?limit=1001': 'limit must be <= 1000',
    'measurements?mood=good': 'unknown parameter mood',
    'measurements?cursor=x': 'cursor is not a next_cursor',
    'measurements?from=yesterday': 'from must be a time like 2026-11-22T19:47:10.123Z',
    'measurements?from=2026-11-22&to=2026-11-21': 'from must be before to',
    'measurements/not-a-uuid': 'measurement_id must match pattern',
    'reports/timeseries': "must have required property 'metric'",
    'reports/timeseries?metric=mood': 'metric must be equal to one of the allowed values',
    'reports/timeseries?metric=ttfb_ms&bucket_s=1&from=2026-01-01&to=2026-11-22': 'bucket_s is too small',
    'reports/comparison?metric=ttfb_ms&by=transport&a=tcp&b=tcp': 'a and b must differ',
    'reports/comparison?metric=ttfb_ms&by=period&a=x&b=y': 'a must be a time like',
  }
  for (const [path, message] of Object.entries(cases)) {
    const answer = await app.inject({ url: `/v1/${path}`, headers: viewer })
    assert.equal(answer.statusCode, 400, path)
    assert.equal(answer.json().code, 'INVALID_PARAMETER')
    assert.ok(answer.json().message.startsWith(message), answer.json().message)
  }
})

test('what is not there is a 404, and another method a 405', async (t) => {
  const { app } = await build(t)
  const gone = await app.inject({
    url: '/v1/measurements/01a2050b-1c05-7340-9498-0a3b874b5c65',
    headers: viewer,
  })
  assert.deepEqual([gone.statusCode, gone.json().code], [404, 'NOT_FOUND'])
  const nowhere = await app.inject({ url: '/v1/nowhere', headers: viewer })
  assert.deepEqual([nowhere.statusCode, nowhere.json().code], [404, 'NOT_FOUND'])
  const wrong = await app.inject({ method: 'PUT', url: '/v1/fleet', headers: viewer })
  assert.deepEqual([wrong.statusCode, wrong.json().code], [405, 'METHOD_NOT_ALLOWED'])
  assert.equal(wrong.headers.allow, 'GET')
  const bad = await app.inject({ url: '/%zz', headers: viewer })
  assert.equal(bad.statusCode, 400)
  assert.deepEqual(Object.keys(bad.json()), ['code', 'message'])
})

test('an agent gets its assignments once per revision', async (t) => {
  const { app } = await build(t, { config })
  const ask = (id: string, tag?: string) =>
    app.inject({
      url: '/v1/assignments',
      headers: { ...agent, 'x-agent-id': id, ...(tag && { 'if-none-match': tag }) },
    })
  const first = await ask('agent-1')
  assert.ok(Value.Check(AssignmentSet, first.json()))
  assert.equal(first.headers.etag, `"${first.json().revision}"`)
  assert.equal(first.json().assignments[0].targets[0].ca_pem, 'PEM')
  const again = await ask('agent-1', first.headers.etag)
  assert.deepEqual([again.statusCode, again.body], [304, ''])
  const other = await ask('agent-2', first.headers.etag)
  assert.deepEqual(
    other.json().assignments.map((one: { assignment_id: string }) => one.assignment_id),
    ['everyone', 'only-2'],
  )
  const nobody = await app.inject({ url: '/v1/assignments', headers: agent })
  assert.deepEqual([nobody.statusCode, nobody.json().code], [400, 'INVALID_PARAMETER'])
})

test('the fleet shows nodes, targets without authorities, and agents as they are heard of', async (t) => {
  let time = Date.now()
  const { app } = await build(t, { config, now: () => time })
  const read = async () => {
    const answer = await app.inject({ url: '/v1/fleet', headers: viewer })
    assert.ok(Value.Check(Fleet, answer.json()))
    return answer.json<Fleet>()
  }
  const before = await read()
  assert.equal(before.targets.length, 2)
  assert.ok(!JSON.stringify(before.targets).includes('PEM'))
  assert.deepEqual(
    before.agents.map((one) => [one.agent_id, one.online]),
    [
      ['agent-1', false],
      ['agent-2', false],
    ],
  )
  await app.inject(ingest([aMeasurement()]))
  const [heard] = (await read()).agents
  assert.deepEqual([heard?.online, heard?.agent_version, heard?.country], [true, '0.1.0', 'TH'])
  time += 90_000
  assert.equal((await read()).agents[0]?.online, false)
})

test('what only agents need of a target, its keys and headers, reaches agents and nobody else', async (t) => {
  const config = parseConfig(
    `nodes: [{node_id: n, name: n, kind: edge, country: SG}]
targets:
  - {target_id: t, url: 'https://n.example/s.flv', node_id: n, stream_id: s, transport: tcp, format: flv,
     address: 203.0.113.7, headers: {authorization: Bearer secret}, sign: {scheme: tencent, key: secret}}
assignments: [{assignment_id: a, agents: ['*'], targets: [t]}]`,
    'test.yaml',
  )
  const { app } = await build(t, { config })
  const asked = async (url: string, token: string) =>
    (await app.inject({ url, headers: { ...as(token), 'x-agent-id': 'agent-1' } })).json()
  const { targets } = await asked('/v1/fleet', tokens.admin)
  assert.equal(targets[0].address, '203.0.113.7')
  assert.doesNotMatch(JSON.stringify(targets), /secret/)
  const { assignments } = await asked('/v1/assignments', tokens.agent)
  const [target] = assignments[0].targets
  assert.deepEqual(target.sign, { scheme: 'tencent', key: 'secret' })
  assert.deepEqual(target.headers, { authorization: 'Bearer secret' })
})
