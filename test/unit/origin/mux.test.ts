import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlvDemuxer } from '@streamgauge/agent/media/flv.ts'
import type { Frame } from '@streamgauge/agent/media/timeline.ts'
import { TsDemuxer } from '@streamgauge/agent/media/ts.ts'
import { AUDIO_FRAMES, GOPS_S, loadClip, VIDEO_FRAMES } from '@streamgauge/agent/origin/clip/clip.ts'
import { padded } from '@streamgauge/agent/origin/clip/padding.ts'
import { flvAudio, flvOpening, flvVideo, flvWire } from '@streamgauge/agent/origin/mux/flv.ts'
import { TsMuxer, tsWire } from '@streamgauge/agent/origin/mux/ts.ts'

const clip = loadClip(2)

test('the clip is eight seconds of both tracks, with a key frame every so many seconds', () => {
  for (const gop_s of GOPS_S) {
    const { video, audio } = loadClip(gop_s)
    // 200 pictures at 25 a second and 375 frames of 1,024 samples at 48,000 a second.
    assert.equal((VIDEO_FRAMES * 1_000) / 25, (AUDIO_FRAMES * 1_024 * 1_000) / 48_000)
    const keys = video.flatMap((sample, index) => (sample.key ? [index] : []))
    assert.deepEqual(
      keys,
      Array.from({ length: 8 / gop_s }, (_, i) => i * gop_s * 25),
    )
    assert.equal(audio.length, 375)
  }
})

test('an FLV tag is byte for byte what the specification says', () => {
  // A body of 7 bytes at 0x01020304 ms: type, size, timestamp with its highest byte last, stream id, body, 11 + 7.
  assert.deepEqual(
    [...flvVideo(0x01020304, true, Uint8Array.of(0xaa, 0xbb))],
    [9, 0, 0, 7, 2, 3, 4, 1, 0, 0, 0, 0x17, 1, 0, 0, 0, 0xaa, 0xbb, 0, 0, 0, 18],
  )
  assert.deepEqual(
    [...flvAudio(5, Uint8Array.of(9))],
    [8, 0, 0, 3, 0, 0, 5, 0, 0, 0, 0, 0xaf, 1, 9, 0, 0, 0, 14],
  )
})

test('an FLV timestamp wraps after 49.7 days instead of failing', () => {
  assert.deepEqual([...flvAudio(2 ** 32 + 5, Uint8Array.of(9))], [...flvAudio(5, Uint8Array.of(9))])
})

test('every MPEG-TS packet is 188 bytes, in sync, and counted without a gap across segments', () => {
  const muxer = new TsMuxer(clip)
  const picture = clip.video[0]
  const sound = clip.audio[0]
  assert.ok(picture && sound)
  const frames = (ticks: number) => [
    { track: 'video' as const, ticks, key: true, payload: picture.nal_units },
    { track: 'audio' as const, ticks, key: false, payload: sound },
    { track: 'video' as const, ticks: ticks + 3_600, key: false, payload: picture.nal_units },
  ]
  const bytes = Buffer.concat([muxer.segment(frames(0)), muxer.segment(frames(7_200))])
  assert.equal(bytes.length % 188, 0)
  const last = new Map<number, number>()
  for (let at = 0; at < bytes.length; at += 188) {
    assert.equal(bytes[at], 0x47)
    const pid = bytes.readUInt16BE(at + 1) & 0x1fff
    const counter = bytes.readUInt8(at + 3) & 0x0f
    const before = last.get(pid)
    if (before !== undefined) assert.equal(counter, (before + 1) & 0x0f)
    last.set(pid, counter)
  }
  assert.deepEqual(
    [...last.keys()].sort((a, b) => a - b),
    [0, 0x100, 0x101, 0x1000],
  )
})

test('MPEG-TS times survive the 33-bit wrap', () => {
  const muxer = new TsMuxer(clip)
  const near = 2 ** 33 - 3_600
  const picture = clip.video[0]
  assert.ok(picture)
  const seen: Frame[] = []
  const demuxer = new TsDemuxer({ tracks: () => {}, frame: (frame) => seen.push(frame) })
  const frame = (ticks: number) => ({
    track: 'video' as const,
    ticks,
    key: false,
    payload: picture.nal_units,
  })
  demuxer.push(muxer.segment([frame(near), frame(near + 3_600), frame(near + 7_200)]), 0)
  demuxer.end()
  assert.deepEqual(
    seen.map((one) => Math.round(one.dts_ms * 90)),
    // 33 bits on the wire; the demuxer counts on.
    [near, near + 3_600, near + 7_200],
  )
})

for (const bitrate_bps of [500_000, 2_000_000, 8_000_000]) {
  test(`one round of the loop at ${bitrate_bps} bit/s is within 2 % of it in both containers`, () => {
    const nominal = (bitrate_bps * 8) / 8
    const flv = padded(clip, bitrate_bps, flvWire).reduce(
      (sum, sample) => sum + flvVideo(0, sample.key, sample.nal_units).length,
      clip.audio.reduce((sum, frame) => sum + flvAudio(0, frame).length, 0),
    )
    assert.ok(Math.abs(flv / nominal - 1) < 0.02, `FLV ${flv / nominal}`)
    const muxer = new TsMuxer(clip)
    const ts = muxer.segment([
      ...padded(clip, bitrate_bps, tsWire).map((sample, i) => ({
        track: 'video' as const,
        ticks: i * 3_600,
        key: sample.key,
        payload: sample.nal_units,
      })),
      ...clip.audio.map((payload, i) => ({ track: 'audio' as const, ticks: i * 1_920, key: false, payload })),
    ])
    assert.ok(Math.abs(ts.length / nominal - 1) < 0.02, `TS ${ts.length / nominal}`)
  })
}

test('a bitrate the clip does not fit into is refused with what it needs', () => {
  assert.throws(() => padded(clip, 50_000, flvWire), { code: 'BITRATE_TOO_LOW', message: /needs \d+ kbit/ })
})

test('the opening carries metadata and both sequence headers and not a single frame', () => {
  const frames: Frame[] = []
  const demuxer = new FlvDemuxer({ tracks: () => {}, frame: (frame) => frames.push(frame) })
  demuxer.push(flvOpening(clip), 0)
  assert.deepEqual(frames, [])
})
