import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlvDemuxer } from '@streamgauge/agent/media/flv.ts'
import { type Frame, Timeline } from '@streamgauge/agent/media/timeline.ts'
import { audioTag, flvHeader, flvMedia, flvTag, joined, videoTag } from '../../support/flv.ts'

/** FourCCs of Enhanced RTMP. */
const HVC1 = Buffer.from('hvc1')
const MP4A = Buffer.from('mp4a')

/** `video 40 key`, in the order of arrival. */
const told = (frames: readonly Frame[]) =>
  frames.map((frame) => `${frame.track} ${frame.dts_ms}${frame.key ? ' key' : ''}`)

/** The media time reached with each frame, by the timeline. */
function reached(tags: readonly Uint8Array[], flags = 5): number[] {
  const timeline = new Timeline()
  const media: number[] = []
  const demuxer = new FlvDemuxer({
    tracks: (present) => timeline.expect(present),
    frame: (frame) => media.push(timeline.push(frame)),
  })
  for (const tag of [flvHeader(flags), ...tags]) demuxer.push(tag, 0)
  return media
}

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
    joined([flvHeader(), flvTag(9, 0, [0x1c, 1, 0, 0, 0, 9]), flvTag(9, 40, [0x91, ...HVC1, 0, 0, 0, 9])]),
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
  assert.throws(() => demux().push(joined([flvHeader(), flvTag(9, 0, []).fill(0x89, 0, 1)]), 1), invalid)
  assert.throws(() => demux().push(joined([flvHeader(), flvTag(0x29, 0, [1, 2])]), 1), invalid)
  // Of a type nobody knows, with a size after it that is not its own.
  assert.throws(() => demux().push(joined([flvHeader(), flvTag(3, 0, [1, 2]).fill(0, 13)]), 1), invalid)
  assert.throws(() => demux().push(flvHeader().fill(0xff, 5, 9), 1), invalid)
  const huge = flvTag(9, 0, [0x17, 1, 0, 0, 0])
  huge.set([0xff, 0xff, 0xff], 1)
  assert.throws(() => demux().push(joined([flvHeader(), huge]), 1), invalid)
})

test('Enhanced RTMP: coded frames are frames; configuration, metadata and ends of sequences are not', () => {
  const { push, frames } = demux()
  const video = (head: number, at: number) => flvTag(9, at, [head, ...HVC1, 0, 0, 0, 1, 2])
  const audio = (head: number, at: number) => flvTag(8, at, [head, ...MP4A, 1, 2])
  push(
    joined([
      flvHeader(),
      ...[0x90, 0x92, 0x94, 0x95].map((head) => video(head, 5)),
      ...[0x90, 0x92, 0x94].map((head) => audio(head, 5)),
      video(0x91, 10),
      video(0xa3, 50),
      audio(0x91, 60),
      // Frame type 5 is a command, whatever the packet.
      video(0xd1, 70),
    ]),
    1,
  )
  assert.deepEqual(told(frames), ['video 10 key', 'video 50', 'audio 60'])
})

test('Enhanced RTMP: of several tracks the main one counts, and ModEx prefixes are passed over', () => {
  const { push, frames } = demux()
  // Packet type 6 = multitrack; then kind of multitrack and packet type, FourCC, track id.
  const one = (at: number, trackId: number) => flvTag(9, at, [0x96, 0x01, ...HVC1, trackId, 9, 9])
  const many = flvTag(9, 80, [0xa6, 0x11, ...HVC1, 0, 0, 0, 2, 9, 9, 1, 0, 0, 1, 9])
  const audio = flvTag(8, 90, [0x95, 0x01, ...MP4A, 0, 9])
  const second = flvTag(8, 95, [0x95, 0x01, ...MP4A, 1, 9])
  // ModEx 7: size - 1, three bytes of nanoseconds, then the real packet type; once with a 16-bit size (255).
  const nanos = flvTag(9, 100, [0x97, 2, 1, 2, 3, 0x01, ...HVC1, 9])
  const long = flvTag(9, 140, [0xa7, 255, 1, 0, ...new Uint8Array(257), 0x03, ...HVC1, 9])
  const endless = flvTag(9, 180, [0xa7, 255, 0xff, 0xff, ...new Uint8Array(700)])
  const tracks = [one(0, 0), one(0, 1), many, audio, second]
  push(joined([flvHeader(), ...tracks, nanos, long, endless, videoTag(220, false)]), 1)
  assert.deepEqual(told(frames), [
    'video 0 key',
    'video 80',
    'audio 90',
    'video 100 key',
    'video 140',
    'video 220',
  ])
})

test('sequence headers that come again in mid-stream, with other timestamps, disturb nothing', () => {
  const avc = flvTag(9, 0, [0x17, 0, 0, 0, 0, 1, 2, 3])
  const aac = flvTag(8, 999_999, [0xaf, 0, 0x12, 0x10])
  const tags = [
    videoTag(0, true),
    audioTag(0),
    avc,
    aac,
    audioTag(21),
    videoTag(40, true),
    avc,
    videoTag(80, false),
  ]
  // Video ends at 40, 80, 120; audio at 21 1/3 (its first frame is taken for 1,024 samples at 48 kHz), then 42.
  assert.deepEqual(
    reached(tags).map((ms) => Math.round(ms)),
    [0, 21, 40, 42, 42],
  )
})

test('a 32-bit clock that wraps goes on, also when sound is before the wrap and the picture after it', () => {
  const top = 2 ** 32
  const { push, frames } = demux()
  const late = [
    videoTag(top - 40, true),
    audioTag(top - 10),
    videoTag(0, false),
    audioTag(top - 2),
    videoTag(40, false),
  ]
  push(joined([flvHeader(), ...late]), 1)
  assert.deepEqual(
    frames.map((frame) => frame.dts_ms - top),
    [-40, -10, 0, -2, 40],
  )
  // The key frame is at 0, sound before it at -20 and -10: it ends at -20 + 10, -10 + 10 and 0 + 21 - 0.
  const across = [
    audioTag(top - 20),
    audioTag(top - 10),
    videoTag(0, true),
    audioTag(11),
    videoTag(40, false),
  ]
  assert.deepEqual(reached(across), [0, 0, 0, 32, 32])
})

test('a clock that begins below zero is read as the 32-bit number it is', () => {
  assert.deepEqual(
    reached([videoTag(2 ** 32 - 40, true), videoTag(0, false), videoTag(40, false)], 1),
    [40, 80, 120],
  )
})

test('both clocks jump by an hour and back: sound and picture stay together', () => {
  const hour = 3_600_000
  const tags: Uint8Array[] = []
  for (const base of [0, hour, 7]) {
    for (let at = 0; at < 200; at += 40) {
      tags.push(videoTag(base + at, at === 0))
      tags.push(audioTag(base + at), audioTag(base + at + 20))
    }
  }
  // Three times 200 ms of both, the sound of the jump being placed where the picture's jump put it.
  assert.equal(reached(tags).at(-1), 600)
})

test('tags of other kinds are passed over: AMF3 data, commands, unknown types, bodies of nothing', () => {
  const { push, frames } = demux()
  const others = [15, 16, 17, 19, 20, 1, 3, 31].map((type) => flvTag(type, 123_456, [1, 2, 3]))
  const empty = [8, 9, 18, 0].map((type) => flvTag(type, 5, []))
  const hollow = [
    flvTag(9, 5, [0x17]),
    flvTag(9, 5, [0x17, 1, 0, 0, 0]),
    flvTag(8, 5, [0xaf, 1]),
    flvTag(8, 5, [0xaf]),
  ]
  push(joined([flvHeader(), ...others, ...empty, videoTag(0, true), ...hollow, ...others, audioTag(9)]), 1)
  assert.deepEqual(told(frames), ['video 0 key', 'audio 9'])
})

test('an aggregate message is read for the messages in it, at the time of the aggregate', () => {
  const inside = joined([
    videoTag(500, true, 30),
    audioTag(510),
    flvTag(18, 510, [2]),
    videoTag(540, false, 30),
  ])
  for (const chunk of [1, 10, 10_000]) {
    const { push, frames } = demux()
    const bytes = joined([flvHeader(), flvTag(22, 9_000, inside), flvTag(22, 0, []), audioTag(9_100)])
    for (let at = 0; at < bytes.length; at += chunk) push(bytes.subarray(at, at + chunk), at)
    assert.deepEqual(told(frames), ['video 9000 key', 'audio 9010', 'video 9040', 'audio 9100'])
  }
  const beyond = flvTag(22, 0, inside.subarray(0, 60))
  assert.throws(() => demux().push(joined([flvHeader(), beyond, videoTag(0, true)]), 1), {
    code: 'MEDIA_INVALID',
  })
})

test('sizes after tags are not relied on', () => {
  const { push, frames } = demux()
  const wrong = [videoTag(0, true), audioTag(10), flvTag(18, 0, [2])].map((tag) =>
    tag.fill(0xee, tag.length - 4),
  )
  push(joined([flvHeader(), ...wrong, videoTag(40, false)]), 1)
  assert.equal(frames.length, 3)
})

test('a header that comes again in mid-stream, and one longer than today, are passed over', () => {
  const { push, frames, tracks } = demux()
  const longer = joined([flvHeader().fill(12, 8, 9).subarray(0, 9), new Uint8Array(3), new Uint8Array(4)])
  const bytes = joined([longer, videoTag(0, true), flvHeader(1), videoTag(0, true)])
  for (const byte of bytes) push(Uint8Array.of(byte), 1)
  assert.equal(frames.length, 2)
  assert.deepEqual(tracks, [
    { video: true, audio: true },
    { video: true, audio: false },
  ])
})

test('sound muxed half a second ahead of its pictures counts once they are there', () => {
  const ahead = Array.from({ length: 30 }, (_, i) => audioTag(i * 20))
  const tags = [...ahead, videoTag(0, true), videoTag(40, false), videoTag(80, false)]
  // Thirty sounds reach 600 ms and wait; three pictures reach 40, 80 and 120.
  assert.deepEqual(reached(tags), [...Array.from({ length: 30 }, () => 0), 40, 80, 120])
})

test('metadata of half a megabyte is passed over as it comes', () => {
  const { push, frames } = demux()
  push(joined([flvHeader(), flvTag(18, 0, new Uint8Array(500_000)), videoTag(0, true)]), 1)
  assert.equal(frames.length, 1)
})
