import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { RunOptions } from '@streamgauge/agent/probe/run.ts'
import {
  assertNear,
  assertStalls,
  type ExpectedStall,
  media,
  onQuietMachine,
  type Piece,
  realTime,
  runScript,
  steps,
  WAYS,
} from '../../support/fault_script.ts'
import { runOf } from '../../support/run.ts'
import { serveScript } from '../../support/server.ts'

interface Fault {
  readonly title: string
  readonly pieces: readonly Piece[]
  readonly stalls: readonly ExpectedStall[]
  readonly options: Partial<RunOptions>
}

/**
 * What the server does, `[at ms, media up to ms]`, and the stalls that follow from it under the default player: it
 * starts with 1,000 ms buffered, stalls when nothing is left and goes on with 1,000 ms.
 */
const faults: readonly Fault[] = [
  {
    // Plays from 0; 1,400 ms of media last to 1,400; at 2,000 there are 1,000 ms again.
    title: 'a server that stops in mid-run: one stall',
    pieces: steps([[0, 1_000], ...realTime(200, 400, 1_000), ...realTime(2_000, 2_800, 400)]),
    stalls: [{ at_ms: 1_400, length_ms: 600, since_ms: 0, until_ms: 2_000 }],
    options: { duration_ms: 2_800 },
  },
  {
    // Dry at 1,000; 1,000 ms at 1,400 last to 2,400; the next 1,000 ms come at 2,700.
    title: 'a server that stops twice: two stalls',
    pieces: steps([
      [0, 1_000],
      [1_400, 2_000],
      [2_700, 3_000],
    ]),
    stalls: [
      { at_ms: 1_000, length_ms: 400, since_ms: 0, until_ms: 1_400 },
      { at_ms: 2_400, length_ms: 300, since_ms: 1_400, until_ms: 2_700 },
    ],
    options: { duration_ms: 3_200 },
  },
  {
    title: 'a server that stops for good: a stall that lasts to the deadline',
    pieces: steps([[0, 1_200]]),
    stalls: [{ at_ms: 1_200, length_ms: 0, since_ms: 0, until_ms: null }],
    options: { duration_ms: 2_200 },
  },
  {
    title: 'a piece 40 ms too late: a stall of 40 ms',
    pieces: steps([
      [0, 1_000],
      [1_040, 3_000],
    ]),
    stalls: [{ at_ms: 1_000, length_ms: 40, since_ms: 0, until_ms: 1_040 }],
    options: { duration_ms: 2_000 },
  },
  {
    title: 'pieces 40 ms before the buffer is dry: no stall',
    pieces: steps([
      [0, 1_000],
      [960, 2_000],
      [1_960, 3_000],
    ]),
    stalls: [],
    options: { duration_ms: 2_600 },
  },
  {
    // 240 ms of media each 400 ms, and a player that wants 400 ms. It plays 880 ms and is dry; 930 brings 240 ms,
    // 1,330 another 240 ms: on it goes at 880 of 1,360, gets 240 ms more at 1,730, and is dry after 720 ms. So on.
    title: 'a server that drips at 0.6 of real time: stall after stall',
    pieces: steps([[0, 400], ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(dripped)]),
    stalls: [
      { at_ms: 880, length_ms: 450, since_ms: 0, until_ms: 1_330 },
      { at_ms: 2_050, length_ms: 480, since_ms: 1_330, until_ms: 2_530 },
      { at_ms: 3_250, length_ms: 480, since_ms: 2_530, until_ms: 3_730 },
    ],
    options: { duration_ms: 4_000, policy: { start_ms: 400, resume_ms: 400 } },
  },
  {
    // Sound ends at 1,000, pictures at 2,000; at 1,500 both reach 2,500.
    title: 'sound that stops while pictures go on: a stall, for both must be there',
    pieces: [
      { at_ms: 0, bytes: media(0, 1_000) },
      { at_ms: 500, bytes: media(1_000, 1_600, { tracks: 'video' }) },
      { at_ms: 900, bytes: media(1_600, 2_000, { tracks: 'video' }) },
      { at_ms: 1_500, bytes: Buffer.concat([media(1_000, 2_000, { tracks: 'audio' }), media(2_000, 2_520)]) },
    ],
    stalls: [{ at_ms: 1_000, length_ms: 500, since_ms: 0, until_ms: 1_500 }],
    options: { duration_ms: 2_400 },
  },
  {
    title: 'pictures that stop while sound goes on: a stall, for both must be there',
    pieces: [
      { at_ms: 0, bytes: media(0, 1_000) },
      { at_ms: 500, bytes: media(1_000, 1_600, { tracks: 'audio' }) },
      { at_ms: 900, bytes: media(1_600, 2_000, { tracks: 'audio' }) },
      { at_ms: 1_500, bytes: Buffer.concat([media(1_000, 2_000, { tracks: 'video' }), media(2_000, 2_520)]) },
    ],
    stalls: [{ at_ms: 1_000, length_ms: 500, since_ms: 0, until_ms: 1_500 }],
    options: { duration_ms: 2_400 },
  },
  // 1,200 and 1,000 ms by the sender's clock last to 1,140 and 2,090 when it is slow: 40 ms in time for the first
  // piece, 60 ms too early for the second. By a true clock, and by a fast one, both are in time.
  ...([0.95, 1, 1.05] as const).map((clock) => ({
    title: `a stream clock at ${clock} of real time: ${clock < 1 ? 'one stall' : 'no stall'}`,
    pieces: steps(
      [
        [0, 1_200],
        [1_100, 2_200],
        [2_150, 3_400],
      ],
      clock,
    ),
    stalls: clock < 1 ? [{ at_ms: 2_090, length_ms: 60, since_ms: 0, until_ms: 2_150 }] : [],
    options: { duration_ms: 2_600 },
  })),
]

function dripped(i: number): [number, number] {
  return [130 + 400 * i, 640 + 240 * i]
}

describe('scripted faults', { concurrency: 4 }, () => {
  for (const way of WAYS) {
    const name = `HTTP/${way.http_version}`
    for (const { title, pieces, stalls, options } of faults) {
      test(`${name}: ${title}`, (t) =>
        onQuietMachine(t, async () => {
          const scripted = await runScript(t, way, pieces, options)
          const { m } = scripted
          assert.equal(m.failure_code, null)
          assertStalls(scripted, stalls)
          // Playback starts with the first piece; startup, playing and stalling fill the run.
          assertNear(m.startup_ms, m.ttfb_ms ?? 0, 'playback started')
          assertNear((m.startup_ms ?? 0) + (m.played_ms ?? 0) + (m.stall_ms ?? 0), m.wall_ms, 'the run')
        }))
    }

    test(`${name}: media that comes late delays startup, and is no stall`, (t) =>
      onQuietMachine(t, async () => {
        const pieces = [
          { at_ms: 0, bytes: new Uint8Array(0) },
          ...steps([[700, 1_000], ...realTime(900, 1_700, 300)]),
        ]
        const scripted = await runScript(t, way, pieces, { duration_ms: 1_700 })
        assert.equal(scripted.m.failure_code, null)
        assertStalls(scripted, [])
        assertNear(scripted.m.startup_ms, (scripted.m.ttfb_ms ?? 0) + 700 + scripted.lateness(700), 'startup')
      }))

    test(`${name}: an end before the deadline is STALLED_OUT, and what was in the buffer is no stall`, (t) =>
      onQuietMachine(t, async () => {
        const pieces = steps([
          [0, 1_000],
          [500, 1_600],
        ])
        const scripted = await runScript(t, way, pieces, { duration_ms: 3_000, end_ms: 700 })
        const { m } = scripted
        assert.deepEqual([m.failure_code, m.failure_source], ['STALLED_OUT', 'target'])
        assertStalls(scripted, [])
        assertNear(m.wall_ms, (m.ttfb_ms ?? 0) + 700, 'the run ended')
        assertNear(m.played_ms, 700, 'played')
        assert.equal(m.media_ms, 1_600)
      }))

    test(`${name}: the same arrivals through five buffers`, (t) =>
      onQuietMachine(t, async () => {
        // 500 ms: dry at 1,000; 600 ms at 1,400 are enough: 400. 1,000 ms: not before 1,800: 800. 2,000 ms: starts at
        // 1,800 with 2,400; 3,000 and 6,000 ms: start at 2,600 with 6,000. None of these runs dry.
        const uneven = steps([
          [0, 1_000],
          [1_400, 1_600],
          [1_800, 2_400],
          [2_600, 6_000],
        ])
        // 500 and 1,000 ms: the two stalls above, 400 and 300. 2,000 ms: starts at 1,400 and has enough. 3,000 ms: starts
        // at 2,700. 6,000 ms of media never come.
        const twice = steps([
          [0, 1_000],
          [1_400, 2_000],
          [2_700, 3_000],
        ])
        for (const [pieces, expected] of [
          [uneven, { '500': 400, '1000': 800, '2000': 0, '3000': 0, '6000': 0 }],
          [twice, { '500': 700, '1000': 700, '2000': 0, '3000': 0, '6000': null }],
        ] as const) {
          const { m } = await runScript(t, way, pieces, { duration_ms: 3_100 })
          const told = m.stall_ms_by_policy
          assert.ok(told)
          for (const buffer of ['500', '1000', '2000', '3000', '6000'] as const) {
            const stalled = expected[buffer]
            if (stalled === null || stalled === 0) assert.equal(told[buffer], stalled, buffer)
            else assertNear(told[buffer], stalled, `stalled with a buffer of ${buffer} ms`)
          }
        }
      }))

    test(`${name}: a segment that comes late is a stall of that length`, (t) =>
      onQuietMachine(t, async () => {
        // Each segment is two seconds: the first lasts to 2,000, and the others come 2,600 after it.
        const at = new Map<string, number>()
        const server = await serveScript(t, (path, answer) => {
          const send = (bytes: Uint8Array | string) => {
            answer.write(bytes)
            answer.end()
            if (!at.has(path)) at.set(path, performance.now())
          }
          if (path === '/live.m3u8') send(PLAYLIST)
          else if (path === '/0.ts') send(SEGMENT)
          else {
            const wait = Math.max(0, 2_600 - (performance.now() - (at.get('/0.ts') ?? 0)))
            const timer = setTimeout(() => send(SEGMENT), wait)
            answer.onGone(() => clearTimeout(timer))
          }
        })
        const url = `https://127.0.0.1:${server.port}/live.m3u8`
        const target = { url, format: 'hls', ca_pem: server.certificate.cert, ...way } as const
        const m = await runOf(target, { duration_ms: 3_400 })
        const [listed = 0, first = 0, second = 0] = ['/live.m3u8', '/0.ts', '/1.ts'].map((path) =>
          at.get(path),
        )
        assert.equal(m.failure_code, null)
        assert.equal(m.stalls.length, 1)
        assertNear(m.startup_ms, (m.ttfb_ms ?? 0) + first - listed, 'playback started')
        assertNear(m.stalls[0]?.at_ms ?? null, (m.ttfb_ms ?? 0) + first - listed + 2_000, 'the stall began')
        assertNear(m.stalls[0]?.length_ms ?? null, second - first - 2_000, 'the stall lasted')
      }))
  }
})

test('a wall clock that is stepped during the run taints it and moves no duration', (t) =>
  onQuietMachine(t, async () => {
    const pieces = steps([
      [0, 1_000],
      [1_400, 3_000],
    ])
    const wallClock = Date.now
    const stepped = setTimeout(() => {
      t.mock.method(Date, 'now', () => wallClock() + 3_600_000)
    }, 500)
    try {
      const before = Date.now()
      const scripted = await runScript(t, WAYS[0], pieces, { duration_ms: 2_000 })
      assert.ok(scripted.m.taints.includes('clock_step'), `${scripted.m.taints}`)
      assert.ok(Math.abs(Date.parse(scripted.m.started_at) - before) < 1_000, 'the label is of the start')
      assertStalls(scripted, [{ at_ms: 1_000, length_ms: 400, since_ms: 0, until_ms: 1_400 }])
      assertNear(scripted.m.wall_ms, 2_000, 'the run')
    } finally {
      clearTimeout(stepped)
      t.mock.restoreAll()
    }
    const { m } = await runScript(t, WAYS[0], pieces, { duration_ms: 300 })
    assert.equal(m.taints.includes('clock_step'), false)
  }))

/** Two seconds of MPEG-TS, made by ffmpeg: 50 pictures, and sound that ends later than they do. */
const SEGMENT = readFileSync(new URL('../../fixtures/media/avc_aac.mpegts', import.meta.url))
/** The same segment three times, each on a clock of its own. */
const PLAYLIST = [
  '#EXTM3U',
  '#EXT-X-VERSION:3',
  '#EXT-X-TARGETDURATION:2',
  '#EXT-X-MEDIA-SEQUENCE:0',
  ...['0.ts', '1.ts', '2.ts'].map((file) => `#EXT-X-DISCONTINUITY\n#EXTINF:2.000,\n${file}`),
].join('\n')
