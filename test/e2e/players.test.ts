import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { anOrigin } from '../support/origin.ts'

const WATCH_MS = 12_000

/** The page: one player on one stream; whatever it complains of is kept. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>player</title><video id="v" muted playsinline></video>
<script src="/hls.js"></script><script src="/mpegts.js"></script>
<script>
  window.complaints = []
  window.loaded = { parts: 0, segments: 0 }
  window.watch = (kind, url) => {
    const video = document.getElementById('v')
    video.addEventListener('error', () => complaints.push('video: ' + (video.error && video.error.message)))
    if (kind === 'hls') {
      const hls = window.hls = new Hls({ lowLatencyMode: true })
      hls.on(Hls.Events.FRAG_LOADED, (_, data) => loaded[data.part ? 'parts' : 'segments']++)
      hls.on(Hls.Events.ERROR, (_, data) => complaints.push('hls: ' + data.type + ' ' + data.details + ' fatal=' + data.fatal))
      hls.loadSource(url)
      hls.attachMedia(video)
    } else {
      const player = mpegts.createPlayer({ type: 'flv', isLive: true, url })
      player.on(mpegts.Events.ERROR, (type, detail) => complaints.push('mpegts: ' + type + ' ' + detail))
      player.attachMediaElement(video)
      player.load()
    }
    return video.play().catch(() => {})
  }
</script>`

/** A page with the players, from their npm packages. */
async function playerPage(t: TestContext): Promise<string> {
  const file = (name: string) => readFile(fileURLToPath(import.meta.resolve(name)))
  const scripts = new Map([
    ['/hls.js', await file('hls.js/dist/hls.min.js')],
    ['/mpegts.js', await file('mpegts.js/dist/mpegts.js')],
  ])
  const server = createServer((request, response) => {
    const script = scripts.get(request.url ?? '')
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    response.end(script ?? PAGE)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`
}

for (const [name, kind, file] of [
  ['hls.js', 'hls', 'test.m3u8'],
  ['hls.js on LL-HLS', 'hls', 'test.ll.m3u8'],
  ['mpegts.js', 'flv', 'test.flv'],
] as const) {
  test(`${name} in Chromium plays the origin for 12 s without a complaint`, async (t) => {
    const origin = await anOrigin(t)
    const browser = await launchBrowser(t)
    const page = await browser.newPage()
    await page.goto(await playerPage(t))
    await page.evaluate(([k, url]) => Reflect.get(window, 'watch')(k, url), [
      kind,
      `https://127.0.0.1:${origin.port}/live/${file}`,
    ] as const)
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.2, null, {
      timeout: 15_000,
    })
    const look = () =>
      page.evaluate(() => {
        const video = document.querySelector('video')
        const quality = video?.getVideoPlaybackQuality()
        return {
          at_s: video?.currentTime ?? 0,
          width: video?.videoWidth ?? 0,
          frames: quality?.totalVideoFrames ?? 0,
          complaints: Reflect.get(window, 'complaints') as string[],
        }
      })
    const before = await look()
    await page.waitForTimeout(WATCH_MS)
    const after = await look()
    assert.deepEqual(after.complaints, [])
    assert.equal(after.width, 640)
    assert.ok(after.at_s - before.at_s >= (0.9 * WATCH_MS) / 1_000, `played ${after.at_s - before.at_s} s`)
    // Of 25 a second 15, shown by a headless browser on a busy machine.
    assert.ok(
      after.frames - before.frames >= (15 * WATCH_MS) / 1_000,
      `${after.frames - before.frames} pictures`,
    )
  })
}

/** One more player on its own page; resolves once it plays. */
async function watching(t: TestContext, browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(await playerPage(t))
  await page.evaluate((address) => Reflect.get(window, 'watch')('hls', address), url)
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.2, null, {
    timeout: 15_000,
  })
  return page
}

/** How far behind live a player is now, as it says and by the dates in the playlist, and what it has loaded. */
function look(page: Page) {
  return page.evaluate(() => {
    const hls = Reflect.get(window, 'hls')
    return {
      at_s: document.querySelector('video')?.currentTime ?? 0,
      said_s: hls.latency as number,
      target_s: hls.targetLatency as number,
      dated_s: (Date.now() - hls.playingDate.getTime()) / 1_000,
      loaded: Reflect.get(window, 'loaded') as { parts: number; segments: number },
      complaints: Reflect.get(window, 'complaints') as string[],
    }
  })
}

test('hls.js in low-latency mode plays part by part, a hold-back behind live, and closer than plain HLS', async (t) => {
  const origin = await anOrigin(t)
  const browser = await launchBrowser(t)
  const url = `https://127.0.0.1:${origin.port}/live/test`
  const low = await watching(t, browser, `${url}.ll.m3u8`)
  const plain = await watching(t, browser, `${url}.m3u8`)
  const before = await look(low)
  await low.waitForTimeout(10_000)
  const near = await look(low)
  const far = await look(plain)
  t.diagnostic(JSON.stringify({ near, far }))
  assert.deepEqual([near.complaints, far.complaints], [[], []])
  assert.ok(near.at_s - before.at_s >= 9, `played ${near.at_s - before.at_s} s`)
  // Three parts a second, and the player is told of each of them: no fewer than two thirds come as parts.
  assert.ok(near.loaded.parts - before.loaded.parts >= 20, `${near.loaded.parts - before.loaded.parts} parts`)
  assert.equal(far.loaded.parts, 0)
  // Three parts of 0.36 s.
  assert.equal(near.target_s, 1.08)
  for (const latency of ['said_s', 'dated_s'] as const) {
    assert.ok(near[latency] < 3 * 1.08, `${latency} ${near[latency]}`)
    assert.ok(near[latency] < far[latency], `${latency} ${near[latency]} against ${far[latency]}`)
  }
})
