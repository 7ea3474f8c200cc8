import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { loggedOf } from '../../support/access_log.ts'
import { type Caddy, startCaddy } from '../../support/caddy.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { WAYS } from '../../support/fault_script.ts'
import { liveHls } from '../../support/live_hls.ts'
import { fileOwner } from '../../support/owner.ts'
import { assertPlayed, runOf } from '../../support/run.ts'
import { needs, whereIs } from '../../support/tool.ts'

const certificate = await makeCertificate()
const owner = fileOwner()
let caddy: Caddy | null = null

after(() => owner.end())
before(async () => {
  if (whereIs('ffmpeg') === null || whereIs('caddy') === null) return
  caddy = await startCaddy(owner, (await liveHls(owner, 'fmp4')).folder, certificate)
})

describe('fragmented MP4 by ffmpeg, from Caddy', { concurrency: true }, () => {
  for (const way of WAYS) {
    const name = `HTTP/${way.http_version}`
    test(`${name}: plays; the initialization section is pulled once, and each segment once`, async (t) => {
      if (!needs(t, 'caddy') || !needs(t, 'ffmpeg') || caddy === null) return
      const url = `https://localhost:${caddy.port}/live/live.m3u8`
      const own = { ...way, format: 'hls', ca_pem: certificate.cert, headers: { 'x-run': name } } as const
      const m = await runOf({ url, ...own })
      const lines = await loggedOf(caddy.log, name, 6)
      t.diagnostic(lines.map((line) => `${line.path} ${line.status} ${line.bytes}`).join(', '))
      assertPlayed(m, way.http_version)
      assert.equal(m.stall_count, 0)
      assert.equal(lines.filter((line) => line.path.endsWith('/init.mp4')).length, 1)
      const segments = lines.filter((line) => line.path.endsWith('.m4s'))
      assert.equal(new Set(segments.map((line) => line.path)).size, segments.length)
      assert.ok(Math.abs((m.media_ms ?? 0) - segments.length * 1_000) < 100, `${m.media_ms}`)
      assert.equal(
        m.bytes,
        lines.reduce((sum, line) => sum + line.bytes, 0),
      )
    })
  }
})
