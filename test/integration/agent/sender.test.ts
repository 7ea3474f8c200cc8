import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Outbox } from '@streamgauge/agent/outbox/outbox.ts'
import { sendForever } from '@streamgauge/agent/outbox/sender.ts'
import { sentMeasurement } from '../../support/measurement.ts'
import { until } from '../../support/process.ts'

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly ids: readonly string[]
}

type Reply = { readonly status: number; readonly body?: object; readonly headers?: Record<string, string> }

/** A collector that answers as scripted, and an outbox of `count` measurements on its way there. */
async function sending(t: TestContext, count: number, reply: (received: Received, nth: number) => Reply) {
  const batches: Received[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const lines = gunzipSync(Buffer.concat(parts)).toString().split('\n')
    const received = { headers: request.headers, ids: lines.map((line) => JSON.parse(line).measurement_id) }
    batches.push(received)
    const { status, body = {}, headers = {} } = reply(received, batches.length)
    response.writeHead(status, headers).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const outbox = new Outbox(':memory:')
  for (let i = 0; i < count; i++) outbox.put(sentMeasurement())
  const stopping = new AbortController()
  const warnings: string[] = []
  const log = { warn: (_: object, message: string) => warnings.push(message), info: () => {} }
  const destination = { url: new URL(`http://127.0.0.1:${port}`), token: 'T', agent_id: 'agent-1' }
  const done = sendForever(outbox, destination, log, stopping.signal)
  t.after(async () => {
    stopping.abort()
    await done
    server.close()
    server.closeAllConnections()
    outbox.close()
  })
  const drained = () =>
    until(
      async () => outbox.count(),
      (waiting) => waiting === 0,
      15_000,
    )
  return { batches, drained, outbox, warnings }
}

const taken = (received: Received): Reply => ({
  status: 200,
  body: { accepted: received.ids.length, rejected: 0, errors: [] },
})

test('a batch goes out as gzip NDJSON with a key, the token and the agent, and leaves the outbox when it is taken', async (t) => {
  const { batches, drained } = await sending(t, 3, taken)
  await drained()
  assert.equal(batches.length, 1)
  assert.equal(batches[0]?.ids.length, 3)
  assert.equal(batches[0]?.headers.authorization, 'Bearer T')
  assert.equal(batches[0]?.headers['content-type'], 'application/x-ndjson')
  assert.match(String(batches[0]?.headers['idempotency-key']), /^[0-9a-f-]{36}$/)
})

test('a collector that is busy, broken or does not know the token gets the same batch under the same key again', async (t) => {
  const answers: Reply[] = [
    { status: 503, headers: { 'retry-after': '1' } },
    { status: 500 },
    { status: 401 },
  ]
  const { batches, drained, warnings } = await sending(
    t,
    2,
    (received, nth) => answers[nth - 1] ?? taken(received),
  )
  await drained()
  assert.equal(batches.length, 4)
  assert.equal(new Set(batches.map((batch) => batch.headers['idempotency-key'])).size, 1)
  assert.equal(new Set(batches.map((batch) => batch.ids.join())).size, 1)
  assert.equal(warnings.length, 1, 'one outage is one warning')
})

test('an answer that is not the collector’s does not empty the outbox', async (t) => {
  const { batches, drained } = await sending(t, 1, (received, nth) =>
    nth === 1 ? { status: 200, body: { hello: 'captive portal' } } : taken(received),
  )
  await drained()
  assert.equal(batches.length, 2)
})

test('a batch that is too large is sent in halves under other keys, and nothing is sent twice', async (t) => {
  const accepted: string[] = []
  const { batches, drained } = await sending(t, 8, (received) => {
    if (received.ids.length > 3) return { status: 413 }
    accepted.push(...received.ids)
    return taken(received)
  })
  await drained()
  // 8 and 4 are refused; then 2, after which a full batch is tried again: 6, 3, 3.
  assert.deepEqual(new Set(accepted).size, 8)
  assert.equal(accepted.length, 8)
  assert.equal(new Set(batches.map((batch) => batch.headers['idempotency-key'])).size, batches.length)
})

test('a refused line is set aside and the rest of its batch is done with', async (t) => {
  const { drained, warnings } = await sending(t, 3, (received) => ({
    status: 200,
    body: {
      accepted: received.ids.length - 1,
      rejected: 1,
      errors: [{ line: 2, code: 'SCHEMA_VIOLATION', message: 'wall_ms must be >= 0' }],
    },
  }))
  await drained()
  assert.deepEqual(warnings, ['the collector refused 1 records'])
})

test('a batch the collector calls wrong is set aside instead of blocking all that comes after', async (t) => {
  const { batches, drained, outbox } = await sending(t, 1, (received, nth) =>
    nth === 1 ? { status: 400, body: { code: 'BODY_NOT_JSON', message: 'no' } } : taken(received),
  )
  await drained()
  outbox.put(sentMeasurement())
  await drained()
  assert.equal(batches.length, 2)
})

test('a 400 that is not the collector’s is asked again, under the same key', async (t) => {
  const { batches, drained } = await sending(t, 1, (received, nth) =>
    nth === 1 ? { status: 400, body: { error: 'bad gateway' } } : taken(received),
  )
  await drained()
  assert.equal(batches.length, 2)
  assert.equal(new Set(batches.map((batch) => batch.headers['idempotency-key'])).size, 1)
})

test('a key that the collector knows with another body is replaced', async (t) => {
  const { batches, drained } = await sending(t, 2, (received, nth) =>
    nth === 1 ? { status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED', message: 'no' } } : taken(received),
  )
  await drained()
  assert.deepEqual(
    batches.map((batch) => batch.ids.length),
    [2, 2],
  )
  assert.equal(new Set(batches.map((batch) => batch.headers['idempotency-key'])).size, 2)
})
