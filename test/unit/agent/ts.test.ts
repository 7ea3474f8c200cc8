import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, Timeline } from '@streamgauge/agent/media/timeline.ts'
import { TsDemuxer } from '@streamgauge/agent/media/ts.ts'

const PMT_PID = 0x100

/** One packet of 188 bytes: sync, PID, payload (ISO/IEC 13818-1 §2.4.3.2), stuffed in an adaptation field. */
function packet(pid: number, starts: boolean, payload: readonly number[], scrambled = 0): Uint8Array {
  const bytes = new Uint8Array(188).fill(0xff)
  const room = 184 - payload.length
  bytes.set([
    0x47,
    (starts ? 0x40 : 0) | (pid >>> 8),
    pid & 0xff,
    (scrambled << 6) | (room > 0 ? 0x30 : 0x10),
  ])
  if (room > 0) bytes[4] = room - 1
  if (room > 1) bytes[5] = 0
  bytes.set(payload, 188 - payload.length)
  return bytes
}

/** A table section behind its pointer field; the CRC is not looked at. */
const table = (id: number, body: readonly number[]) => {
  const length = 5 + body.length + 4
  return [0, id, 0xb0 | (length >>> 8), length & 0xff, 0, 1, 0xc1, 0, 0, ...body, 0, 0, 0, 0]
}

/** Programme 0, the network's, comes first; then programme 1. */
const pat = packet(0, true, table(0, [0, 0, 0xe0, 0x1f, 0, 1, 0xe0 | (PMT_PID >>> 8), PMT_PID & 0xff]))

const pmt = (...streams: (readonly [type: number, pid: number])[]) =>
  packet(
    PMT_PID,
    true,
    table(2, [
      0xff,
      0xff,
      0xf0,
      0,
      ...streams.flatMap(([type, pid]) => [type, 0xe0 | (pid >>> 8), pid & 0xff, 0xf0, 0]),
    ]),
  )

/** A PES packet with a PTS of 33 bits; an H.264 key frame begins with NAL unit type 5. */
function pes(ticks: number, key = false): number[] {
  const t = BigInt(((ticks % 2 ** 33) + 2 ** 33) % 2 ** 33)
  const pts = [
    0x21n | ((t >> 29n) & 0x0en),
    (t >> 22n) & 0xffn,
    ((t >> 14n) & 0xfen) | 1n,
    (t >> 7n) & 0xffn,
    ((t << 1n) & 0xfen) | 1n,
  ]
  return [0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, ...pts.map(Number), 0, 0, 1, key ? 0x65 : 0x41, 0]
}

const H264 = 0x1b
const AAC = 0x0f

function demux(packets: readonly Uint8Array[]): { frames: Frame[]; playable_ms: number } {
  const frames: Frame[] = []
  const timeline = new Timeline()
  let playable_ms = 0
  const demuxer = new TsDemuxer({
    tracks: (present) => timeline.expect(present),
    frame(frame) {
      frames.push(frame)
      playable_ms = timeline.push(frame)
    },
  })
  for (const [at, bytes] of packets.entries()) demuxer.push(bytes, at)
  demuxer.end()
  return { frames, playable_ms }
}

const told = (frames: readonly Frame[]) =>
  frames.map((f) => `${f.track} ${f.dts_ms}${f.key && f.track === 'video' ? ' key' : ''}`)

test('the first programme that is one is played, and of it the first picture and the first sound', () => {
  const table = pmt([0x15, 0x50], [H264, 0x51], [AAC, 0x52], [AAC, 0x53], [H264, 0x54])
  const { frames } = demux([
    pat,
    table,
    ...[0x50, 0x51, 0x52, 0x53, 0x54].map((pid) => packet(pid, true, pes(pid * 90, true))),
    packet(0x51, true, pes(9_000)),
  ])
  assert.deepEqual(told(frames), [`video ${0x51} key`, 'video 100', `audio ${0x52}`])
})

test('a 33-bit clock that wraps between picture and sound gives no false media and loses none', () => {
  // Pictures every 40 ms (3,600 ticks) and sound with each, from 100 ms before the wrap on.
  const media = Array.from({ length: 10 }, (_, i) => 2 ** 33 - 9_000 + i * 3_600).flatMap((ticks, i) => [
    packet(0x51, true, pes(ticks, i === 0)),
    packet(0x52, true, pes(ticks - 900)),
  ])
  const { frames, playable_ms } = demux([pat, pmt([H264, 0x51], [AAC, 0x52]), ...media])
  const clock = frames.filter((frame) => frame.track === 'video').map((frame) => frame.dts_ms * 90 - 2 ** 33)
  assert.deepEqual(
    clock,
    Array.from({ length: 10 }, (_, i) => -9_000 + i * 3_600),
  )
  // Sound begins 10 ms before its picture; its last frame at 360 - 10 lasts 40 ms like the one before it.
  assert.equal(playable_ms, 390)
})

test('a table that moves the picture to another PID loses none of it', () => {
  const { frames } = demux([
    pat,
    pmt([H264, 0x51]),
    packet(0x51, true, pes(0, true)),
    pmt([H264, 0x61]),
    packet(0x61, true, pes(3_600)),
    packet(0x51, true, pes(99_999)),
  ])
  assert.deepEqual(told(frames), ['video 0 key', 'video 40'])
})

for (const [what, bytes, message] of [
  ['scrambled media', [pat, pmt([H264, 0x51]), packet(0x51, true, pes(0), 2)], /scrambled/],
  [
    'packed audio behind an ID3 tag',
    [new Uint8Array(188).fill(0).map((_, i) => [0x49, 0x44, 0x33][i] ?? 0)],
    /packed audio/,
  ],
  ['packed AAC', [new Uint8Array(188).fill(0).map((_, i) => [0xff, 0xf1][i] ?? 0)], /packed audio/],
  ['anything else', [new Uint8Array(188)], /sync byte/],
] as const) {
  test(`${what} is MEDIA_INVALID`, () => {
    assert.throws(() => demux(bytes), { code: 'MEDIA_INVALID', message })
  })
}
