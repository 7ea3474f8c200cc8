import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import { deliverOverHttp } from '@streamgauge/collector/simulate/deliver/over_http.ts'
import { Resume } from '@streamgauge/collector/simulate/deliver/resume.ts'
import { deliverStraight } from '@streamgauge/collector/simulate/deliver/straight.ts'
import { TruthBook } from '@streamgauge/collector/simulate/deliver/truth.ts'
import type { Truth } from '@streamgauge/collector/simulate/incident/occurrence.ts'
import { parseScript } from '@streamgauge/collector/simulate/incident/script.ts'
import { firstVisitFrom } from '@streamgauge/collector/simulate/schedule.ts'
import { generatorFor, openSimulation, type Portion } from '@streamgauge/collector/simulate/simulation.ts'
import { configurationOf } from '@streamgauge/collector/simulate/world/configuration.ts'
import { countMeasurements, getMeasurement } from '@streamgauge/collector/store/measurements.ts'
import { build, buildStore, listen, tempDir, tokens } from '../../support/collector.ts'

/** A whole hour some hours ago: neither too old for a collector nor yet to come, whenever this runs. */
const FROM = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 2 * 3_600_000
const OFF = new Date(FROM + 30_000).toISOString()
const ON = new Date(FROM + 90_000).toISOString()
const COUNTRIES = ['JP', 'US', 'IN']
const script = parseScript(
  `incidents:
  - { name: quic-off, scope: transport, where: { transport: quic, country: [${COUNTRIES}] },
      effect: { outage_ratio: 1 }, start: '${OFF}', end: '${ON}' }`,
  'script.yaml',
)
const simulation = openSimulation({ seed: 3, rate: 20, size: { agents: 300, nodes: 320 }, script })
const first = firstVisitFrom(simulation.schedule, FROM)
/** Two minutes: 2,400 rows. */
const visits: Portion = { first, last: first + 1_200 }
const rows = generatorFor(simulation, visits).generator.rows(visits.first, visits.last)
const quiet = new TruthBook(null, true)
const ignore = () => {}

function over(url: string, more: Partial<Parameters<typeof deliverOverHttp>[2]> = {}) {
  return {
    destination: { url: new URL(url), token: tokens.agent, warn: ignore },
    truth: quiet,
    resume: null,
    now: wallClock,
    signal: new AbortController().signal,
    batchVisits: 250,
    inFlight: 3,
    tell: ignore,
    ...more,
  }
}

test('over HTTP a collector takes every row and knows from its configuration where each was made', async (t) => {
  const config = parseConfig(JSON.stringify(configurationOf(simulation.world)), 'world.json')
  const { app, store } = await build(t, { config })
  const url = await listen(app)
  assert.deepEqual(await deliverOverHttp(simulation, visits, over(url)), { accepted: 2_400, rejected: 0 })
  assert.equal(await countMeasurements(store), 2_400)
  for (const row of [rows[0], rows[1_234], rows.at(-1)]) {
    assert.ok(row)
    const stored = await getMeasurement(store, row.measurement_id)
    assert.deepEqual(stored, { ...row, received_at: stored?.received_at })
  }
  // Again, as after a crash of the simulator: the same batches under the same keys.
  assert.deepEqual(await deliverOverHttp(simulation, visits, over(url)), { accepted: 2_400, rejected: 0 })
  assert.equal(await countMeasurements(store), 2_400)
})

test('straight into the store: each column as it was made, once, however often, and the truth counts the runs', async (t) => {
  const folder = await tempDir(t)
  const store = await buildStore(t)
  const truthFile = join(folder, 'truth.jsonl')
  const deliver = () =>
    deliverStraight(simulation, visits, {
      store,
      tempDir: folder,
      truth: new TruthBook(truthFile, true),
      resume: null,
      tell: ignore,
      insertVisits: 500,
    })
  assert.equal(await deliver(), 2_400)
  assert.equal(await countMeasurements(store), 2_400)
  // Failed and tainted runs, connects and stalls among them.
  for (const row of [...rows.slice(0, 60), ...rows.filter((row) => row.stalls.length > 0).slice(0, 10)])
    assert.deepEqual(await getMeasurement(store, row.measurement_id), row)
  await deliver()
  assert.equal(await countMeasurements(store), 2_400)

  const [line, ...rest] = (await readFile(truthFile, 'utf8')).trim().split('\n')
  const truth = JSON.parse(line ?? '') as Truth
  const affected = rows.filter(
    (row) =>
      row.transport === 'quic' &&
      COUNTRIES.includes(row.country) &&
      row.started_at >= OFF &&
      row.started_at < ON,
  )
  assert.deepEqual(rest, [])
  assert.ok(affected.length > 10)
  assert.ok(affected.every((row) => row.failure_code === 'UDP_BLOCKED'))
  assert.deepEqual(truth, {
    incident_id: `quic-off:${OFF}`,
    scope: 'transport',
    where: { transport: 'quic', country: COUNTRIES },
    effect: { outage_ratio: 1 },
    started_at: OFF,
    ended_at: ON,
    runs_count: affected.length,
    simulated: true,
  })
})

/** A stand-in for a collector: answers as told, one after the other, and remembers what came. */
async function standIn(
  t: TestContext,
  answers: readonly { status: number; retryAfter?: string; body?: string }[],
) {
  const got: { key: string; lines: number; encoding: string; at: number }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const lines = gunzipSync(Buffer.concat(chunks)).toString().split('\n').length
      const answer = answers[Math.min(got.length, answers.length - 1)]
      got.push({
        key: String(request.headers['idempotency-key']),
        lines,
        encoding: String(request.headers['content-encoding']),
        at: performance.now(),
      })
      if (answer?.retryAfter !== undefined) response.setHeader('retry-after', answer.retryAfter)
      response.statusCode = answer?.status ?? 200
      response.end(answer?.body ?? JSON.stringify({ accepted: lines, rejected: 0, errors: [] }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  return { got, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` }
}

test('a collector that is busy is asked again under the same key, after as long as it wants', async (t) => {
  const { got, url } = await standIn(t, [{ status: 503, retryAfter: '1' }, { status: 200 }])
  const few = { first, last: first + 100 }
  assert.deepEqual(await deliverOverHttp(simulation, few, over(url)), { accepted: 200, rejected: 0 })
  const [refused, taken] = got
  assert.equal(got.length, 2)
  assert.equal(taken?.key, refused?.key)
  assert.deepEqual([taken?.lines, taken?.encoding], [200, 'gzip'])
  assert.ok((taken?.at ?? 0) - (refused?.at ?? 0) >= 990)
})

test('a collector that refuses ends the simulation with the reason', async (t) => {
  const { url } = await standIn(t, [{ status: 401, body: '{"code":"UNAUTHORIZED"}' }])
  await assert.rejects(deliverOverHttp(simulation, visits, over(url)), {
    code: 'BATCH_REFUSED',
    message: '401 {"code":"UNAUTHORIZED"}',
  })
})

test('what was begun before a crash is sent again first, cut as it was', async (t) => {
  const folder = await tempDir(t)
  const file = join(folder, 'simulated.json')
  const before = new Resume(file, simulation.fingerprint)
  before.begin({ first, last: first + 40 })
  before.begin({ first: first + 40, last: first + 110 })
  before.done({ first, last: first + 40 })
  const { got, url } = await standIn(t, [{ status: 200 }])
  const resume = new Resume(file, simulation.fingerprint)
  await deliverOverHttp(simulation, { first, last: first + 200 }, over(url, { resume, inFlight: 1 }))
  assert.deepEqual(
    got.map(({ key, lines }) => [key, lines]),
    [
      [`simulate-${simulation.fingerprint}-${first + 40}-${first + 110}`, 140],
      [`simulate-${simulation.fingerprint}-${first + 110}-${first + 200}`, 180],
    ],
  )
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), {
    fingerprint: simulation.fingerprint,
    next: first + 200,
    open: [],
  })
  assert.throws(() => new Resume(file, 'another'), { code: 'RESUME_MISMATCH' })
})

test('in real time a run is sent when its record would have come in, and not before', async (t) => {
  const { got, url } = await standIn(t, [{ status: 200 }])
  // The clock stands 22 s after the fifth visit; those later are not due.
  const stop = new AbortController()
  const now = FROM + 22_000 + 500
  const delivering = deliverOverHttp(
    simulation,
    { first, last: Number.POSITIVE_INFINITY },
    over(url, { now: () => now, signal: stop.signal, tell: () => stop.abort() }),
  )
  assert.deepEqual(await delivering, { accepted: 10, rejected: 0 })
  assert.equal(got.length, 1)
})
