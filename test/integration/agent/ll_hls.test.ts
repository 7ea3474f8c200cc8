import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { monotonicMs } from '@streamgauge/agent/clock.ts'
import type { Recording } from '@streamgauge/agent/probe/recording.ts'
import { pullHls, pullLowLatencyHls } from '@streamgauge/agent/pull/hls.ts'
import type { Puller } from '@streamgauge/agent/pull/pull.ts'
import type { HttpVersion } from '@streamgauge/contract'
import { aTarget } from '../../support/measurement.ts'
import { box, initSegment, NO_KEY, u32 } from '../../support/mp4.ts'
import { anOrigin } from '../../support/origin.ts'
import { pullWith } from '../../support/pull.ts'
import { type Answer, serveScript } from '../../support/server.ts'

const VERSIONS: readonly HttpVersion[] = ['1.1', '2', '3']
const PART_MS = 200
const PARTS = 5
const PICTURES = 5
const PICTURE_MS = 40
const PICTURE_BYTES = 500

const INIT = initSegment([{ id: 1, handler: 'vide', timescale: 1_000 }], {
  duration: PICTURE_MS,
  size: PICTURE_BYTES,
  flags: NO_KEY,
})

/** Part `index` of the stream: five pictures, 200 ms, from `index` × 200 ms on; each begins with a key frame. */
function part(index: number): Uint8Array {
  const tfhd = box('tfhd', u32(0x02_0000, 1))
  const tfdt = box('tfdt', u32(0, index * PART_MS))
  const build = (offset: number) =>
    box('moof', box('traf', tfhd, tfdt, box('trun', u32(0x05, PICTURES, offset, 0))))
  const moof = build(build(0).length + 8)
  return Buffer.concat([moof, box('mdat', new Uint8Array(PICTURES * PICTURE_BYTES))])
}

interface Options {
  readonly version: HttpVersion
  /** What the playlist says of blocking. */
  readonly control?: string
  /** What the server makes of `_HLS_msn` and `_HLS_part`: it waits, takes no notice, or refuses. */
  readonly blocking?: 'waits' | 'ignores' | 'refuses'
  /** Answers a media request itself; `true`: it has. */
  readonly media?: (path: string, answer: Answer, asked: readonly Ask[]) => boolean
}

interface Ask {
  readonly path: string
  readonly at_ms: number
}

/** A live stream of 200 ms parts, five to a segment; the first twenty-two are there when it begins. */
async function serveLive(t: TestContext, options: Options) {
  const asked: Ask[] = []
  const started = monotonicMs()
  const made = () => 22 + Math.floor((monotonicMs() - started) / PART_MS)
  const timers = new Set<NodeJS.Timeout>()
  const list = (answer: Answer) => {
    answer.write(playlistOf(made(), options.control ?? 'CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.6'))
    answer.end()
  }
  const server = await serveScript(t, (path, answer) => {
    asked.push({ path, at_ms: monotonicMs() - started })
    const [, msn, number] = /_HLS_msn=(\d+)&_HLS_part=(\d+)/.exec(path) ?? []
    const [, whole, index] = /^\/live\/(\d+)(?:\.(\d+))?\.m4s$/.exec(path) ?? []
    if (path.startsWith('/live/test.m3u8')) {
      if (msn === undefined || options.blocking === 'ignores') return list(answer)
      if (options.blocking === 'refuses') {
        answer.status(400)
        return answer.end()
      }
      const wanted = Number(msn) * PARTS + Number(number)
      const wait = started + (wanted - 22 + 1) * PART_MS - monotonicMs()
      const timer = setTimeout(() => list(answer), Math.max(0, wait + 2))
      timers.add(timer)
      return answer.onGone(() => clearTimeout(timer))
    }
    if (options.media?.(path, answer, asked)) return
    if (path === '/live/init.mp4') answer.write(INIT)
    else if (index !== undefined) answer.write(part(Number(whole) * PARTS + Number(index)))
    else for (let i = 0; i < PARTS; i++) answer.write(part(Number(whole) * PARTS + i))
    answer.end()
  })
  t.after(() => {
    for (const timer of timers) clearTimeout(timer)
  })
  const target = aTarget({
    url: `https://127.0.0.1:${server.port}/live/test.m3u8?key=a%2Fb`,
    format: 'll-hls',
    http_version: options.version,
    transport: options.version === '3' ? 'quic' : 'tcp',
    ca_pem: server.certificate.cert,
  })
  return { target, asked }
}

function playlistOf(made: number, control: string): string {
  const open = Math.floor(made / PARTS)
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    '#EXT-X-TARGETDURATION:1',
    `#EXT-X-SERVER-CONTROL:${control}`,
    '#EXT-X-PART-INF:PART-TARGET=0.2',
    `#EXT-X-MEDIA-SEQUENCE:${open - 4}`,
    '#EXT-X-MAP:URI="init.mp4"',
  ]
  for (let segment = open - 4; segment <= open; segment++) {
    for (let i = 0; i < PARTS && segment >= open - 2 && segment * PARTS + i < made; i++)
      lines.push(`#EXT-X-PART:DURATION=0.2,URI="${segment}.${i}.m4s",INDEPENDENT=YES`)
    if (segment < open) lines.push('#EXTINF:1,', `${segment}.m4s`)
  }
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${open}.${made % PARTS}.m4s"`)
  return lines.join('\n')
}

const enough = (run: Recording) => run.media_ms >= 2_000

/** Which 200 ms of the stream each request for media brought, in the order of asking. */
function brought(asked: readonly Ask[]): number[] {
  return asked.flatMap(({ path }) => {
    const [, segment, index] = /^\/live\/(\d+)(?:\.(\d+))?\.m4s$/.exec(path) ?? []
    if (segment === undefined) return []
    const first = Number(segment) * PARTS
    return index === undefined ? [0, 1, 2, 3, 4].map((i) => first + i) : [first + Number(index)]
  })
}

const reloads = (asked: readonly Ask[]) => asked.filter(({ path }) => path.startsWith('/live/test.m3u8'))
const directed = (asked: readonly Ask[]) => reloads(asked).filter(({ path }) => path.includes('_HLS_'))

for (const version of VERSIONS) {
  test(`parts are played as they are made over HTTP/${version}, each once, by reloads that the server holds back`, async (t) => {
    const { target, asked } = await serveLive(t, { version })
    const { error, run } = await pullWith(pullLowLatencyHls, target, 8_000, enough)
    assert.equal(error, null)
    assert.ok(run.media_ms >= 2_000)
    const parts = brought(asked)
    // The end is at part 22 (or one later): three parts behind it, and from there on without a gap.
    assert.ok(parts[0] === 19 || parts[0] === 20, `began at ${parts[0]}`)
    assert.deepEqual(
      parts,
      Array.from({ length: parts.length }, (_, i) => (parts[0] ?? 0) + i),
    )
    assert.equal(asked.filter(({ path }) => path === '/live/init.mp4').length, 1)
    // One plain look, then only requests for what comes next, the query of the target before them.
    assert.equal(reloads(asked).length - directed(asked).length, 1)
    assert.equal(reloads(asked)[0]?.path, '/live/test.m3u8?key=a%2Fb')
    const order = directed(asked).map(({ path }) => {
      const [, msn, number] = /\?key=a%2Fb&_HLS_msn=(\d+)&_HLS_part=(\d+)$/.exec(path) ?? []
      return Number(msn) * PARTS + Number(number)
    })
    assert.deepEqual(
      order,
      [...new Set(order)].toSorted((a, b) => a - b),
    )
    assert.ok(order.length <= parts.length + 2, `${order.length} reloads for ${parts.length} parts`)
  })

  for (const [what, options] of [
    ['cannot hold a reload back', { control: 'PART-HOLD-BACK=0.6' }],
    ['answers at once and says it does not', { blocking: 'ignores' }],
    ['refuses to hold one back', { blocking: 'refuses' }],
  ] as const) {
    test(`a server that ${what} is asked again like any other over HTTP/${version}`, async (t) => {
      const { target, asked } = await serveLive(t, { version, ...options })
      const { error, run } = await pullWith(pullLowLatencyHls, target, 8_000, enough)
      assert.equal(error, null)
      assert.ok(run.media_ms >= 2_000)
      const parts = brought(asked)
      assert.deepEqual(
        parts,
        Array.from({ length: parts.length }, (_, i) => (parts[0] ?? 0) + i),
      )
      // At most two tries at directives in a row bring nothing; then one look in half a part target at most.
      const asks = reloads(asked)
      const last = asks.at(-1)?.at_ms ?? 0
      assert.ok(asks.length <= 4 + last / (PART_MS / 2), `${asks.length} looks in ${last} ms`)
    })
  }
}

for (const version of ['2', '3'] as const) {
  test(`over HTTP/${version} a reload is on its way while a part comes in`, async (t) => {
    // The second part asked for is held back until a reload was asked for after it.
    let held: string | null = null
    const { target, asked } = await serveLive(t, {
      version,
      media(path, answer, before) {
        if (path === '/live/init.mp4' || brought(before).length !== 2) return false
        held = path
        const since = reloads(before).length
        const watch = setInterval(() => {
          if (reloads(asked).length === since) return
          clearInterval(watch)
          answer.write(part(brought([{ path, at_ms: 0 }])[0] ?? 0))
          answer.end()
        }, 5)
        answer.onGone(() => clearInterval(watch))
        return true
      },
    })
    const { error, run } = await pullWith(pullLowLatencyHls, target, 8_000, enough)
    assert.equal(error, null)
    assert.notEqual(held, null)
    assert.ok(run.media_ms >= 2_000)
  })
}

test('what a slow path falls behind on is pulled in whole segments, each byte once', async (t) => {
  // The third part, of segment 4, takes 2 s: by then segment 5 is done, and the parts of 4 are still listed.
  let slow = true
  const { target, asked } = await serveLive(t, {
    version: '1.1',
    media(path, answer, before) {
      if (!slow || brought(before).length !== 3) return false
      slow = false
      const timer = setTimeout(() => {
        answer.write(part(brought([{ path, at_ms: 0 }])[0] ?? 0))
        answer.end()
      }, 2_000)
      answer.onGone(() => clearTimeout(timer))
      return true
    },
  })
  const { error } = await pullWith(pullLowLatencyHls, target, 10_000, (run) => run.media_ms >= 3_000)
  assert.equal(error, null)
  const parts = brought(asked)
  assert.deepEqual(
    parts,
    Array.from({ length: parts.length }, (_, i) => (parts[0] ?? 0) + i),
  )
  assert.ok(
    asked.some(({ path }) => /^\/live\/\d+\.m4s$/.test(path)),
    'a whole segment was pulled',
  )
})

test('a part that is gone is left out and is no media', async (t) => {
  const { target, asked } = await serveLive(t, {
    version: '2',
    media(_path, answer, before) {
      if (brought(before).length !== 4) return false
      answer.status(404)
      answer.end()
      return true
    },
  })
  const { error, run } = await pullWith(pullLowLatencyHls, target, 8_000, enough)
  assert.equal(error, null)
  const parts = brought(asked)
  assert.deepEqual(
    parts,
    Array.from({ length: parts.length }, (_, i) => (parts[0] ?? 0) + i),
  )
  // Every picture adds 40 ms; were the missing part counted, one of them would add 240.
  const steps = run.arrivals.slice(1).map(({ media_ms }, i) => media_ms - (run.arrivals[i]?.media_ms ?? 0))
  assert.deepEqual(new Set(steps), new Set([PICTURE_MS]))
})

/** How long ago what is on screen at the end of the run was made, ms. */
function latencyOf(run: Recording): number {
  const { played_ms } = run.playback({ start_ms: 500, resume_ms: 500 })
  assert.ok(run.madeAt !== null && played_ms > 0)
  return Date.parse(run.started_at) + run.endedAt - (run.madeAt.epoch_ms + played_ms - run.madeAt.media_ms)
}

test('against our own origin, low latency is below that of plain HLS over every HTTP version', async (t) => {
  const origin = await anOrigin(t)
  for (const version of VERSIONS) {
    const latency = async (puller: Puller, name: string) => {
      const target = aTarget({
        url: `https://127.0.0.1:${origin.port}/live/${name}`,
        http_version: version,
        transport: version === '3' ? 'quic' : 'tcp',
        ca_pem: origin.ca_pem,
      })
      const { run, error } = await pullWith(puller, target, 3_000)
      assert.equal(error, null)
      assert.equal(run.playback({ start_ms: 500, resume_ms: 500 }).stall_ms, 0)
      return latencyOf(run)
    }
    const low = await latency(pullLowLatencyHls, 'test.ll.m3u8')
    const plain = await latency(pullHls, 'test.ll.m3u8')
    assert.ok(low < plain - 1_000, `${low} ms against ${plain} ms`)
    t.diagnostic(`HTTP/${version}: ${Math.round(low)} ms behind live, plain HLS ${Math.round(plain)} ms`)
  }
})
