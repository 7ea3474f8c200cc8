import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Target } from '@streamgauge/contract'
import { type Logged, loggedOf } from '../../support/access_log.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { liveHls } from '../../support/live_hls.ts'
import { freePorts, startNginx } from '../../support/nginx.ts'
import { fileOwner } from '../../support/owner.ts'
import { assertPlayed, runOf } from '../../support/run.ts'
import { needs, whereIs } from '../../support/tool.ts'

const own = await makeCertificate()
const [tls13 = 0, tls12 = 0, clear = 0] = await freePorts(3)
const owner = fileOwner()
let log: () => Logged[] = () => []

after(() => owner.end())
before(async () => {
  if (whereIs('ffmpeg') === null || whereIs('nginx') === null) return
  const { folder } = await liveHls(owner)
  const live = `location /live/ { alias ${folder}/; }`
  const tls = 'ssl_certificate own.crt; ssl_certificate_key own.key;'
  // The MD5 of nginx's own manual for secure_link_md5, without the client's address.
  const guard = `
    secure_link $arg_md5,$arg_expires;
    secure_link_md5 "$secure_link_expires$uri secret";
    if ($secure_link = "") { return 403; }
    if ($secure_link = "0") { return 410; }`
  const servers = `
    server {
      listen 127.0.0.1:${tls13} ssl http2; ssl_protocols TLSv1.3; ${tls} ${live}
      location = /guarded/live.m3u8 { ${guard} alias ${folder}/live.m3u8; }
      location /guarded/ { alias ${folder}/; }
      location /moved/ { return 302 /live/live.m3u8; }
      location /elsewhere/ { return 302 https://127.0.0.1:${tls12}/live/live.m3u8; }
    }
    server { listen 127.0.0.1:${tls12} ssl http2; ssl_protocols TLSv1.2; ${tls} ${live} }
    server { listen 127.0.0.1:${clear}; ${live} }`
  log = (await startNginx(owner, clear, servers, { own })).log
})

const targetAt = (port: number, run: string, overrides: Partial<Target> = {}): Partial<Target> => ({
  url: `${port === clear ? 'http' : 'https'}://127.0.0.1:${port}/live/live.m3u8`,
  format: 'hls',
  ca_pem: own.cert,
  headers: { 'x-run': run },
  ...overrides,
})

describe('nginx', { concurrency: true }, () => {
  for (const [port, http_version, tls_version, protocol] of [
    [tls13, '1.1', '1.3', 'HTTP/1.1'],
    [tls13, '2', '1.3', 'HTTP/2.0'],
    [tls12, '1.1', '1.2', 'HTTP/1.1'],
    [tls12, '2', '1.2', 'HTTP/2.0'],
    [clear, '1.1', null, 'HTTP/1.1'],
  ] as const) {
    const name = `${protocol} over ${tls_version === null ? 'TCP' : `TLS ${tls_version}`}`
    test(`${name}: plays, and its log has the same requests and bytes, by the run’s own id`, async (t) => {
      if (!needs(t, 'nginx') || !needs(t, 'ffmpeg')) return
      const m = await runOf(targetAt(port, name, { http_version, cmcd: true }))
      assertPlayed(m, http_version, tls_version !== null)
      assert.equal(m.stall_count, 0)
      assert.deepEqual([m.dns_ms, m.tls_version, m.redirect_count], [null, tls_version, 0])
      assert.equal(m.resumed, tls_version === null ? null : false)
      const lines = await loggedOf(log, name, 5)
      assert.deepEqual(
        new Set(lines.map((line) => `${line.protocol} ${line.status}`)),
        new Set([`${protocol} 200`]),
      )
      const segments = lines.filter((line) => line.path.endsWith('.ts'))
      assert.equal(new Set(segments.map((line) => line.path)).size, segments.length, 'each segment once')
      assert.ok(Math.abs((m.media_ms ?? 0) - segments.length * 1_000) < 100, `${m.media_ms}`)
      assert.equal(
        m.bytes,
        lines.reduce((sum, line) => sum + line.bytes, 0),
      )
      for (const line of lines)
        assert.ok(line.cmcd_session.includes(`sid="${m.measurement_id}"`), line.cmcd_session)
    })
  }

  test('a URL signed with the right key is served; with another it is 403, and unsigned too', async (t) => {
    if (!needs(t, 'nginx') || !needs(t, 'ffmpeg')) return
    const url = `https://127.0.0.1:${tls13}/guarded/live.m3u8`
    const sign = (key: string) => ({
      scheme: 'template' as const,
      key,
      algorithm: 'md5' as const,
      encoding: 'base64url' as const,
      message: '{expires}{path} {key}',
      query: 'md5={signature}&expires={expires}',
    })
    assertPlayed(await runOf(targetAt(tls13, 'signed', { url, sign: sign('secret') })), '2')
    const wrong = await runOf(targetAt(tls13, 'forged', { url, sign: sign('guess') }))
    const none = await runOf(targetAt(tls13, 'unsigned', { url }))
    for (const m of [wrong, none])
      assert.deepEqual([m.failure_code, m.failure_source, m.http_status], ['HTTP_STATUS', 'target', 403])
    assert.deepEqual(
      (await loggedOf(log, 'forged', 1)).map((line) => line.status),
      [403],
    )
  })

  test('a redirect within a server goes over the same connection', async (t) => {
    if (!needs(t, 'nginx') || !needs(t, 'ffmpeg')) return
    const url = `https://127.0.0.1:${tls13}/moved/live.m3u8`
    const m = await runOf(targetAt(tls13, 'moved', { url }))
    assertPlayed(m, '2')
    assert.equal(m.redirect_count, 1)
    assert.ok(m.redirect_ms !== null && m.redirect_ms > 0)
    const lines = await loggedOf(log, 'moved', 5)
    assert.deepEqual(
      lines.slice(0, 2).map((line) => [line.path, line.status]),
      [
        ['/moved/live.m3u8', 302],
        ['/live/live.m3u8', 200],
      ],
    )
  })

  test('after a redirect to another server the phases are that server’s', async (t) => {
    if (!needs(t, 'nginx') || !needs(t, 'ffmpeg')) return
    const url = `https://127.0.0.1:${tls13}/elsewhere/live.m3u8`
    const m = await runOf(targetAt(tls13, 'elsewhere', { url }))
    assertPlayed(m, '2')
    // Only the second server speaks TLS 1.2.
    assert.deepEqual([m.redirect_count, m.tls_version], [1, '1.2'])
    assert.ok(m.redirect_ms !== null && m.redirect_ms > 0)
    // The viewer waits for both: redirects, then connecting and waiting, then the frame.
    assert.ok((m.first_frame_ms ?? 0) >= m.redirect_ms + (m.ttfb_ms ?? 0) - 0.01)
  })
})
