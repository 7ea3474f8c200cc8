import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { serverCertificate } from '@streamgauge/agent/origin/certificate.ts'
import { loadClip } from '@streamgauge/agent/origin/clip/clip.ts'
import { serveFlv } from '@streamgauge/agent/origin/deliver/flv.ts'
import { handlerFor } from '@streamgauge/agent/origin/handler.ts'
import type { Reply } from '@streamgauge/agent/origin/reply.ts'
import { listenSecure } from '@streamgauge/agent/origin/servers.ts'
import { type LiveFrame, LiveSource } from '@streamgauge/agent/origin/source.ts'
import { until } from '../../support/process.ts'
import { VIEWERS } from '../../support/viewer.ts'

/** An origin's parts, with a look at the source and at every reply. */
async function anOpenOrigin(t: TestContext, bitrate_bps = 2_000_000) {
  const folder = mkdtempSync(join(tmpdir(), 'origin-test-'))
  const certificate = await serverCertificate(folder, [])
  const source = new LiveSource(loadClip(1), bitrate_bps)
  const replies: Reply[] = []
  const handler = handlerFor(new Map([['test', source]]), {})
  const listener = await listenSecure(
    { host: '127.0.0.1', port: 0, congestion: null, certificate },
    (reply) => {
      replies.push(reply)
      handler(reply)
    },
  )
  t.after(async () => {
    source.close()
    await listener.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { source, replies, port: listener.port, ca: certificate.ca, ca_file: certificate.caFile }
}

for (const [version, view] of Object.entries(VIEWERS)) {
  test(`a viewer over ${version} that leaves is let go`, async (t) => {
    const origin = await anOpenOrigin(t)
    const leave = await view(t, origin)
    assert.equal(origin.source.viewer_count, 1)
    await leave()
    await until(
      async () => origin.source.viewer_count,
      (count) => count === 0,
      2_000,
    )
  })
}

test('every viewer gets the very frames of one source, the newcomer from the last key frame on', async (t) => {
  const source = new LiveSource(loadClip(1), 2_000_000)
  t.after(() => source.close())
  const first: LiveFrame[] = []
  const second: LiveFrame[] = []
  source.watch((frame) => first.push(frame))
  await sleep(1_200)
  const { burst } = source.watch((frame) => second.push(frame))
  const missedByBoth = burst.length
  await sleep(300)
  assert.equal(burst[0]?.startsGop, true)
  assert.equal(burst.filter((frame) => frame.startsGop).length, 1)
  assert.ok(missedByBoth <= 25 + 47, 'no more than one second of pictures and sound')
  assert.ok(second.length > 0)
  assert.deepEqual(first.slice(-second.length), second)
  assert.equal(first.at(-second.length), second[0])
})

test('media time advances with wall time', async (t) => {
  const source = new LiveSource(loadClip(1), 2_000_000)
  t.after(() => source.close())
  const seen: { at_ms: number; timestamp_ms: number }[] = []
  source.watch(({ timestamp_ms }) => seen.push({ at_ms: performance.now(), timestamp_ms }))
  await sleep(3_000)
  const [first, last] = [seen[0], seen.at(-1)]
  assert.ok(first && last)
  const drift_ms = last.timestamp_ms - first.timestamp_ms - (last.at_ms - first.at_ms)
  assert.ok(Math.abs(drift_ms) < 250, `${drift_ms} ms apart after 3 s`)
})

for (const version of ['HTTP/1.1', 'HTTP/2'] as const) {
  test(`a viewer over ${version} that never reads has at most eight seconds of stream waiting`, async (t) => {
    // 5 MB a second: far beyond what sockets hold, and 60 MB after twelve seconds if nothing stopped it.
    const origin = await anOpenOrigin(t, 40_000_000)
    await VIEWERS[version](t, origin, false)
    const [reply] = origin.replies
    assert.ok(reply)
    let most = 0
    for (let i = 0; i < 48; i++) {
      await sleep(250)
      most = Math.max(most, reply.waiting_bytes)
    }
    assert.ok(most > 5_000_000, `nothing waited: ${most} bytes`)
    // One frame more than the bound: a key frame is a tenth of its second.
    assert.ok(most < 8.5 * 5_000_000, `${most} bytes`)
  })
}

test('a viewer that was too slow goes on at a key frame', async (t) => {
  const source = new LiveSource(loadClip(1), 2_000_000)
  t.after(() => source.close())
  const written: Uint8Array[] = []
  const slow = { waiting_bytes: 0 }
  const reply: Reply = {
    method: 'GET',
    path: '/',
    http_version: '1.1',
    header: () => null,
    head: () => {},
    write: (bytes) => written.push(bytes),
    end: () => {},
    get waiting_bytes() {
      return slow.waiting_bytes
    },
    onClose: () => {},
  }
  serveFlv(reply, source, {})
  // 250,000 bytes a second: more than eight seconds wait, then nothing does.
  slow.waiting_bytes = 2_000_001
  await sleep(200)
  const before = written.length
  await sleep(200)
  assert.equal(written.length, before, 'skips while too much waits')
  slow.waiting_bytes = 0
  await sleep(1_200)
  const next = written[before]
  assert.ok(next)
  // FLV 10.1, E.4.3.1: a video tag (9) whose first byte is 0x17, a key frame of AVC.
  assert.deepEqual([next[0], next[11]], [9, 0x17])
})

test('what a viewer uploads is refused and not kept', async (t) => {
  const origin = await anOpenOrigin(t)
  const session = connect(`https://127.0.0.1:${origin.port}`, { ca: origin.ca })
  session.on('error', () => {})
  t.after(() => session.destroy())
  const stream = session.request({ ':method': 'POST', ':path': '/live/test.flv' })
  stream.on('error', () => {})
  const answered = once(stream, 'response')
  const megabyte = Buffer.alloc(1 << 20)
  const before = bytesInUse()
  for (let sent = 0; sent < 64; sent++) await new Promise((resolve) => stream.write(megabyte, resolve))
  const grown = bytesInUse() - before
  const [headers] = await answered
  assert.equal(headers[':status'], 405)
  assert.ok(grown < 32 << 20, `${grown} bytes kept of ${64 << 20}`)
})

/** Bytes in buffers that something still holds: what is garbage is collected first. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().arrayBuffers
}
