import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FlvDemuxer } from '@streamgauge/agent/media/flv.ts'
import { type Frame, type MediaSink, Timeline } from '@streamgauge/agent/media/timeline.ts'
import { TsDemuxer } from '@streamgauge/agent/media/ts.ts'

const folder = new URL('../../fixtures/media/', import.meta.url)

/** What ffprobe lists: `video,0.000000,K_`. */
function reference(file: string): { video: [dts_ms: number, key: boolean][]; audio: number[] } {
  const rows = readFileSync(new URL(`${file}.packets.csv`, folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  const of = (type: string) => rows.filter((row) => row[0] === type)
  return {
    video: of('video').map((row) => [Math.round(Number(row[1]) * 1_000), row[2]?.startsWith('K') ?? false]),
    audio: of('audio').map((row) => Math.round(Number(row[1]) * 1_000)),
  }
}

function demux(file: string, chunkBytes: number): { frames: Frame[]; playable_ms: number } {
  const frames: Frame[] = []
  const timeline = new Timeline()
  let playable_ms = 0
  const sink: MediaSink = {
    tracks: (present) => timeline.expect(present),
    frame(frame) {
      frames.push(frame)
      playable_ms = timeline.push(frame)
    },
  }
  const demuxer = file.endsWith('.flv') ? new FlvDemuxer(sink) : new TsDemuxer(sink)
  const bytes = readFileSync(new URL(file, folder))
  for (let at = 0; at < bytes.length; at += chunkBytes) demuxer.push(bytes.subarray(at, at + chunkBytes), at)
  if (demuxer instanceof TsDemuxer) demuxer.end()
  return { frames, playable_ms }
}

for (const file of ['avc_aac.mpegts', 'avc_aac.flv', 'hevc_aac.mpegts']) {
  test(`${file}: every video frame, its clock and its key flag are what ffprobe says`, () => {
    const { frames } = demux(file, 1_000)
    const video = frames.filter((frame) => frame.track === 'video')
    assert.deepEqual(
      video.map((frame) => [Math.round(frame.dts_ms), frame.key]),
      reference(file).video,
    )
    assert.equal(video.length, 50)
  })

  test(`${file}: two seconds are playable, however the bytes are cut`, () => {
    for (const chunk of [1, 188, 1_447, 1_000_000]) {
      const { playable_ms } = demux(file, chunk)
      assert.ok(Math.abs(playable_ms - 2_000) < 60, `${playable_ms} ms in chunks of ${chunk}`)
    }
  })
}

test('avc_aac.flv: every audio frame is where ffprobe says', () => {
  const audio = demux('avc_aac.flv', 777).frames.filter((frame) => frame.track === 'audio')
  assert.deepEqual(
    audio.map((frame) => frame.dts_ms),
    reference('avc_aac.flv').audio,
  )
})

test('MPEG-TS: a frame is complete with the last packet of its own track before the next one begins', () => {
  const frames = demux('avc_aac.mpegts', 188).frames
  for (const frame of frames) assert.ok(frame.at_ms >= frame.first_byte_at_ms)
  const keys = frames.filter((frame) => frame.track === 'video' && frame.key)
  assert.equal(keys.length, 2)
})

test('what is not MPEG-TS, and a segment that ends inside a packet, are MEDIA_INVALID', () => {
  const nothing: MediaSink = { tracks: () => {}, frame: () => {} }
  const invalid = { code: 'MEDIA_INVALID' }
  assert.throws(() => new TsDemuxer(nothing).push(new Uint8Array(188).fill(1), 0), invalid)
  const bytes = readFileSync(new URL('avc_aac.mpegts', folder))
  const cut = new TsDemuxer(nothing)
  cut.push(bytes.subarray(0, 1_000), 0)
  assert.throws(() => cut.end(), invalid)
})
