import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as requestClear } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { serverCertificate } from '@streamgauge/agent/origin/certificate.ts'
import { probe } from '@streamgauge/agent/probe/run.ts'
import { aTarget } from '../../support/measurement.ts'
import { anOrigin } from '../../support/origin.ts'
import { needs, tool } from '../../support/tool.ts'

const WAYS = [
  { transport: 'tcp', http_version: '1.1' },
  { transport: 'tcp', http_version: '2' },
  { transport: 'quic', http_version: '3' },
] as const

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'origin-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** GET over HTTP/1.1; the body is not read unless asked for. */
function get(
  origin: { port: number; ca_pem: string },
  path: string,
  method = 'GET',
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: origin.port, path, method, ca: origin.ca_pem, agent: false },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (bytes: Buffer) => parts.push(bytes))
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(parts).toString(),
          }),
        )
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

test('FLV and HLS play over HTTP/1.1, HTTP/2 and HTTP/3 of one port, at the nominal bitrate', async (t) => {
  const origin = await anOrigin(t)
  const runs = WAYS.flatMap((way) =>
    (['flv', 'hls'] as const).map(async (format) => {
      const path = format === 'flv' ? '/live/test.flv' : '/live/test.m3u8'
      const url = `https://127.0.0.1:${origin.port}${path}`
      return await probe(aTarget({ ...way, format, url, ca_pem: origin.ca_pem }), {
        agent_id: 'agent-1',
        kind: 'stream',
        duration_ms: 6_000,
        policy: { start_ms: 1_000, resume_ms: 1_000 },
        pair: null,
      })
    }),
  )
  for (const m of await Promise.all(runs)) {
    const what = `${m.format} over HTTP/${m.http_version}`
    assert.equal(m.failure_code, null, what)
    assert.ok((m.played_ms ?? 0) > 4_000, `${what} played ${m.played_ms} ms`)
    assert.equal(m.stall_ms, 0, what)
    // An FLV viewer gets the group of pictures under way at once and then real time: never less, at most a GOP more.
    if (m.format === 'flv')
      assert.ok((m.media_ms ?? 0) > 5_500 && (m.media_ms ?? 0) < 8_200, `${what} ${m.media_ms} ms`)
    // Key frames weigh more than the rest, so a cut in mid-GOP is not exactly the mean.
    assert.ok(
      Math.abs((m.media_bitrate_bps ?? 0) / 2_000_000 - 1) < 0.1,
      `${what} ${m.media_bitrate_bps} bit/s`,
    )
    if (m.format === 'hls')
      assert.ok(m.live_latency_ms && m.live_latency_ms > 2_000 && m.live_latency_ms < 14_000)
  }
})

test('ffprobe finds H.264 and AAC in both, and ffmpeg decodes both without a word', async (t) => {
  if (!needs(t, 'ffprobe')) return
  const origin = await anOrigin(t)
  for (const path of ['test.flv', 'test.m3u8']) {
    const url = `https://127.0.0.1:${origin.port}/live/${path}`
    const trust = ['-tls_verify', '1', '-ca_file', origin.ca_file]
    const probed = await tool('ffprobe', [
      '-v',
      'error',
      ...trust,
      '-show_entries',
      'stream=codec_name',
      '-of',
      'csv=p=0',
      url,
    ])
    assert.deepEqual([...new Set(probed.stdout.trim().split(/\s+/))].sort(), ['aac', 'h264'], path)
    const decoded = await tool('ffmpeg', [
      '-v',
      'warning',
      ...trust,
      '-i',
      url,
      '-t',
      '10',
      '-f',
      'null',
      '-',
    ])
    assert.equal(decoded.stderr, '', path)
  }
})

test('timestamps go on over the seam of the loop', async (t) => {
  const origin = await anOrigin(t)
  const playlist = await get(origin, '/live/test.m3u8')
  const segments = playlist.text.split('\n').filter((line) => line.endsWith('.ts'))
  // Six segments of two seconds: longer than the clip.
  assert.equal(segments.length, 6)
  if (!needs(t, 'ffprobe') || !needs(t, 'curl')) return
  const folder = folderFor(t)
  const file = join(folder, 'all.ts')
  const url = `https://127.0.0.1:${origin.port}/live/`
  const bodies: Buffer[] = []
  for (const segment of segments) {
    const { stdout } = await tool('curl', [
      '-s',
      '--cacert',
      origin.ca_file,
      '-o',
      `${folder}/one.ts`,
      url + segment,
    ])
    assert.equal(stdout, '')
    bodies.push(readFileSync(`${folder}/one.ts`))
  }
  writeFileSync(file, Buffer.concat(bodies))
  for (const [track, step] of [
    ['v', 40],
    ['a', 1_024 / 48],
  ] as const) {
    const { stdout } = await tool('ffprobe', [
      '-v',
      'error',
      '-select_streams',
      track,
      '-show_entries',
      'packet=dts_time',
      '-of',
      'csv=p=0',
      file,
    ])
    const times = stdout
      .split('\n')
      .map((line) => Number.parseFloat(line))
      .filter(Number.isFinite)
    assert.ok(times.length >= 12_000 / step - 1, `${times.length} frames`)
    for (let i = 1; i < times.length; i++) {
      const gap = ((times[i] ?? 0) - (times[i - 1] ?? 0)) * 1_000
      assert.ok(Math.abs(gap - step) < 0.1, `${track} frame ${i} after ${gap} ms`)
    }
  }
})

test('what is not there is 404, what is not GET is 405, and both say so', async (t) => {
  const origin = await anOrigin(t)
  for (const path of [
    '/live/other.flv',
    '/live/test/999999.ts',
    '/live/test/..%2f',
    '/favicon.ico',
    '/live/__proto__.flv',
  ])
    assert.equal((await get(origin, path)).status, 404, path)
  const post = await get(origin, '/live/test.flv', 'POST')
  assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD, OPTIONS'])
  const preflight = await get(origin, '/live/test.flv', 'OPTIONS')
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [204, '*'])
  const head = await get(origin, '/live/test.flv', 'HEAD')
  assert.deepEqual([head.status, head.headers['content-type'], head.text], [200, 'video/x-flv', ''])
  assert.match(String(head.headers['alt-svc']), new RegExp(`^h3=":${origin.port}"`))
})

test('the certificate is kept, made again for new names under the same authority, and its keys are private', async (t) => {
  const folder = folderFor(t)
  const first = await serverCertificate(folder, [])
  const again = await serverCertificate(folder, [])
  assert.equal(again.cert, first.cert)
  const renamed = await serverCertificate(folder, ['origin.example'])
  assert.notEqual(renamed.cert, first.cert)
  assert.equal(renamed.ca, first.ca)
  for (const key of ['key.pem', 'ca.key']) assert.equal(statSync(join(folder, key)).mode & 0o777, 0o600, key)
})

test('TCP congestion control is what was asked for', async (t) => {
  if (process.platform !== 'linux') return t.skip('TCP_CONGESTION is Linux')
  if (!needs(t, 'ss')) return
  const allowed = readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8').split(/\s+/)
  for (const congestion of ['cubic', 'bbr'] as const) {
    if (!allowed.includes(congestion)) continue
    const origin = await anOrigin(t, { congestion, http_port: 0 })
    for (const [ask, port] of [
      [request, origin.port],
      [requestClear, origin.http_port],
    ] as const) {
      const asked = ask({ host: '127.0.0.1', port, path: '/live/test.flv', ca: origin.ca_pem, agent: false })
      asked.on('error', () => {})
      asked.end()
      const [answer] = await once(asked, 'response')
      answer.resume()
      const { stdout } = await tool('ss', ['-tinH', 'state', 'established', `sport = :${port}`])
      assert.match(stdout, new RegExp(`\\b${congestion}\\b`))
      asked.destroy()
    }
  }
})
