import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type TestContext, test } from 'node:test'
import { probe } from '@streamgauge/agent/probe/run.ts'
import type { Measurement } from '@streamgauge/contract'
import { makeCertificate } from '../../support/certificate.ts'
import { aTarget } from '../../support/measurement.ts'
import { serveScript } from '../../support/server.ts'

/** Two seconds of MPEG-TS, made by ffmpeg. */
const SEGMENT = readFileSync(new URL('../../fixtures/media/avc_aac.mpegts', import.meta.url))

const RUN = {
  agent_id: 'agent-1',
  kind: 'stream',
  policy: { start_ms: 1_000, resume_ms: 1_000 },
  pair: null,
} as const

/** Files by path; a number is a status. Whoever asks for anything else gets 404. */
type Site = (path: string) => string | Uint8Array | number | undefined

async function pull(
  t: TestContext,
  site: Site,
  duration_ms = 1_500,
): Promise<{ m: Measurement; asked: string[] }> {
  const asked: string[] = []
  const server = await serveScript(t, (path, answer) => {
    asked.push(path)
    const file = site(path) ?? 404
    if (typeof file === 'number') answer.status(file)
    else answer.write(file)
    answer.end()
  })
  const url = `https://127.0.0.1:${server.port}/live/test.m3u8`
  const target = aTarget({ url, format: 'hls', ca_pem: server.certificate.cert })
  const m = await probe(target, { ...RUN, duration_ms })
  return { m, asked }
}

const playlist = (first: number, count: number, extra = '') =>
  [
    '#EXTM3U',
    '#EXT-X-VERSION:3',
    '#EXT-X-TARGETDURATION:2',
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    extra,
    ...Array.from({ length: count }, (_, i) => `#EXTINF:2.000,\n${first + i}.ts`),
  ].join('\n')

const segments: Site = (path) => (/^\/live\/\d+\.ts$/.test(path) ? SEGMENT : undefined)

test('playback begins three segments from the end, and each segment is pulled once', async (t) => {
  // The second look comes a target duration, two seconds, after the first.
  const { m, asked } = await pull(
    t,
    (path) => (path.endsWith('.m3u8') ? playlist(10, 6) : segments(path)),
    3_000,
  )
  assert.equal(m.failure_code, null)
  assert.deepEqual(
    asked.filter((path) => path.endsWith('.ts')),
    ['/live/13.ts', '/live/14.ts', '/live/15.ts'],
  )
  assert.ok(
    asked.filter((path) => path.endsWith('.m3u8')).length >= 2,
    'an unchanged playlist is asked for again',
  )
})

test('a master playlist leads to its first variant', async (t) => {
  const master =
    '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nlow.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=9000\nhigh.m3u8\n'
  const { m, asked } = await pull(t, (path) =>
    path === '/live/test.m3u8' ? master : path.endsWith('.m3u8') ? playlist(0, 3) : segments(path),
  )
  assert.equal(m.failure_code, null)
  assert.ok(asked.includes('/live/low.m3u8') && !asked.includes('/live/high.m3u8'))
})

test('the window slides: what is new is pulled, what is gone is skipped', async (t) => {
  let asks = 0
  const { asked } = await pull(
    t,
    (path) => (path.endsWith('.m3u8') ? playlist(asks++ === 0 ? 0 : 10, 3) : segments(path)),
    3_500,
  )
  const pulled = asked.filter((path) => path.endsWith('.ts'))
  assert.deepEqual(pulled, [
    '/live/0.ts',
    '/live/1.ts',
    '/live/2.ts',
    '/live/10.ts',
    '/live/11.ts',
    '/live/12.ts',
  ])
})

for (const [what, site, code, source] of [
  ['a playlist that is not there', () => 404, 'HTTP_STATUS', 'target'],
  ['a playlist that is none', () => '<html>gone</html>', 'MEDIA_INVALID', 'target'],
  ['an empty playlist', () => '', 'MEDIA_EMPTY', 'target'],
  [
    'a playlist without end',
    () => `#EXTM3U\n${'#EXTINF:2,\nx.ts\n'.repeat(100_000)}`,
    'MEDIA_INVALID',
    'target',
  ],
  [
    'a first segment that is not there',
    (p) => (p.endsWith('.m3u8') ? playlist(0, 3) : 404),
    'HTTP_STATUS',
    'target',
  ],
  [
    'a segment that is not MPEG-TS',
    (p) => (p.endsWith('.m3u8') ? playlist(0, 3) : 'x'.repeat(500)),
    'MEDIA_INVALID',
    'target',
  ],
  [
    'a segment cut inside a packet',
    (p) => (p.endsWith('.m3u8') ? playlist(0, 3) : SEGMENT.subarray(0, 1_000)),
    'MEDIA_INVALID',
    'target',
  ],
  [
    'encrypted segments',
    (p) => (p.endsWith('.m3u8') ? playlist(0, 3, '#EXT-X-KEY:METHOD=AES-128,URI="key"') : segments(p)),
    'MEDIA_INVALID',
    'target',
  ],
  [
    'a playlist that leads to no web address',
    (p) =>
      p.endsWith('.m3u8')
        ? '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nftp://127.0.0.1/0.ts\n'
        : undefined,
    'MEDIA_INVALID',
    'target',
  ],
  [
    'a master playlist that leads to itself',
    () => '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ntest.m3u8\n',
    'MEDIA_INVALID',
    'target',
  ],
  [
    'packed audio',
    (p) => (p.endsWith('.m3u8') ? playlist(0, 3) : Uint8Array.of(0xff, 0xf1, ...new Uint8Array(200))),
    'MEDIA_INVALID',
    'target',
  ],
  [
    'a live stream that ends',
    (p) => (p.endsWith('.m3u8') ? `${playlist(0, 3)}\n#EXT-X-ENDLIST\n` : segments(p)),
    'STALLED_OUT',
    'target',
  ],
] as const satisfies readonly (readonly [string, Site, string, string])[]) {
  test(`${what} is ${code}`, async (t) => {
    const { m } = await pull(t, site)
    assert.deepEqual([m.failure_code, m.failure_source], [code, source])
  })
}

test('listed segments that are gone, one or two in a row, are skipped', async (t) => {
  const some = await pull(t, (path) =>
    path.endsWith('.m3u8') ? playlist(0, 3) : path.endsWith('/1.ts') ? 404 : segments(path),
  )
  assert.equal(some.m.failure_code, null)
  const all = await pull(t, (path) =>
    path.endsWith('.m3u8') ? playlist(0, 6) : path.endsWith('/3.ts') ? SEGMENT : 404,
  )
  // 3 is there; 4 and 5 are not, and then nothing new is listed: the run plays what it has.
  assert.equal(all.m.failure_code, null)
})

test('a server that ends the connection after every answer is connected to again; one that keeps it is not', async (t) => {
  const certificate = await makeCertificate()
  for (const ends of [true, false]) {
    let connections = 0
    let requests = 0
    const server = createServer(certificate, (request, response) => {
      requests++
      if (ends) response.setHeader('connection', 'close')
      response.end(request.url?.endsWith('.m3u8') ? playlist(0, 3) : SEGMENT)
    })
    server.on('secureConnection', () => connections++)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => {
      server.close()
      server.closeAllConnections()
    })
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const url = `https://127.0.0.1:${port}/live/test.m3u8`
    const target = aTarget({ url, format: 'hls', http_version: '1.1', ca_pem: certificate.cert })
    const m = await probe(target, { ...RUN, duration_ms: 1_500 })
    assert.equal(m.failure_code, null)
    assert.equal(connections, ends ? requests : 1)
    assert.ok(requests >= 4, 'a playlist and three segments')
  }
})
