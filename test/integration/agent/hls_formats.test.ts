import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type TestContext, test } from 'node:test'
import { pullHls } from '@streamgauge/agent/pull/hls.ts'
import type { HttpVersion } from '@streamgauge/contract'
import { makeCertificate } from '../../support/certificate.ts'
import { aTarget } from '../../support/measurement.ts'
import { type Pulled, pullWith } from '../../support/pull.ts'
import { serveScript } from '../../support/server.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/media/${name}`, import.meta.url))

/** Two seconds each, made by ffmpeg. */
const TS = fixture('avc_aac.mpegts')
const MP4 = fixture('avc_aac.fmp4')
/** Where ffmpeg's first and second fragment begin, a second each, and where an index of no use does. */
const FRAGMENTS = [1_277, 11_752, 22_794] as const
const INIT = MP4.subarray(0, FRAGMENTS[0])
const FIRST = MP4.subarray(FRAGMENTS[0], FRAGMENTS[1])
const SECOND = MP4.subarray(FRAGMENTS[1], FRAGMENTS[2])

const VERSIONS: readonly HttpVersion[] = ['1.1', '2', '3']

const playlist = (...lines: string[]) =>
  ['#EXTM3U', '#EXT-X-TARGETDURATION:2', ...lines, '#EXT-X-ENDLIST'].join('\n')

/** Pulls a stream that ends, so that everything in it is pulled. */
async function pull(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
  version: HttpVersion = '2',
): Promise<Pulled & { asked: string[] }> {
  const asked: string[] = []
  const server = await serveScript(t, (path, answer) => {
    asked.push(path)
    const file = files[path]
    if (file === undefined) answer.status(404)
    else answer.write(file)
    answer.end()
  })
  const target = aTarget({
    url: `https://127.0.0.1:${server.port}/test.m3u8`,
    format: 'hls',
    http_version: version,
    transport: version === '3' ? 'quic' : 'tcp',
    ca_pem: server.certificate.cert,
  })
  const pulled = await pullWith(pullHls, target, 5_000)
  return { ...pulled, asked }
}

function ended({ run, error }: Pulled, media_ms: number): void {
  assert.equal((error as { code?: string } | null)?.code, 'STALLED_OUT', String(error))
  // Sound ends up to two frames, 43 ms, before or after the picture.
  assert.ok(Math.abs(run.media_ms - media_ms) <= 45, `${run.media_ms} ms instead of ${media_ms}`)
}

for (const version of VERSIONS) {
  test(`fragmented MP4 over HTTP/${version}: the init segment once, then every segment once`, async (t) => {
    const lines = ['#EXT-X-MAP:URI="init.mp4"', '#EXTINF:1,\n0.m4s', '#EXTINF:1,\n1.m4s']
    const files = { '/test.m3u8': playlist(...lines), '/init.mp4': INIT, '/0.m4s': FIRST, '/1.m4s': SECOND }
    const pulled = await pull(t, files, version)
    ended(pulled, 2_000)
    assert.deepEqual(pulled.asked, ['/test.m3u8', '/init.mp4', '/0.m4s', '/1.m4s'])
  })

  test(`sound in a playlist of its own is pulled beside the pictures over HTTP/${version}`, async (t) => {
    const master =
      '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="a.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\nv.m3u8\n'
    const list = (name: string) =>
      playlist(`#EXT-X-MAP:URI="${name}.mp4"`, `#EXTINF:1,\n${name}0.m4s`, `#EXTINF:1,\n${name}1.m4s`)
    const files = {
      '/test.m3u8': master,
      ...{ '/v.m3u8': list('v'), '/v.mp4': INIT, '/v0.m4s': FIRST, '/v1.m4s': SECOND },
      ...{ '/a.m3u8': list('a'), '/a.mp4': INIT, '/a0.m4s': FIRST, '/a1.m4s': SECOND },
    }
    const pulled = await pull(t, files, version)
    ended(pulled, 2_000)
    assert.deepEqual(new Set(pulled.asked), new Set(Object.keys(files)))
    assert.equal(pulled.asked.length, Object.keys(files).length)
    // Without the second second of sound, only one second can be played, however many pictures there are.
    const { '/a1.m4s': _missing, ...rest } = files
    ended(await pull(t, rest, version), 1_000)
  })
}

test('discontinuities: clocks that start anew, another init segment and another container add up', async (t) => {
  const lines = [
    '#EXTINF:2,\n0.ts',
    '#EXT-X-DISCONTINUITY\n#EXTINF:2,\n1.ts',
    '#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="a.mp4"\n#EXTINF:2,\n2.m4s',
  ]
  const both = Buffer.concat([FIRST, SECOND])
  const pulled = await pull(t, {
    '/test.m3u8': playlist(...lines),
    ...{ '/0.ts': TS, '/1.ts': TS, '/a.mp4': INIT, '/2.m4s': both },
  })
  ended(pulled, 6_000)
  const again = await pull(t, {
    '/test.m3u8': playlist(
      '#EXT-X-MAP:URI="a.mp4"\n#EXTINF:2,\n0.m4s',
      '#EXT-X-DISCONTINUITY\n#EXTINF:2,\n1.m4s',
      '#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="b.mp4"\n#EXTINF:2,\n2.m4s',
    ),
    ...{ '/a.mp4': INIT, '/b.mp4': INIT, '/0.m4s': both, '/1.m4s': both, '/2.m4s': both },
  })
  ended(again, 6_000)
  assert.deepEqual(
    again.asked.filter((path) => path.endsWith('.mp4')),
    ['/a.mp4', '/b.mp4'],
  )
})

test('a segment marked as a gap is not asked for and is no media', async (t) => {
  const lines = ['#EXTINF:2,\n0.ts', '#EXT-X-GAP\n#EXTINF:2,\n1.ts', '#EXTINF:2,\n2.ts']
  const pulled = await pull(t, { '/test.m3u8': playlist(...lines), '/0.ts': TS, '/1.ts': TS, '/2.ts': TS })
  ended(pulled, 4_000)
  assert.ok(!pulled.asked.includes('/1.ts'))
})

test('the date of what is on screen is that of its own segment, not of one after a discontinuity to come', async (t) => {
  const date = (epoch: number) => `#EXT-X-PROGRAM-DATE-TIME:${new Date(epoch).toISOString()}`
  const lines = [
    `${date(1_000_000)}\n#EXTINF:2,\n0.ts`,
    `#EXT-X-DISCONTINUITY\n${date(99_000_000)}\n#EXTINF:2,\n1.ts`,
  ]
  const { run } = await pull(t, { '/test.m3u8': playlist(...lines), '/0.ts': TS, '/1.ts': TS })
  assert.deepEqual(run.madeAt, { media_ms: 0, epoch_ms: 1_000_000 })
})

for (const [what, lines, message] of [
  ['AES-128', ['#EXT-X-KEY:METHOD=AES-128,URI="k"', '#EXTINF:2,\n0.ts'], /encrypted with AES-128/],
  ['SAMPLE-AES', ['#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"', '#EXTINF:2,\n0.ts'], /encrypted with SAMPLE-AES/],
] as const) {
  test(`segments under ${what} are refused by that name, and not asked for`, async (t) => {
    const { error, asked } = await pull(t, { '/test.m3u8': playlist(...lines), '/0.ts': TS })
    assert.equal((error as { code?: string }).code, 'MEDIA_INVALID')
    assert.match(String(error), message)
    assert.deepEqual(asked, ['/test.m3u8'])
  })
}

test('byte ranges of one file, the init segment among them, are asked for as ranges', async (t) => {
  const certificate = await makeCertificate()
  const asked: (string | undefined)[] = []
  const lines = [
    `#EXT-X-MAP:URI="all.mp4",BYTERANGE="${FRAGMENTS[0]}"`,
    `#EXTINF:1,\n#EXT-X-BYTERANGE:${FIRST.length}@${FRAGMENTS[0]}\nall.mp4`,
    `#EXTINF:1,\n#EXT-X-BYTERANGE:${SECOND.length}\nall.mp4`,
  ]
  const server = createServer(certificate, (request, response) => {
    if (request.url === '/test.m3u8') return response.end(playlist(...lines))
    asked.push(request.headers.range)
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${MP4.length}` })
    return response.end(MP4.subarray(Number(from), Number(to) + 1))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const url = `https://127.0.0.1:${port}/test.m3u8`
  ended(await pullWith(pullHls, aTarget({ url, format: 'hls', ca_pem: certificate.cert }), 5_000), 2_000)
  assert.deepEqual(asked, ['bytes=0-1276', 'bytes=1277-11751', 'bytes=11752-22793'])
})

test('segments on another host are pulled from there, and what they name is relative to their playlist', async (t) => {
  const certificate = await makeCertificate()
  const asked: string[] = []
  const media = await serveScript(
    t,
    (path, answer) => {
      asked.push(path)
      if (path === '/cdn/live.m3u8') answer.write(playlist('#EXTINF:2,\nseg/0.ts'))
      else answer.write(TS)
      answer.end()
    },
    { certificate },
  )
  const master = await serveScript(
    t,
    (_path, answer) => {
      answer.write(`#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttps://127.0.0.1:${media.port}/cdn/live.m3u8\n`)
      answer.end()
    },
    { certificate },
  )
  for (const version of VERSIONS) {
    const url = `https://127.0.0.1:${master.port}/test.m3u8`
    const transport = version === '3' ? 'quic' : 'tcp'
    const target = aTarget({ url, format: 'hls', http_version: version, transport, ca_pem: certificate.cert })
    ended(await pullWith(pullHls, target, 5_000), 2_000)
    assert.deepEqual(asked.splice(0), ['/cdn/live.m3u8', '/cdn/seg/0.ts'])
  }
})
