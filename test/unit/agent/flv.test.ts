import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlvDemuxer } from '@streamgauge/agent/media/flv.ts'
import type { Frame } from '@streamgauge/agent/media/timeline.ts'
import { audioTag, flvHeader, flvMedia, flvTag, joined, videoTag } from '../../support/flv.ts'

function demux(): { push: (bytes: Uint8Array, at: number) => void; frames: Frame[]; tracks: object[] } {
  const frames: Frame[] = []
  const tracks: object[] = []
  const demuxer = new FlvDemuxer({ tracks: (t) => tracks.push(t), frame: (f) => frames.push(f) })
  return { push: (bytes, at) => demuxer.push(bytes, at), frames, tracks }
}

test('reports each frame with its clock, its key flag and the moment its last media byte arrived', () => {
  const { push, frames, tracks } = demux()
  push(joined([flvHeader(), videoTag(0, true), audioTag(10), videoTag(40, false)]), 7)
  assert.deepEqual(tracks, [{ video: true, audio: true }])
  assert.deepEqual(
    frames.map((f) => [f.track, f.dts_ms, f.key, f.at_ms]),
    [
      ['video', 0, true, 7],
      ['audio', 10, false, 7],
      ['video', 40, false, 7],
    ],
  )
})

test('a tag in many pieces is complete with its last media byte, not with the four bytes after it', () => {
  const { push, frames } = demux()
  const tag = videoTag(0, true, 100)
  push(flvHeader(), 1)
  push(tag.subarray(0, 5), 2)
  push(tag.subarray(5, 60), 3)
  push(tag.subarray(60, 111), 4)
  assert.equal(frames.length, 1)
  push(tag.subarray(111), 9)
  assert.deepEqual([frames[0]?.first_byte_at_ms, frames[0]?.at_ms], [2, 4])
  assert.equal(frames.length, 1)
})

test('byte by byte gives the same frames as all at once', () => {
  const bytes = joined([flvHeader(), ...flvMedia(0, 400, 200, 50)])
  const whole = demux()
  whole.push(bytes, 1)
  const dripped = demux()
  for (const byte of bytes) dripped.push(Uint8Array.of(byte), 1)
  assert.deepEqual(dripped.frames, whole.frames)
  assert.equal(whole.frames.length, 30)
})

test('sequence headers, metadata and video info frames are not frames', () => {
  const { push, frames } = demux()
  push(
    joined([
      flvHeader(),
      flvTag(18, 0, [2, 0, 10]),
      flvTag(9, 0, [0x17, 0, 0, 0, 0, 1]),
      flvTag(8, 0, [0xaf, 0, 0x12, 0x10]),
      flvTag(9, 0, [0x57, 0]),
      flvTag(9, 0, [0x17, 2, 0, 0, 0]),
    ]),
    1,
  )
  assert.deepEqual(frames, [])
})

test('HEVC is read as codec id 12 and as Enhanced RTMP', () => {
  const { push, frames } = demux()
  push(
    joined([flvHeader(), flvTag(9, 0, [0x1c, 1, 0, 0, 0, 9]), flvTag(9, 40, [0x91, 0x68, 0x76, 0x63, 0x31])]),
    1,
  )
  assert.deepEqual(
    frames.map((f) => [f.dts_ms, f.key]),
    [
      [0, true],
      [40, true],
    ],
  )
})

test('the extended timestamp byte is the highest one', () => {
  const { push, frames } = demux()
  push(joined([flvHeader(), videoTag(0x01020304, true)]), 1)
  assert.equal(frames[0]?.dts_ms, 0x01020304)
})

test('what is not FLV, and tags that cannot be, are MEDIA_INVALID', () => {
  const invalid = { code: 'MEDIA_INVALID' }
  assert.throws(() => demux().push(Buffer.from('<html>not a stream</html>'), 1), invalid)
  assert.throws(() => demux().push(Uint8Array.of(0x46, 0x4c, 0x57), 1), invalid)
  assert.throws(() => demux().push(joined([flvHeader(), flvTag(9, 0, []).fill(3, 0, 1)]), 1), invalid)
  const huge = flvTag(9, 0, [0x17, 1, 0, 0, 0])
  huge.set([0xff, 0xff, 0xff], 1)
  assert.throws(() => demux().push(joined([flvHeader(), huge]), 1), invalid)
})
