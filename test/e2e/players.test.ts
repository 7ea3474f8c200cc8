import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launchBrowser } from '../support/browser.ts'
import { anOrigin } from '../support/origin.ts'

const WATCH_MS = 20_000

/** The page: one player on one stream; whatever it complains of is kept. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>player</title><video id="v" muted playsinline></video>
<script src="/hls.js"></script><script src="/mpegts.js"></script>
<script>
  window.complaints = []
  window.watch = (kind, url) => {
    const video = document.getElementById('v')
    video.addEventListener('error', () => complaints.push('video: ' + (video.error && video.error.message)))
    if (kind === 'hls') {
      const hls = new Hls()
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
  ['mpegts.js', 'flv', 'test.flv'],
] as const) {
  test(`${name} in Chromium plays the origin for 20 s without a complaint`, async (t) => {
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
    assert.ok(after.at_s - before.at_s >= 18, `played ${after.at_s - before.at_s} s`)
    // 25 a second, shown by a headless browser on a busy machine.
    assert.ok(after.frames - before.frames >= 300, `${after.frames - before.frames} pictures`)
  })
}
