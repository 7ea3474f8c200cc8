import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { loadClip } from '@streamgauge/agent/origin/clip/clip.ts'
import { awaitedBy, HELD_MAX } from '@streamgauge/agent/origin/deliver/blocking.ts'
import {
  lowLatencyPlaylistOf,
  serveLowLatencyFile,
  serveLowLatencyPlaylist,
} from '@streamgauge/agent/origin/deliver/ll_hls.ts'
import { LowLatencyTrack } from '@streamgauge/agent/origin/low_latency.ts'
import type { Reply } from '@streamgauge/agent/origin/reply.ts'

const MIDNIGHT = Date.UTC(2026, 0, 1)
/** Nine, eight and eight pictures, twice: a segment of two seconds. */
const PART_TICKS = [32_400, 28_800, 28_800, 32_400, 28_800, 28_800]

/** A track on air since midnight, with so many parts made; media time is wall time. Returns how to make one more. */
function aTrack(made_parts: number): { track: LowLatencyTrack; more: () => void } {
  const track = new LowLatencyTrack(loadClip(2), 2_000, 13, (ticks) => MIDNIGHT + ticks / 90)
  let ticks = 0
  let parts = 0
  const more = () => {
    const place = parts++ % 6
    track.push({ track: 'video', ticks, key: place === 0, payload: Uint8Array.of(parts) })
    ticks += PART_TICKS[place] ?? 0
    track.endPart(ticks, place === 5)
  }
  for (let i = 0; i < made_parts; i++) more()
  return { track, more }
}

/** A reply that only remembers what it was given. */
function aReply(overrides: Partial<Pick<Reply, 'method' | 'header'>> = {}) {
  const seen = { status: 0, headers: {} as Record<string, string>, text: '', ends: 0, gone: () => {} }
  const reply: Reply = {
    method: 'GET',
    path: '/',
    http_version: '1.1',
    header: () => null,
    head: (status, headers) => Object.assign(seen, { status, headers }),
    write: () => {},
    end: (bytes) => Object.assign(seen, { text: Buffer.from(bytes ?? []).toString(), ends: seen.ends + 1 }),
    waiting_bytes: 0,
    onClose: (work) => Object.assign(seen, { gone: work }),
    ...overrides,
  }
  return { reply, seen }
}

test('the playlist is line for line what the standard asks for', () => {
  // Seven whole segments and two parts: the first has left the playlist, the last three still list their parts.
  const { track } = aTrack(7 * 6 + 2)
  const parts = (segment: number) => [
    `#EXT-X-PART:DURATION=0.360,URI="test/${segment}.0.m4s",INDEPENDENT=YES`,
    `#EXT-X-PART:DURATION=0.320,URI="test/${segment}.1.m4s"`,
    `#EXT-X-PART:DURATION=0.320,URI="test/${segment}.2.m4s"`,
    `#EXT-X-PART:DURATION=0.360,URI="test/${segment}.3.m4s"`,
    `#EXT-X-PART:DURATION=0.320,URI="test/${segment}.4.m4s"`,
    `#EXT-X-PART:DURATION=0.320,URI="test/${segment}.5.m4s"`,
  ]
  const date = (segment: number) =>
    `#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:${String(segment * 2).padStart(2, '0')}.000Z`
  const whole = (segment: number) => ['#EXTINF:2.000,', `test/${segment}.m4s`]
  assert.deepEqual(lowLatencyPlaylistOf('test', track).split('\n'), [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    '#EXT-X-TARGETDURATION:2',
    '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.080,HOLD-BACK=6.000',
    '#EXT-X-PART-INF:PART-TARGET=0.360',
    '#EXT-X-MEDIA-SEQUENCE:1',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    '#EXT-X-MAP:URI="test/init.mp4"',
    ...[1, 2, 3].flatMap((segment) => [date(segment), ...whole(segment)]),
    ...[4, 5, 6].flatMap((segment) => [date(segment), ...parts(segment), ...whole(segment)]),
    date(7),
    ...parts(7).slice(0, 2),
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="test/7.2.m4s"',
    '',
  ])
})

test('with the last part of a segment comes the segment, and the hint is at the next', () => {
  const lines = lowLatencyPlaylistOf('test', aTrack(7 * 6).track).split('\n')
  assert.deepEqual(lines.slice(-4), [
    '#EXTINF:2.000,',
    'test/6.m4s',
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="test/7.0.m4s"',
    '',
  ])
})

test('what _HLS_msn and _HLS_part ask for is a part, and nonsense has a code', () => {
  // Segment 7 is under way with the parts 0 and 1; segment 6 is the last one finished.
  const { track } = aTrack(7 * 6 + 2)
  const asks = (query: string) => {
    const at = awaitedBy(query, track)
    return at !== null && 'code' in at ? at.code : at
  }
  assert.equal(asks(''), null)
  assert.equal(asks('_HLS_skip=YES&other=1'), null)
  assert.deepEqual(asks('_HLS_msn=7&_HLS_part=2'), { sequence: 7, part: 2 })
  assert.deepEqual(asks('_HLS_msn=0'), { sequence: 0, part: 5 })
  // A segment is there with its last part, and one may ask for two beyond the last one finished.
  assert.deepEqual(asks('_HLS_msn=8'), { sequence: 8, part: 5 })
  assert.equal(asks('_HLS_msn=9'), 'BLOCKING_RELOAD_TOO_FAR')
  // A seventh part of six is the first of the next segment.
  assert.deepEqual(asks('_HLS_msn=7&_HLS_part=6'), { sequence: 8, part: 0 })
  // Nine parts ahead, ceil(3 s / 0.36 s), and no more: the newest is 7.1, so 8.4 and not 8.5.
  assert.deepEqual(asks('_HLS_msn=8&_HLS_part=4'), { sequence: 8, part: 4 })
  assert.equal(asks('_HLS_msn=8&_HLS_part=5'), 'BLOCKING_RELOAD_TOO_FAR')
  assert.equal(asks('_HLS_msn=7&_HLS_part=99'), 'BLOCKING_RELOAD_TOO_FAR')
  assert.equal(asks('_HLS_msn=99999999999999999999'), 'BLOCKING_RELOAD_TOO_FAR')
  for (const query of [
    '_HLS_part=1',
    '_HLS_msn=',
    '_HLS_msn=x',
    '_HLS_msn=-1',
    '_HLS_msn=7.5',
    '_HLS_msn=7&_HLS_part=',
    '_HLS_msn=7&_HLS_part=1e1',
    '_HLS_msn=7&_HLS_msn=7',
    '_HLS_msn=7&_HLS_part=1&_HLS_part=2',
    `_HLS_msn=${'9'.repeat(21)}`,
  ])
    assert.equal(asks(query), 'BLOCKING_RELOAD_MALFORMED', query)
})

test('a blocking reload is answered with the part it waits for, and not with the one before', () => {
  const { track, more } = aTrack(7 * 6 + 4)
  const { reply, seen } = aReply()
  serveLowLatencyPlaylist(reply, 'test', track, '_HLS_msn=7&_HLS_part=5', {})
  assert.deepEqual([seen.ends, track.waiting_count], [0, 1])
  more()
  assert.deepEqual([seen.ends, track.waiting_count], [0, 1])
  more()
  assert.deepEqual([seen.ends, seen.status, track.waiting_count], [1, 200, 0])
  // The last part of the segment: the playlist has the segment too.
  assert.match(seen.text, /7\.5\.m4s"\n#EXTINF:2\.000,\ntest\/7\.m4s\n#EXT-X-PRELOAD-HINT/)
})

test('the part that is hinted at is answered once it is there; a later one is not found', () => {
  const { track, more } = aTrack(7 * 6 + 2)
  const { reply, seen } = aReply()
  assert.equal(serveLowLatencyFile(reply, '7.2.m4s', track, {}), true)
  assert.equal(serveLowLatencyFile(aReply().reply, '7.3.m4s', track, {}), false)
  assert.equal(serveLowLatencyFile(aReply().reply, '7.m4s', track, {}), false)
  assert.equal(seen.ends, 0)
  more()
  assert.deepEqual([seen.ends, seen.status], [1, 200])
  assert.equal(seen.text, track.part({ sequence: 7, part: 2 })?.bytes.toString())
})

test('no more than a thousand wait, the next is told to come again, and who leaves makes room', () => {
  const { track, more } = aTrack(7 * 6)
  const waiting = Array.from({ length: HELD_MAX }, () => aReply())
  const ask = ({ reply }: { reply: Reply }) =>
    serveLowLatencyPlaylist(reply, 'test', track, '_HLS_msn=7&_HLS_part=0', {})
  waiting.forEach(ask)
  assert.equal(track.waiting_count, 1_000)
  const tooMany = aReply()
  ask(tooMany)
  assert.deepEqual([tooMany.seen.status, tooMany.seen.text], [503, 'TOO_MANY_WAITING\n'])
  assert.equal(tooMany.seen.headers['retry-after'], '1')
  waiting[0]?.seen.gone()
  assert.equal(track.waiting_count, 999)
  more()
  assert.equal(track.waiting_count, 0)
  assert.deepEqual(
    waiting.map(({ seen }) => seen.ends),
    [0, ...Array.from({ length: 999 }, () => 1)],
  )
})

test('a wait is given up after three target durations', (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { track, more } = aTrack(7 * 6)
  const { reply, seen } = aReply()
  serveLowLatencyPlaylist(reply, 'test', track, '_HLS_msn=7&_HLS_part=0', {})
  t.mock.timers.tick(5_999)
  assert.equal(seen.ends, 0)
  t.mock.timers.tick(1)
  assert.deepEqual([seen.status, seen.text], [503, 'BLOCKING_RELOAD_TIMEOUT\n'])
  more()
  assert.deepEqual([seen.ends, track.waiting_count], [1, 0])
})

test('the end of the stream ends every wait', () => {
  const { track } = aTrack(7 * 6)
  const { reply, seen } = aReply()
  serveLowLatencyPlaylist(reply, 'test', track, '_HLS_msn=7', {})
  track.close()
  assert.deepEqual([seen.status, seen.text, track.waiting_count], [503, 'STREAM_ENDED\n', 0])
})

test('segments are kept for two playlists and one, and their bytes are those of their parts', () => {
  const { track } = aTrack(20 * 6)
  assert.deepEqual(
    track.segments.map(({ sequence }) => sequence),
    [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
  )
  assert.equal(track.part({ sequence: 6, part: 0 }), null)
  const segment = track.segment(7)
  assert.ok(segment)
  assert.deepEqual(Buffer.concat(segment.parts.map(({ bytes }) => bytes)), segment.bytes)
  // One piece of memory, seen whole and in parts.
  for (const part of segment.parts) assert.equal(part.bytes.buffer, segment.bytes.buffer)
})
