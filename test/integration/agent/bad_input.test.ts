import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, test } from 'node:test'
import { createQuicServer } from '@currentspace/http3'
import type { FailureCode, FailureSource } from '@streamgauge/contract'
import { makeCertificate } from '../../support/certificate.ts'
import { flvHeader, flvTag, joined, videoTag } from '../../support/flv.ts'
import { field, flood, frame, onRequest, onStream, rawServer, STATUS_200 } from '../../support/raw.ts'
import { runOf } from '../../support/run.ts'

const certificate = await makeCertificate()
const RUN_MS = 1_500

type Case = readonly [
  what: string,
  talk: (socket: Socket) => void,
  code: FailureCode,
  source: FailureSource,
  status?: number,
]

const OK = 'HTTP/1.1 200 OK\r\n'

/** Answers to one request in HTTP/1.1, cleartext. */
const overHttp1: readonly Case[] = [
  ['silence', () => {}, 'TIMEOUT', 'target'],
  ['a byte now and then', (s) => drip(s, OK), 'TIMEOUT', 'target'],
  [
    '100 MB of headers',
    (s) => flood(s, `${OK}${`x: ${'y'.repeat(60_000)}\r\n`}`, 1_600),
    'HTTP_PROTOCOL',
    'target',
  ],
  ['a status line without end', (s) => flood(s, 'HTTP/1.1 200 '.repeat(5_000)), 'HTTP_PROTOCOL', 'target'],
  ['the banner of SSH', (s) => void s.write('SSH-2.0-OpenSSH_9.2\r\n'), 'HTTP_PROTOCOL', 'target'],
  ['a status below 100', (s) => void s.write('HTTP/1.1 099 No\r\n\r\n'), 'HTTP_PROTOCOL', 'target'],
  ['a status nobody knows', (s) => void s.write('HTTP/1.1 999 No\r\n\r\n'), 'HTTP_STATUS', 'target', 999],
  ['another protocol', (s) => void s.write(upgrade), 'HTTP_PROTOCOL', 'target'],
  [
    'a Location of 1 MB',
    (s) => void s.write(movedTo(`/${'a'.repeat(1_000_000)}`)),
    'HTTP_PROTOCOL',
    'target',
  ],
  [
    'two lengths',
    (s) => void s.write(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nFLV`),
    'HTTP_PROTOCOL',
    'target',
  ],
  [
    'fewer bytes than announced',
    (s) => void s.end(`${OK}content-length: 99\r\n\r\nFLV`),
    'RESET',
    'path',
    200,
  ],
  ['more bytes than announced', (s) => more(s, 20), 'HTTP_PROTOCOL', 'target', 200],
  ['chunks that are none', (s) => void s.write(`${chunked}zzzz\r\nFLV`), 'HTTP_PROTOCOL', 'target', 200],
  [
    'a chunk extension without end',
    (s) => flood(s, `${chunked}5;${'a'.repeat(60_000)}`),
    'HTTP_PROTOCOL',
    'target',
    200,
  ],
  ['a connection that is closed at once', (s) => void s.destroy(), 'RESET', 'path'],
  ['an FLV tag that claims 16 MB', (s) => flv(s, Buffer.from(hugeTag)), 'MEDIA_INVALID', 'target', 200],
  ['FLV without a key frame', (s) => flv(s, delta), 'MEDIA_EMPTY', 'target', 200],
]

/** Answers to the request on stream 1 in HTTP/2, frame by frame. */
const overHttp2: readonly Case[] = [
  ['silence', () => {}, 'TIMEOUT', 'target'],
  ['HTTP/1.1', (s) => void s.write(`${OK}\r\n`), 'HTTP_PROTOCOL', 'target'],
  ['GOAWAY with an error', (s) => void s.write(goaway(2)), 'RESET', 'target'],
  ['GOAWAY without an error', (s) => void s.write(goaway(0)), 'RESET', 'target'],
  ['a reset', (s) => void s.write(reset(2)), 'RESET', 'target'],
  ['a reset without an error', (s) => void s.write(reset(0)), 'RESET', 'target'],
  [
    'a flood of PING',
    (s) => flood(s, many(1_000, frame('ping', 0, 0, Buffer.alloc(8)))),
    'HTTP_PROTOCOL',
    'target',
  ],
  [
    'a flood of SETTINGS',
    (s) => flood(s, many(1_000, frame('settings', 0, 0, none))),
    'HTTP_PROTOCOL',
    'target',
  ],
  ['a flood of empty DATA', (s) => flood(s, emptyData), 'HTTP_PROTOCOL', 'target', 200],
  // Node refuses these by resetting the stream, which looks no different from a server that did.
  [
    'CONTINUATION without end',
    (s) => endless(s, many(100, field('x-a', 'b'.repeat(100)))),
    'RESET',
    'target',
  ],
  ['500 headers', (s) => void s.write(headers(STATUS_200, many(500, field('x-a', 'b')))), 'RESET', 'target'],
  ['empty CONTINUATION without end', (s) => endless(s, none), 'HTTP_PROTOCOL', 'target'],
  ['a head without a status', (s) => void s.write(headers(field('x', 'y'))), 'HTTP_PROTOCOL', 'target'],
  ['a status below 100', (s) => void s.write(headers(field(':status', '099'))), 'HTTP_PROTOCOL', 'target'],
  [
    'a body without a head',
    (s) => void s.write(frame('data', 0, 1, Buffer.alloc(9))),
    'HTTP_PROTOCOL',
    'target',
  ],
  ['a frame that is too big', (s) => void s.write(tooBig), 'HTTP_PROTOCOL', 'target', 200],
  ['more bytes than announced', (s) => void s.write(tooLong), 'HTTP_PROTOCOL', 'target', 200],
  ['a connection that is closed at once', (s) => void s.destroy(), 'RESET', 'path'],
]

describe('what no server should send', { concurrency: 4 }, () => {
  for (const [what, talk, code, source, status = null] of overHttp1) {
    test(`HTTP/1.1: ${what} is ${code}`, async (t) => {
      const port = await rawServer(t, onRequest(talk))
      const url = `http://127.0.0.1:${port}/live.flv`
      const m = await runOf({ url }, { duration_ms: RUN_MS })
      assert.deepEqual([m.failure_code, m.failure_source, m.http_status], [code, source, status])
      assert.ok(m.wall_ms < RUN_MS + 1_000, `${m.wall_ms} ms`)
    })
  }
  for (const [what, talk, code, source, status = null] of overHttp2) {
    test(`HTTP/2: ${what} is ${code}`, async (t) => {
      const port = await rawServer(t, onStream(talk), { certificate, alpn: 'h2' })
      const url = `https://127.0.0.1:${port}/live.flv`
      const target = { url, http_version: '2', ca_pem: certificate.cert } as const
      const m = await runOf(target, { duration_ms: RUN_MS })
      assert.deepEqual([m.failure_code, m.failure_source, m.http_status], [code, source, status])
      assert.ok(m.wall_ms < RUN_MS + 1_000, `${m.wall_ms} ms`)
    })
  }

  test('a TLS alert instead of a handshake is TLS_FAILED', async (t) => {
    // Fatal, handshake_failure: RFC 8446 §6.
    const port = await rawServer(
      t,
      onRequest((s) => void s.write(Buffer.from([21, 3, 3, 0, 2, 2, 40]))),
    )
    const m = await runOf({ url: `https://127.0.0.1:${port}/live.flv` }, { duration_ms: RUN_MS })
    assert.deepEqual([m.failure_code, m.failure_source, m.tls_ms], ['TLS_FAILED', 'target', null])
  })

  test('a QUIC server that ends the handshake is believed: without HTTP/3 it is TLS_ALPN, not UDP_BLOCKED', async (t) => {
    const server = createQuicServer({ ...certificate, alpn: ['hq-interop'], disableRetry: true })
    const { port } = await server.listen(0, '127.0.0.1')
    t.after(() => server.close())
    const target = { url: `https://localhost:${port}/`, transport: 'quic', ca_pem: certificate.cert } as const
    const m = await runOf(target, { kind: 'connect', duration_ms: 4_000 })
    assert.deepEqual([m.failure_code, m.failure_source, m.handshake_ms], ['TLS_ALPN', 'target', null])
  })
})

const none = Buffer.alloc(0)
const chunked = `${OK}transfer-encoding: chunked\r\n\r\n`
const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nFLV'
/** Video, 0xffffff bytes, at 0. */
const hugeTag = [9, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x17, 1, 0, 0, 0]
const delta = joined([videoTag(0, false), videoTag(40, false), flvTag(18, 0, [2, 0, 0])])
const many = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes))
const movedTo = (location: string) => `HTTP/1.1 302 Found\r\nlocation: ${location}\r\n\r\n`
const headers = (...fields: Buffer[]) => frame('headers', END_HEADERS, 1, Buffer.concat(fields))
const goaway = (code: number) => frame('goaway', 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, code]))
const reset = (code: number) => frame('rst_stream', 0, 1, Buffer.from([0, 0, 0, code]))
const END_HEADERS = 4
const END_STREAM = 1
const emptyData = Buffer.concat([headers(STATUS_200), many(1_000, frame('data', 0, 1, none))])
/** One byte more than fits (RFC 9113 §4.2). */
const tooBig = Buffer.concat([headers(STATUS_200), frame('data', 0, 1, Buffer.alloc(16_385))])
const tooLong = Buffer.concat([
  headers(STATUS_200, field('content-length', '5')),
  frame('data', END_STREAM, 1, Buffer.alloc(100)),
])

function drip(socket: Socket, text: string): void {
  let sent = 0
  const timer = setInterval(() => socket.write(text[sent++] ?? ''), 300)
  socket.once('close', () => clearInterval(timer))
}

/** Announces so many bytes and sends more. */
function more(socket: Socket, announced: number): void {
  socket.write(`${OK}content-length: ${announced}\r\n\r\n`)
  socket.write(joined([flvHeader(), videoTag(0, true)]))
}

function flv(socket: Socket, tags: Uint8Array): void {
  socket.write(`${OK}\r\n`)
  socket.write(flvHeader())
  socket.write(tags)
}

function endless(socket: Socket, block: Buffer): void {
  socket.write(frame('headers', 0, 1, STATUS_200))
  flood(
    socket,
    block.length > 0 ? frame('continuation', 0, 1, block) : many(1_000, frame('continuation', 0, 1, none)),
  )
}
