import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Target } from '@streamgauge/contract'
import { loggedOf } from '../../support/access_log.ts'
import { type Caddy, startCaddy } from '../../support/caddy.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { liveHls } from '../../support/live_hls.ts'
import { fileOwner } from '../../support/owner.ts'
import { assertPlayed, runOf } from '../../support/run.ts'
import { needs, whereIs } from '../../support/tool.ts'

/** A public name that resolves nowhere. */
const PUBLIC = 'stream.example.test'
const certificate = await makeCertificate(['127.0.0.1', PUBLIC])
let caddy: Caddy | null = null

const owner = fileOwner()
after(() => owner.end())
before(async () => {
  if (whereIs('ffmpeg') === null || whereIs('caddy') === null) return
  caddy = await startCaddy(owner, (await liveHls(owner)).folder, certificate, ['127.0.0.1', PUBLIC])
})

for (const [transport, http_version, protocol] of [
  ['tcp', '1.1', 'HTTP/1.1'],
  ['tcp', '2', 'HTTP/2.0'],
  ['quic', '3', 'HTTP/3.0'],
] as const) {
  test(`Caddy over ${protocol}: plays, and its log has the same requests and bytes`, async (t) => {
    if (!needs(t, 'caddy') || !needs(t, 'ffmpeg') || caddy === null) return
    const m = await runOf(targetOf(caddy, { transport, http_version, headers: { 'x-run': protocol } }))
    assertPlayed(m, http_version)
    assert.equal(m.stall_count, 0)
    assert.deepEqual([m.dns_ms, m.server_ip, m.tls_version, m.resumed], [null, '127.0.0.1', '1.3', false])
    // The playlist, again after a second, and three segments at least.
    const lines = await loggedOf(caddy.log, protocol, 5)
    assert.deepEqual(new Set(lines.map((line) => line.protocol)), new Set([protocol]))
    assert.deepEqual(new Set(lines.map((line) => line.status)), new Set([200]))
    const segments = lines.filter((line) => line.path.endsWith('.ts'))
    assert.equal(new Set(segments.map((line) => line.path)).size, segments.length, 'each segment once')
    // Segments of one second: what was pulled is what was played and what is in the buffer.
    assert.ok(Math.abs((m.media_ms ?? 0) - segments.length * 1_000) < 100, `${m.media_ms}`)
    assert.equal(
      m.bytes,
      lines.reduce((sum, line) => sum + line.bytes, 0),
    )
  })
}

for (const transport of ['tcp', 'quic'] as const) {
  test(`Caddy over ${transport}: one node is reached by its address under the public name`, async (t) => {
    if (!needs(t, 'caddy') || !needs(t, 'ffmpeg') || caddy === null) return
    const url = `https://${PUBLIC}:${caddy.port}/live/live.m3u8`
    const own = { transport, address: '127.0.0.1', headers: { 'x-run': `named ${transport}` } }
    const m = await runOf(targetOf(caddy, { url, ...own }), { duration_ms: 1_000 })
    assertPlayed(m, transport === 'quic' ? '3' : '2')
    assert.deepEqual([m.server_ip, m.dns_ms], ['127.0.0.1', null])
    const [line] = await loggedOf(caddy.log, `named ${transport}`, 1)
    assert.equal(line?.host, `${PUBLIC}:${caddy.port}`)
    const wrong = await runOf(targetOf(caddy, { url, ...own, server_name: 'other.example.test' }))
    // Caddy has no certificate for that name, and ends the handshake with an alert.
    assert.deepEqual([wrong.failure_code, wrong.handshake_ms], ['TLS_FAILED', null])
  })
}

function targetOf({ port }: Caddy, overrides: Partial<Target>): Partial<Target> {
  return {
    url: `https://127.0.0.1:${port}/live/live.m3u8`,
    format: 'hls',
    ca_pem: certificate.cert,
    ...overrides,
  }
}
