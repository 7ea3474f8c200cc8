import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { INTERACTIVE } from '@streamgauge/collector/store/limits.ts'
import { PASSING_ERRORS } from '@streamgauge/collector/store/retry.ts'
import { openStore, type Store } from '@streamgauge/collector/store/store.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { clickhouseFront } from '../../support/clickhouse_front.ts'
import { type ProxyOptions, type StoreProxy, storeProxy } from '../../support/store_proxy.ts'

const TABLE = `CREATE TABLE kept (a UInt64) ENGINE = MergeTree ORDER BY a
SETTINGS non_replicated_deduplication_window = 100`

async function open(t: TestContext, options: ProxyOptions = {}, more: object = {}) {
  const proxy = await storeProxy(t, await clickhouseFront(t), options)
  const store = openStore({ url: proxy.url, ...more })
  t.after(() => store.close())
  return { proxy, store }
}

/** How many statements that match arrived while `work` ran. */
async function arrivals(proxy: StoreProxy, pattern: RegExp, work: () => Promise<unknown>): Promise<number> {
  const before = proxy.arrived.length
  await work()
  return proxy.arrived.slice(before).filter(({ text }) => pattern.test(text)).length
}

/** Rejects unless the table has so many rows. */
function requireRows(store: Store, count: number): Promise<void> {
  return store.run(`SELECT throwIf(count() != ${count}) FROM kept`)
}

test('TLS, a password, and gzip both ways', async (t) => {
  const certificate = await makeCertificate()
  const tls = { ca_cert: Buffer.from(certificate.cert) }
  const { proxy, store } = await open(
    t,
    { certificate, password: 'right' },
    { user: 'sg', password: 'right', tls },
  )
  await store.run(TABLE)
  await store.insert('kept', [{ a: 1 }], 'k1')
  assert.deepEqual(
    (await store.columns('kept')).map(({ name }) => name),
    ['a'],
  )
  const insert = proxy.arrived.find(({ text }) => text.startsWith('INSERT'))
  assert.equal(insert?.headers['content-encoding'], 'gzip')
  assert.match(proxy.arrived.at(-1)?.headers['accept-encoding'] ?? '', /gzip/)
  assert.equal(insert?.headers['x-clickhouse-user'], 'sg')
})

test('a wrong password is STORE_REFUSED, asked once, and shown to nobody', async (t) => {
  const { proxy, store } = await open(t, { password: 'right' }, { user: 'sg', password: 'wr0ng' })
  await assert.rejects(store.ping(), (error: Error & { code: string }) => {
    assert.equal(error.code, 'STORE_REFUSED')
    assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes('wr0ng'))
    return true
  })
  assert.equal(proxy.arrived.length, 1)
})

test('a certificate of nobody we trust is STORE_CERTIFICATE', async (t) => {
  const { store } = await open(t, { certificate: await makeCertificate() })
  await assert.rejects(store.ping(), { code: 'STORE_CERTIFICATE', status: 503 })
})

test('an insert whose answer was lost is sent again, and stored once', async (t) => {
  const { proxy, store } = await open(t)
  await store.run(TABLE)
  proxy.faults.push('lose', { code: 319 }, 'reset')
  const sent = await arrivals(proxy, /^INSERT/, () => store.insert('kept', [{ a: 1 }, { a: 2 }], 'k1'))
  assert.equal(sent, 4)
  const tokens = proxy.arrived
    .map(({ settings }) => settings.get('insert_deduplication_token'))
    .filter(Boolean)
  assert.deepEqual(tokens, ['k1', 'k1', 'k1', 'k1'])
  await store.insert('kept', [{ a: 3 }], 'k2')
  await requireRows(store, 3)
})

test('a block of rows arrives byte for byte, each time under its token, and the server is to gather it', async (t) => {
  const { proxy, store } = await open(t)
  const block = [Buffer.from([0, 255, 10, 128]), Buffer.from([195, 40])]
  proxy.faults.push({ code: 210 }, { code: 60 })
  await assert.rejects(store.insertBlock('kept', ['a', 'b'], block, 'k1'))
  assert.equal(proxy.arrived.length, 2)
  for (const { body, settings, headers } of proxy.arrived) {
    assert.deepEqual([...body], [0, 255, 10, 128, 195, 40])
    assert.equal(headers['content-encoding'], 'gzip')
    assert.equal(settings.get('query'), 'INSERT INTO kept (a, b) FORMAT Native')
    assert.equal(settings.get('insert_deduplication_token'), 'k1')
    assert.equal(settings.get('async_insert'), '1')
    assert.equal(settings.get('wait_for_async_insert'), '1')
  }
})

test('a read whose answer was cut is read again', async (t) => {
  const { proxy, store } = await open(t)
  proxy.faults.push('cut')
  assert.equal(await arrivals(proxy, /SELECT 1/, () => store.ping()), 2)
})

test('what does not pass by itself is asked once', async (t) => {
  const { proxy, store } = await open(t)
  for (const code of [60, 62, 241, 159, 252, 497]) {
    proxy.faults.push({ code })
    assert.equal(await arrivals(proxy, /SELECT 1/, () => assert.rejects(store.ping())), 1, `code ${code}`)
  }
})

test('a server that stays away is asked four times, then the sender is told', async (t) => {
  const { proxy, store } = await open(t)
  proxy.faults.push('reset', 'reset', 'reset', 'reset')
  const asked = await arrivals(proxy, /SELECT 1/, () =>
    assert.rejects(store.ping(), { code: 'STORE_UNAVAILABLE' }),
  )
  assert.equal(asked, 4)
})

test('a schema statement is sent once, whatever became of it', async (t) => {
  const { proxy, store } = await open(t)
  proxy.faults.push('lose')
  const sent = await arrivals(proxy, /^CREATE/, () => assert.rejects(store.run(TABLE)))
  assert.equal(sent, 1)
})

test('a statement that takes too long is stopped by the server', async (t) => {
  const { store } = await open(t)
  const endless = 'SELECT sum(sleepEachRow(0.1)) FROM numbers(1000) SETTINGS max_block_size = 1'
  await assert.rejects(store.run(endless, { max_execution_time: 1 }), {
    code: 'QUERY_TOO_LARGE',
    status: 422,
  })
})

test('a read that nobody waits for any more is given up, and the server told to stop it', async (t) => {
  const { proxy, store } = await open(t)
  proxy.faults.push('hang')
  const stop = new AbortController()
  const reading = store.read('store/ping', {}, INTERACTIVE, stop.signal)
  while (proxy.arrived.length === 0) await sleep(5)
  stop.abort()
  await assert.rejects(reading, { code: 'STORE_UNAVAILABLE' })
  while (proxy.abandoned() === 0) await sleep(5)
  assert.equal(proxy.arrived.length, 1)
  assert.equal(proxy.arrived[0]?.settings.get('cancel_http_readonly_queries_on_client_close'), '1')
})

test('many statements are under way at once, and not more than sixteen reads', async (t) => {
  const { proxy, store } = await open(t)
  await store.run(TABLE)
  const before = proxy.arrived.length
  proxy.faults.push(...Array.from({ length: 16 }, () => 'hang' as const))
  const stop = new AbortController()
  const reads = Array.from({ length: 20 }, () => store.read('store/ping', {}, INTERACTIVE, stop.signal))
  while (proxy.arrived.length < before + 16) await sleep(5)
  // Inserts do not wait for reads.
  await store.insert('kept', [{ a: 1 }], 'k1')
  assert.equal(proxy.arrived.length, before + 17)
  stop.abort()
  const ends = await Promise.allSettled(reads)
  assert.ok(ends.every(({ status }) => status === 'rejected'))
})

test('on a cluster a shard that is away is an error, and an insert is with the shards when it is answered', async (t) => {
  const { proxy, store } = await open(t, {}, { cluster: 'main' })
  // What is here is no cluster: the table is made as on one server.
  const plain = openStore({ url: proxy.url })
  await plain.run(TABLE)
  await plain.close()
  await store.ping()
  await store.insert('kept', [{ a: 1 }], 'k1')
  const [, read, insert] = proxy.arrived.map(({ settings }) => settings)
  assert.equal(read?.get('skip_unavailable_shards'), '0')
  assert.equal(insert?.get('distributed_foreground_insert'), '1')
  assert.equal(insert?.get('async_insert'), '0')
})

test('the errors that may pass have these names in the engine', async (t) => {
  const { store } = await open(t)
  for (const [code, name] of Object.entries(PASSING_ERRORS)) {
    await store.run(`SELECT throwIf(errorCodeToName(${code}) != '${name}')`)
  }
})
