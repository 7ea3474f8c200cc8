import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type TestContext, test } from 'node:test'
import { createGzip, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib'
import { Measurement } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'
import { aMeasurement, tempDir } from '../../support/collector.ts'
import { runCollector } from '../../support/collector_process.ts'

const TOKEN = 'agent-token-of-the-poison'
const MB = 1_000_000

/** A collector in a process of its own, so that its memory can be seen from outside. */
async function build(t: TestContext) {
  const running = runCollector(t, ['serve'], {
    DATA_DIR: await tempDir(t),
    PORT: '0',
    AGENT_TOKEN: TOKEN,
    ADMIN_TOKEN: 'admin-token-of-the-poison',
    LOG_LEVEL: 'silent',
  })
  const port = await running.ready
  const send = async (body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/measurements`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': uuidv7(),
        ...headers,
      },
      body: new Uint8Array(Buffer.from(body)),
    })
    return { status: response.status, answer: await response.json() }
  }
  const count = async () => {
    const response = await fetch(
      `http://127.0.0.1:${port}/v1/export?format=ndjson&from=2026-01-01T00:00:00.000Z`,
      {
        headers: { authorization: 'Bearer admin-token-of-the-poison' },
      },
    )
    return (await response.text()).split('\n').filter(Boolean).length
  }
  const rss = () => {
    const [, kib = '0'] =
      /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${running.child.pid}/status`, 'utf8')) ?? []
    return (Number(kib) * 1_024) / MB
  }
  return { port, send, count, rss }
}

const good = () => JSON.stringify(aMeasurement())
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
/** A sound record with one field written as `text`. */
const withField = (name: string, text: string) =>
  good().replace(new RegExp(`"${name}":[^,}]+`), `"${name}":${text}`)

test('each poisoned line is refused with a reason, and the good lines beside it are stored', async (t) => {
  const { send, count } = await build(t)
  const lines: readonly (readonly [what: string, line: string, code: string])[] = [
    ['10,000 levels of nesting', `{"measurement_id":${nested(10_000)}}`, 'SCHEMA_VIOLATION'],
    ['a string of 10 MB', withField('agent_id', JSON.stringify('a'.repeat(10 * MB))), 'SCHEMA_VIOLATION'],
    ['NaN', withField('wall_ms', 'NaN'), 'LINE_NOT_JSON'],
    ['Infinity', withField('wall_ms', 'Infinity'), 'LINE_NOT_JSON'],
    ['1e400', withField('wall_ms', '1e400'), 'SCHEMA_VIOLATION'],
    ['2^64 bytes', withField('bytes', '18446744073709551616'), 'SCHEMA_VIOLATION'],
    ['half a surrogate pair', withField('agent_version', '"\\ud800"'), 'SCHEMA_VIOLATION'],
    ['a key __proto__', good().replace('{', '{"__proto__":{"wall_ms":1},'), 'SCHEMA_VIOLATION'],
    ['a key constructor', good().replace('{', '{"constructor":1,'), 'SCHEMA_VIOLATION'],
    ['NUL in an id', withField('agent_id', '"a\\u0000b"'), 'SCHEMA_VIOLATION'],
    ['a month that is none', withField('started_at', '"2026-13-01T00:00:00.000Z"'), 'SCHEMA_VIOLATION'],
    ['an hour that is none', withField('started_at', '"2026-11-22T25:00:00.000Z"'), 'SCHEMA_VIOLATION'],
    ['an array', '[1,2]', 'SCHEMA_VIOLATION'],
    ['null', 'null', 'SCHEMA_VIOLATION'],
    ['half a line', good().slice(0, 200), 'LINE_NOT_JSON'],
  ]
  const body = [good(), ...lines.flatMap(([, line]) => [line, good()])].join('\n')
  const { status, answer } = await send(body)
  assert.equal(status, 200)
  const told = new Map(answer.errors.map((error: { line: number; code: string }) => [error.line, error.code]))
  for (const [index, [what, , code]] of lines.entries()) assert.equal(told.get(2 * index + 2), code, what)
  assert.equal(answer.accepted, lines.length + 1)
  assert.equal(await count(), lines.length + 1)
})

test('a wrong type in any field is refused by the name of the field', async (t) => {
  const { send, count } = await build(t)
  const names = Object.keys(Measurement.properties)
  const lines = names.map((name) => JSON.stringify({ ...aMeasurement(), [name]: { wrong: true } }))
  const { answer } = await send(lines.join('\n'))
  assert.equal(answer.accepted, 0)
  for (const [index, name] of names.entries()) {
    const { code, message } = answer.errors[index]
    assert.equal(code, 'SCHEMA_VIOLATION', name)
    assert.ok(message.includes(name) || name === 'stall_ms_by_policy', `${name}: ${message}`)
  }
  assert.equal(await count(), 0)
})

test('-0, BOM, CRLF and a duplicate id are what they are', async (t) => {
  const { send, count } = await build(t)
  const twice = aMeasurement()
  const lines = [withField('stall_ms', '-0'), JSON.stringify(twice), JSON.stringify(twice), '', '   ', good()]
  const { status, answer } = await send(`\uFEFF${lines.join('\r\n')}\r\n`)
  assert.equal(status, 200)
  assert.deepEqual(
    answer.errors.map(({ line, code }: { line: number; code: string }) => [line, code]),
    [[3, 'CONTRADICTION']],
  )
  assert.equal(await count(), 3)
})

test('bodies that are no batch have codes, and memory stays where it was', {
  timeout: 120_000,
}, async (t) => {
  const { port, send, count, rss } = await build(t)
  await send(good())
  const before = rss()
  const sound = gzipSync(good())
  const zstd = { 'content-encoding': 'zstd' }
  const gzip = { 'content-encoding': 'gzip' }
  const cases: readonly (readonly [
    what: string,
    body: Buffer,
    headers: Record<string, string>,
    code: string,
  ])[] = [
    ['1 GB of zeros in gzip', await bomb(createGzip()), gzip, 'BODY_TOO_LARGE'],
    ['1 GB of zeros in zstd', await bomb(createZstdCompress()), zstd, 'BODY_TOO_LARGE'],
    ['gzip that is cut', sound.subarray(0, sound.length - 20), gzip, 'BODY_NOT_DECODABLE'],
    ['zstd that is gzip', sound, zstd, 'BODY_NOT_DECODABLE'],
    ['an encoding nobody knows', sound, { 'content-encoding': 'br' }, 'UNSUPPORTED_ENCODING'],
    ['spaces', Buffer.alloc(MB, ' '), {}, 'BODY_NOT_JSON'],
    ['a million empty lines', Buffer.alloc(MB, '\n'), {}, 'BODY_NOT_JSON'],
    ['10,001 lines of garbage', Buffer.from('x\n'.repeat(10_001)), {}, 'BODY_NOT_JSON'],
    ['30 million lines of garbage', gzipSync('x\n'.repeat(30 * MB)), gzip, 'BATCH_TOO_LONG'],
    ['100,001 lines', gzipSync('{}\n'.repeat(100_001)), gzip, 'BATCH_TOO_LONG'],
  ]
  for (const [what, body, headers, code] of cases) {
    const { answer } = await send(body, headers)
    assert.equal(answer.code, code, what)
  }
  assert.equal((await send(nested(MB))).answer.rejected, 1, 'an array of one array, a million deep')
  const two = Buffer.concat([gzipSync(`${good()}\n`), gzipSync(good())])
  assert.equal((await send(two, gzip)).answer.accepted, 2, 'members of gzip make one body')
  assert.equal((await send(zstdCompressSync(good()), zstd)).answer.accepted, 1)
  await cutOff(port)
  assert.equal(await count(), 4)
  const grown = rss() - before
  t.diagnostic(`${Math.round(before)} MB before, ${Math.round(grown)} MB more after`)
  // A batch may have 64 MiB and is in memory once encoded, once decoded.
  assert.ok(grown < 400, `grew by ${grown} MB`)
})

async function bomb(encoder: ReturnType<typeof createGzip>): Promise<Buffer> {
  const chunks: Buffer[] = []
  encoder.on('data', (chunk) => chunks.push(chunk))
  await pipeline(Readable.from(Array(1_000).fill(Buffer.alloc(MB))), encoder)
  return Buffer.concat(chunks)
}

/** Says it sends 1,000 bytes, sends ten and hangs up. */
async function cutOff(port: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-length': 1_000, 'idempotency-key': uuidv7() }
  const sent = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v1/measurements', headers })
  sent.on('error', () => resolve())
  sent.write('0123456789', () => setTimeout(() => sent.destroy(new Error('cut')), 50))
  await promise
}
