import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Mp4Demuxer } from '@streamgauge/agent/media/mp4.ts'
import { type Frame, Timeline } from '@streamgauge/agent/media/timeline.ts'
import { box, initSegment, NO_KEY, u32 } from '../../support/mp4.ts'

const folder = new URL('../../fixtures/media/', import.meta.url)

/** What ffprobe lists: `video,0.040000,347,3877,__`: decode time, size, place in the file, flags. */
function reference(file: string, type: 'video' | 'audio') {
  const lines = readFileSync(new URL(`${file}.packets.csv`, folder), 'utf8')
    .trim()
    .split('\n')
  return lines
    .map((line) => line.split(','))
    .filter((row) => row[0] === type)
    .map((row) => ({
      dts_ms: Math.round(Number(row[1]) * 1_000),
      start: Number(row[3]),
      end: Number(row[3]) + Number(row[2]),
      key: row[4]?.startsWith('K') === true,
    }))
}

function demuxer() {
  const frames: Frame[] = []
  const tracks: object[] = []
  const timeline = new Timeline()
  let playable_ms = 0
  const demuxer = new Mp4Demuxer({
    tracks(present) {
      tracks.push(present)
      timeline.expect(present)
    },
    frame(frame) {
      frames.push(frame)
      playable_ms = timeline.push(frame)
    },
  })
  return { demuxer, frames, tracks, playable: () => playable_ms }
}

/** Pushes in chunks; a chunk arrives, in ms, at the number of its last byte. */
function demux(bytes: Uint8Array, chunkBytes: number) {
  const run = demuxer()
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes)
    run.demuxer.push(chunk, at + chunk.length - 1)
  }
  run.demuxer.end()
  return run
}

for (const [file, video, audio] of [
  ['avc_aac.fmp4', 50, 95],
  ['avc_aac_base.fmp4', 50, 95],
  ['avc_aac_edits.fmp4', 50, 95],
  ['hevc_aac.fmp4', 50, 95],
] as const) {
  const bytes = readFileSync(new URL(file, folder))

  test(`${file}: every frame, its clock, its key flag and its last byte are what ffprobe says`, () => {
    const { frames } = demux(bytes, 1)
    for (const [track, count] of [
      ['video', video],
      ['audio', audio],
    ] as const) {
      const expected = reference(file, track)
      const found = frames.filter((frame) => frame.track === track)
      assert.equal(expected.length, count)
      // Byte by byte, byte n arrives at n ms.
      assert.deepEqual(
        found.map((frame) => [Math.round(frame.dts_ms), frame.first_byte_at_ms, frame.at_ms]),
        expected.map((packet) => [packet.dts_ms, packet.start, packet.end - 1]),
      )
      // ffprobe calls every audio packet a key; here only pictures are.
      assert.deepEqual(
        found.map((frame) => frame.key),
        expected.map((packet) => packet.key && track === 'video'),
      )
    }
  })

  test(`${file}: the same frames and two playable seconds, however the bytes are cut`, () => {
    const whole = demux(bytes, bytes.length)
    for (const chunk of [7, 188, 1_447]) {
      const { frames, playable } = demux(bytes, chunk)
      const timeless = (frame: Frame) => ({ ...frame, at_ms: 0, first_byte_at_ms: 0 })
      assert.deepEqual(frames.map(timeless), whole.frames.map(timeless))
      assert.ok(Math.abs(playable() - 2_000) < 30, `${playable()} ms in chunks of ${chunk}`)
    }
  })
}

test('the init segment names the codecs', () => {
  const codecs = (file: string) =>
    demux(readFileSync(new URL(file, folder)), 9_999).demuxer.tracks.map((t) => [
      t.kind,
      t.codec,
      t.timescale,
    ])
  assert.deepEqual(codecs('avc_aac.fmp4'), [
    ['video', 'avc1', 12_800],
    ['audio', 'mp4a', 48_000],
  ])
  assert.deepEqual(codecs('hevc_aac.fmp4'), [
    ['video', 'hvc1', 12_800],
    ['audio', 'mp4a', 48_000],
  ])
})

const VIDEO = { id: 1, handler: 'vide', timescale: 1_000 } as const
const AUDIO = { id: 2, handler: 'soun', timescale: 48_000 } as const
const DEFAULT_BASE_IS_MOOF = 0x02_0000

/** A `moof`, whose `trun` offsets are counted from its own start; `mdat` bodies follow 8 bytes after its end. */
const moof = (...trafs: Uint8Array[]) => box('moof', box('mfhd', u32(0, 1)), ...trafs)
const traf = (id: number, tfdt: Uint8Array | readonly number[], ...truns: Uint8Array[]) =>
  box('traf', box('tfhd', u32(DEFAULT_BASE_IS_MOOF, id)), tfdt, ...truns)

const bytesOf = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

test('two runs of one track, 64-bit times and defaults from the movie', () => {
  // Samples of 40 ms and 10 bytes by default; 2^32 + 1,000 ticks of 1 ms; the first of each run is a key.
  const init = initSegment([VIDEO], { duration: 40, size: 10, flags: NO_KEY })
  const run = (offset: number) => box('trun', u32(0x05, 2, offset, 0))
  const build = (offset: number) =>
    moof(traf(1, box('tfdt', u32(0x0100_0000, 1, 1_000)), run(offset), run(offset + 20)))
  const fragment = build(build(0).length + 8)
  const { frames } = demux(bytesOf(init, fragment, box('mdat', new Uint8Array(40))), 1)
  const first = init.length + fragment.length + 8
  assert.deepEqual(
    frames.map((frame) => [frame.dts_ms - 2 ** 32, frame.key, frame.at_ms - first]),
    [
      [1_000, true, 9],
      [1_040, false, 19],
      [1_080, true, 29],
      [1_120, false, 39],
    ],
  )
})

test('without any base, data and time go on where the track before them ended', () => {
  const init = initSegment([VIDEO, AUDIO], { duration: 0, size: 0, flags: 0 })
  // tfhd 0x18: default duration and size. The first data lies at the start of `moof`, so it carries an offset.
  const parts = (offset: number) =>
    moof(
      box('traf', box('tfhd', u32(0x18, 1, 40, 10)), box('trun', u32(0x01, 2, offset))),
      box('traf', box('tfhd', u32(0x18, 2, 1_024, 5)), box('trun', u32(0, 3))),
    )
  const fragment = parts(parts(0).length + 8)
  const media = bytesOf(fragment, box('mdat', new Uint8Array(35)))
  const { frames } = demux(bytesOf(init, media, media), 1)
  const of = (track: string) => frames.filter((frame) => frame.track === track).map((frame) => frame.dts_ms)
  assert.deepEqual(of('video'), [0, 40, 80, 120])
  assert.deepEqual(
    of('audio').map((ms) => Math.round((ms * 48) / 1_024)),
    [0, 1, 2, 3, 4, 5],
  )
  const bytes = init.length + fragment.length + 8
  assert.deepEqual(
    frames.slice(0, 5).map((frame) => frame.at_ms - bytes),
    [9, 19, 24, 29, 34],
  )
})

test('64-bit boxes, media up to the end of the file, and boxes nobody reads are taken as they come', () => {
  const init = initSegment([VIDEO], { duration: 40, size: 4, flags: 0 })
  const build = (offset: number) => moof(traf(1, box('tfdt', u32(0, 0)), box('trun', u32(0x01, 1, offset))))
  const fragment = build(build(0).length + 16)
  const long = bytesOf(u32(1), Buffer.from('mdat'), u32(0, 20), new Uint8Array(4))
  const endless = bytesOf(u32(0), Buffer.from('mdat'), u32(0, 0), new Uint8Array(4))
  const skipped = ['styp', 'sidx', 'prft', 'emsg', 'free', 'uuid'].map((t) => box(t, new Uint8Array(30)))
  // The fragment's data begins 16 bytes after it: behind the long header, or 8 bytes into the endless body.
  const { frames } = demux(bytesOf(init, ...skipped, fragment, long, ...skipped, fragment, endless), 3)
  assert.equal(frames.length, 2)
})

test('the edit list moves each track: an empty edit delays it, a media time cuts it', () => {
  // Empty for 500 movie ticks of 1 ms, then from 80 ms on: 500 - 80 = 420 ms.
  const edits = u32(2, 500, 0xffff_ffff, 0x1_0000, 0, 80, 0x1_0000)
  const init = initSegment([{ ...VIDEO, edits }], { duration: 40, size: 1, flags: 0 })
  const build = (offset: number) => moof(traf(1, box('tfdt', u32(0, 80)), box('trun', u32(0x01, 1, offset))))
  const fragment = build(build(0).length + 8)
  const { frames } = demux(bytesOf(init, fragment, box('mdat', [1])), 99)
  assert.deepEqual(
    frames.map((frame) => frame.dts_ms),
    [500],
  )
})

test('a track of neither picture nor sound takes its room in the media and reports nothing', () => {
  const init = initSegment([{ id: 3, handler: 'text', timescale: 1_000 }, VIDEO], {
    duration: 40,
    size: 6,
    flags: 0,
  })
  const build = (offset: number) =>
    moof(
      box('traf', box('tfhd', u32(0, 3)), box('trun', u32(0x01, 2, offset))),
      box('traf', box('tfhd', u32(0, 1)), box('trun', u32(0, 1))),
    )
  const fragment = build(build(0).length + 8)
  const { frames, tracks } = demux(bytesOf(init, fragment, box('mdat', new Uint8Array(18))), 1)
  assert.deepEqual(tracks, [{ video: true, audio: false }])
  // The picture lies after two texts of six bytes.
  assert.deepEqual(
    frames.map((frame) => frame.at_ms - init.length - fragment.length - 8),
    [17],
  )
})

test('a byte range of a file is read where it stands in the file', () => {
  const init = initSegment([VIDEO], { duration: 40, size: 4, flags: 0 })
  // base-data-offset 5,000 in the file; the fragment begins at 4,900 and its media body at 5,000.
  const build = (pad: number) =>
    bytesOf(
      moof(box('traf', box('tfhd', u32(0x01, 1, 0, 5_000)), box('trun', u32(0, 1)))),
      box('free', new Uint8Array(pad)),
    )
  const fragment = build(100 - 8 - build(0).length)
  assert.equal(fragment.length, 92)
  const run = demuxer()
  run.demuxer.push(init, 1)
  run.demuxer.end()
  run.demuxer.begin(4_900)
  run.demuxer.push(bytesOf(fragment, box('mdat', new Uint8Array(4))), 2)
  run.demuxer.end()
  assert.equal(run.frames.length, 1)
})

const tiny = initSegment([VIDEO], { duration: 40, size: 10, flags: 0 })
const oneSample = (count: number, offset = 0x60) =>
  moof(traf(1, box('tfdt', u32(0, 0)), box('trun', u32(0x01, count, offset))))
const at = oneSample(1).length + 8
const encrypted = box('sinf', box('schm', u32(0), Buffer.from('cbcs'), u32(0x1_0000)))

for (const [what, bytes, message] of [
  ['a web page', Buffer.from('<html><body>not a stream</body></html>'), /box '<|box 'l>no'|claims/],
  ['MPEG-TS', readFileSync(new URL('avc_aac.mpegts', folder)), /claims/],
  ['a fragment before its movie', oneSample(1), /before its movie/],
  ['a run of ten million samples', bytesOf(tiny, oneSample(10_000_000)), /claims 10000000 samples/],
  [
    'a run whose fields are not there',
    bytesOf(tiny, moof(traf(1, [], box('trun', u32(0x0100, 9_000))))),
    /cut short/,
  ],
  [
    'a run beyond its media',
    bytesOf(tiny, oneSample(3, at), box('mdat', new Uint8Array(25))),
    /beyond its media/,
  ],
  ['a sample before its media', bytesOf(tiny, oneSample(1, 4), box('mdat', new Uint8Array(25))), /outside/],
  ['a fragment without media', bytesOf(tiny, oneSample(1, at), oneSample(1, at)), /lacks the media of 1/],
  ['an end before the media', bytesOf(tiny, oneSample(1, at)), /lacks the media of 1/],
  [
    'an end inside a box',
    bytesOf(tiny, oneSample(1, at), box('mdat', new Uint8Array(25)).subarray(0, 30)),
    /inside a box/,
  ],
  ['a box inside a smaller one', box('moov', u32(500), Buffer.from('trak')), /inside one that is smaller/],
  ['a box of four bytes', bytesOf(u32(4), Buffer.from('free')), /claims 4 bytes/],
  ['a movie of five megabytes', bytesOf(u32(5_000_000), Buffer.from('moov')), /claims 5000000 bytes/],
  ['a box of 2^63 bytes', bytesOf(u32(1), Buffer.from('free'), u32(0x8000_0000, 0)), /claims/],
  ['a movie cut short', box('moov', box('mvhd', u32(0, 0))), /cut short/],
  ['a clock without ticks', initSegment([{ ...VIDEO, timescale: 0 }]), /no ticks/],
  ['a movie without tracks', initSegment([]), /without tracks/],
  ['an unknown track', bytesOf(tiny, moof(traf(7, [], box('trun', u32(0, 1))))), /track 7/],
  ['a movie that is not fragmented', bytesOf(tiny, box('mdat', new Uint8Array(9))), /fragmented/],
  ['an encrypted track', initSegment([{ ...VIDEO, codec: 'encv', entry: encrypted }]), /encrypted with cbcs/],
] as const) {
  test(`${what} is MEDIA_INVALID`, () => {
    assert.throws(() => demux(bytes, bytes.length), { code: 'MEDIA_INVALID', message })
    assert.throws(() => demux(bytes, 5), { code: 'MEDIA_INVALID', message })
  })
}
