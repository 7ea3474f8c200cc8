import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { FailureCode, Format } from '@streamgauge/contract'
import { makeCertificate } from '../../support/certificate.ts'
import { WAYS } from '../../support/fault_script.ts'
import { flvHeader, flvTag } from '../../support/flv.ts'
import { runApart } from '../../support/memory.ts'
import { field, flood, frame, onRequest, onStream, rawServer } from '../../support/raw.ts'
import { runOf } from '../../support/run.ts'
import { type Answer, serveScript } from '../../support/server.ts'

const certificate = await makeCertificate()
const PLAYLIST = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n0.ts\n'
/** Valid FLV, a picture of 250 kB that is no key frame: nothing to play, however much of it comes. */
const FILLER = flvTag(9, 0, Buffer.alloc(250_000, 0x27))
const DEADLINE_MS = 3_000

const answers: readonly (readonly [string, Format, (answer: Answer) => void, FailureCode])[] = [
  ['a playlist of ten million lines', 'hls', (a) => pour(a, PLAYLIST.repeat(2_500), 1_000), 'MEDIA_INVALID'],
  // Nothing said that it would be understood.
  [
    'a playlist in gzip',
    'hls',
    (a) => whole(a, gzipSync(PLAYLIST), { 'content-encoding': 'gzip' }),
    'MEDIA_INVALID',
  ],
  ['a web page for a playlist', 'hls', (a) => whole(a, '<!doctype html><html></html>'), 'MEDIA_INVALID'],
]

describe('more than anybody asked for', { concurrency: 2 }, () => {
  for (const way of WAYS) {
    const name = `HTTP/${way.http_version}`
    const targetAt = (port: number, format: Format) => ({
      ...{ ...way, format, ca_pem: certificate.cert, url: `https://127.0.0.1:${port}/live` },
    })

    for (const [what, format, answer, code] of answers) {
      test(`${name}: ${what} is ${code}, long before the deadline`, async (t) => {
        const server = await serveScript(t, (_, a) => answer(a), { certificate })
        const m = await runOf(targetAt(server.port, format), { duration_ms: 10_000 })
        assert.deepEqual([m.failure_code, m.failure_source], [code, 'target'])
        // The limit of a playlist is 1 MiB; what comes in one piece with it is still counted.
        assert.ok(m.bytes !== null && m.bytes < 2 * 1024 * 1024, `${m.bytes} bytes`)
        assert.ok(m.wall_ms < 10_000)
      })
    }

    test(`${name}: filler at full speed is MEDIA_EMPTY at the deadline, and is not kept`, async (t) => {
      const server = await serveScript(
        t,
        (_, answer) => {
          answer.write(flvHeader())
          pour(answer, FILLER, Number.POSITIVE_INFINITY)
        },
        { certificate },
      )
      const { m, growth_mb } = await runApart(t, targetAt(server.port, 'flv'), DEADLINE_MS)
      t.diagnostic(`${Math.round((m.bytes ?? 0) / 1e6)} MB came, ${Math.round(growth_mb)} MB more in memory`)
      assert.deepEqual([m.failure_code, m.http_status], ['MEDIA_EMPTY', 200])
      assert.ok(m.wall_ms < DEADLINE_MS + 1_000, `${m.wall_ms} ms`)
      assert.ok(growth_mb < 160, `${growth_mb} MB`)
    })
  }

  const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(1_000)
  const frames = Buffer.concat(
    Array.from({ length: 1_000 }, () => frame('headers', 4, 1, field(':status', '103'))),
  )
  for (const http_version of ['1.1', '2'] as const) {
    test(`HTTP/${http_version}: interim answers without end come to nothing in time, and are not kept`, async (t) => {
      const port =
        http_version === '2'
          ? await rawServer(
              t,
              onStream((s) => flood(s, frames)),
              { certificate, alpn: 'h2' },
            )
          : await rawServer(
              t,
              onRequest((s) => flood(s, hints)),
            )
      const url = `${http_version === '2' ? 'https' : 'http'}://127.0.0.1:${port}/live.flv`
      const { m, growth_mb } = await runApart(t, { url, http_version, ca_pem: certificate.cert }, 2_000)
      // Node resets an HTTP/2 stream whose unread heads fill the session's memory first.
      const codes = http_version === '2' ? ['TIMEOUT', 'RESET'] : ['TIMEOUT']
      assert.ok(codes.includes(m.failure_code ?? ''), `${m.failure_code}`)
      assert.deepEqual([m.failure_source, m.http_status], ['target', null])
      assert.ok(m.wall_ms < 3_000, `${m.wall_ms} ms`)
      assert.ok(growth_mb < 100, `${growth_mb} MB`)
    })
  }

  for (const way of WAYS.slice(0, 2)) {
    test(`HTTP/${way.http_version}: five thousand headers, or a Location of 1 MB, are HTTP_PROTOCOL`, async (t) => {
      const server = await serveScript(
        t,
        (path, answer) => {
          if (path === '/moved') whole(answer, '', { location: `/${'a'.repeat(1_000_000)}` }, 302)
          else
            whole(
              answer,
              'x',
              Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`x-${i}`, 'y'.repeat(50)])),
            )
        },
        { certificate },
      )
      for (const path of ['/moved', '/live.flv']) {
        const url = `https://127.0.0.1:${server.port}${path}`
        const m = await runOf({ url, ...way, ca_pem: certificate.cert })
        assert.deepEqual([m.failure_code, m.failure_source, m.http_status], ['HTTP_PROTOCOL', 'target', null])
      }
    })
  }
})

/** Writes the same bytes again and again as fast as they are taken, `count` times or until the client is gone. */
function pour(answer: Answer, bytes: Uint8Array | string, count: number): void {
  let left = count
  let gone = false
  answer.onGone(() => {
    gone = true
  })
  const next = () => {
    if (gone || left-- <= 0) return
    if (answer.write(bytes)) setImmediate(next)
    else answer.onDrain(() => setImmediate(next))
  }
  next()
}

function whole(
  answer: Answer,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
  status = 200,
): void {
  answer.status(status)
  for (const [name, value] of Object.entries(headers)) answer.header(name, value)
  answer.write(body)
  answer.end()
}
