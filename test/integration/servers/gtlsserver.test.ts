import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeCertificate } from '../../support/certificate.ts'
import { startGtlsserver } from '../../support/gtlsserver.ts'
import { liveHls } from '../../support/live_hls.ts'
import { fileOwner } from '../../support/owner.ts'
import { assertPlayed, runOf } from '../../support/run.ts'
import { needs, whereIs } from '../../support/tool.ts'

const certificate = await makeCertificate()
const owner = fileOwner()
let files = ''

after(() => owner.end())
before(async () => {
  if (whereIs('ffmpeg') !== null && whereIs('gtlsserver') !== null) files = (await liveHls(owner)).folder
})

for (const congestion of ['cubic', 'bbr']) {
  test(`ngtcp2’s server with ${congestion}: plays, and its log has the same requests`, async (t) => {
    if (!needs(t, 'gtlsserver') || !needs(t, 'ffmpeg')) return
    const server = await startGtlsserver(t, files, certificate, ['--cc', congestion])
    const m = await runOf({
      url: `https://127.0.0.1:${server.port}/live.m3u8`,
      ...{ format: 'hls', transport: 'quic', ca_pem: certificate.cert },
    })
    assertPlayed(m, '3')
    assert.deepEqual(
      [m.stall_count, m.resumed, m.zero_rtt, m.retry, m.dns_ms],
      [0, false, false, false, null],
    )
    const asked = server.asked()
    assert.equal(asked[0], '/live.m3u8')
    const segments = asked.filter((path) => path.endsWith('.ts'))
    // Playback begins three segments from the end, and the playlist stays as it was.
    assert.equal(segments.length, 3)
    assert.equal(new Set(segments).size, 3)
    assert.ok(Math.abs((m.media_ms ?? 0) - 3_000) < 100, `${m.media_ms}`)
    assert.equal(
      m.bytes,
      asked.reduce((sum, path) => sum + server.bytesOf(path), 0),
    )
    assert.equal(server.received().includes('0RTT'), false)
  })
}

test('address validation by Retry is seen', async (t) => {
  if (!needs(t, 'gtlsserver') || !needs(t, 'ffmpeg')) return
  const server = await startGtlsserver(t, files, certificate, ['--validate-addr'])
  const url = `https://127.0.0.1:${server.port}/live.m3u8`
  const m = await runOf({ url, format: 'hls', transport: 'quic', ca_pem: certificate.cert })
  assertPlayed(m, '3')
  assert.equal(m.retry, true)
})
