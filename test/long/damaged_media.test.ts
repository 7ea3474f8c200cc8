import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MediaError } from '@streamgauge/agent/media/error.ts'
import { FlvDemuxer } from '@streamgauge/agent/media/flv.ts'
import { Mp4Demuxer } from '@streamgauge/agent/media/mp4.ts'
import { type MediaSink, Timeline } from '@streamgauge/agent/media/timeline.ts'
import { TsDemuxer } from '@streamgauge/agent/media/ts.ts'
import { ProbeFailure } from '@streamgauge/agent/probe/failure.ts'
import { Recording } from '@streamgauge/agent/probe/recording.ts'
import { startOf, stepFrom } from '@streamgauge/agent/pull/hls/cursor.ts'
import { readPlaylist } from '@streamgauge/agent/pull/hls/playlist.ts'
import { pullHls, pullLowLatencyHls } from '@streamgauge/agent/pull/hls.ts'
import type { Get } from '@streamgauge/agent/pull/request.ts'

const SEEDS = 20_000
const folder = new URL('../fixtures/media/', import.meta.url)

/** mulberry32: a small generator whose every run from one seed is the same. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Cuts, flips and splices, one to eight times; the same seed damages in the same way. */
function damaged(bytes: Uint8Array, other: Uint8Array, seed: number): Uint8Array {
  const random = randomFrom(seed)
  const pick = (below: number) => Math.floor(random() * below)
  let result = new Uint8Array(bytes)
  for (let blows = 1 + pick(8); blows > 0; blows--) {
    const at = pick(result.length)
    const kind = pick(4)
    if (kind === 0) result[at] = pick(256)
    else if (kind === 1) result = result.slice(0, at)
    else if (kind === 2)
      result = new Uint8Array(Buffer.concat([result.slice(0, at), result.slice(at + pick(2_000))]))
    else {
      const from = pick(other.length)
      const piece = other.slice(from, from + pick(4_000))
      result = new Uint8Array(Buffer.concat([result.slice(0, at), piece, result.slice(at)]))
    }
    if (result.length === 0) return result
  }
  return result
}

function demuxerOf(file: string, sink: MediaSink): FlvDemuxer | TsDemuxer | Mp4Demuxer {
  if (file.endsWith('.flv')) return new FlvDemuxer(sink)
  return file.endsWith('.fmp4') ? new Mp4Demuxer(sink) : new TsDemuxer(sink)
}

for (const [file, other] of [
  ['avc_aac.flv', 'avc_aac.mpegts'],
  ['avc_aac.mpegts', 'avc_aac.flv'],
  ['hevc_aac.mpegts', 'avc_aac.mpegts'],
  ['avc_aac.fmp4', 'avc_aac_base.fmp4'],
  ['avc_aac_edits.fmp4', 'avc_aac.flv'],
  ['hevc_aac.fmp4', 'avc_aac.fmp4'],
] as const) {
  test(`${file}, damaged in ${SEEDS} ways: a MediaError or frames, nothing else, and bounded media`, () => {
    const bytes = readFileSync(new URL(file, folder))
    const foreign = readFileSync(new URL(other, folder))
    let refused = 0
    for (let seed = 0; seed < SEEDS; seed++) {
      const input = damaged(bytes, foreign, seed)
      const random = randomFrom(~seed)
      const timeline = new Timeline()
      let frames = 0
      let playable_ms = 0
      const sink: MediaSink = {
        tracks: (present) => timeline.expect(present),
        frame(frame) {
          frames++
          playable_ms = timeline.push(frame)
        },
      }
      const demuxer = demuxerOf(file, sink)
      try {
        for (let at = 0; at < input.length; ) {
          const length = 1 + Math.floor(random() * 3_000)
          demuxer.push(input.subarray(at, at + length), at)
          at += length
        }
        if (!(demuxer instanceof FlvDemuxer)) demuxer.end()
      } catch (error) {
        assert.ok(
          error instanceof MediaError,
          `seed ${seed}: ${error instanceof Error ? error.stack : error}`,
        )
        refused++
      }
      // A frame of MP4 needs a byte of media, one of the others a header.
      assert.ok(
        frames <= input.length / (file.endsWith('.fmp4') ? 1 : 10),
        `seed ${seed}: ${frames} frames of ${input.length} bytes`,
      )
      // A damaged clock may claim steps of up to two seconds a frame, and no more.
      assert.ok(playable_ms >= 0 && playable_ms <= (frames + 1) * 2_000, `seed ${seed}: ${playable_ms} ms`)
    }
    assert.ok(
      refused > SEEDS / 20,
      `only ${refused} of ${SEEDS} were refused: the damage is too mild to test anything`,
    )
  })
}

/** Bytes in buffers that something still holds: what is garbage is collected first. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().arrayBuffers
}

test('100 MB of one box, of one tag after the other, and of packets of no known track are not kept', () => {
  const nothing: MediaSink = { tracks: () => {}, frame: () => {} }
  const mp4 = readFileSync(new URL('avc_aac.fmp4', folder))
  // The movie, the first fragment, and media that claims 100 MB.
  const media = Buffer.alloc(8)
  media.writeUInt32BE(100_000_008, 0)
  media.write('mdat', 4)
  const bytes = { fmp4: Buffer.concat([mp4.subarray(0, 2_017), media]), ts: Buffer.alloc(188 * 500, 0x47) }
  const tag = Buffer.from([9, 0x7f, 0xff, 0xf0, 0, 0, 0, 0, 0, 0, 0])
  const flv = Buffer.concat([Buffer.from([0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0]), tag])
  const before = bytesInUse()
  const demuxers = [new Mp4Demuxer(nothing), new FlvDemuxer(nothing), new TsDemuxer(nothing)] as const
  demuxers[0].push(bytes.fmp4, 0)
  demuxers[1].push(flv, 0)
  for (let sent = 0; sent < 100_000_000; sent += 100_000) {
    demuxers[0].push(Buffer.alloc(100_000), sent)
    if (sent < 8_000_000) demuxers[1].push(Buffer.alloc(100_000), sent)
    demuxers[2].push(Buffer.from(bytes.ts), sent)
  }
  const kept = bytesInUse() - before
  // Buffers are given back in their own time; whoever kept what came would hold 100 MB and more.
  assert.ok(kept < 50_000_000, `${kept} bytes kept`)
})

const PLAYLISTS = [
  '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\nv.m3u8\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="a.m3u8"\n',
  '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2.0,\n0.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:2.0,\n1.ts\n#EXT-X-GAP\n#EXTINF:2,\n2.ts\n#EXT-X-ENDLIST\n',
  '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MAP:URI="i.mp4",BYTERANGE="1277@0"\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXTINF:1,\n#EXT-X-BYTERANGE:10475@1277\ni.mp4\n#EXTINF:1,\n#EXT-X-BYTERANGE:11042\ni.mp4\n#EXT-X-ENDLIST\n',
  '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.6\n#EXT-X-PART-INF:PART-TARGET=0.2\n#EXT-X-MEDIA-SEQUENCE:3\n#EXTINF:1,\n3.ts\n#EXT-X-PART:DURATION=0.2,URI="4.0",INDEPENDENT=YES\n#EXT-X-PART:DURATION=0.2,URI="4.1",BYTERANGE="100@5"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="4.2"\n#EXT-X-ENDLIST\n',
].map((text) => Buffer.from(text))

test(`playlists damaged in ${SEEDS} ways: a MediaError, or segments that can be walked through`, () => {
  let refused = 0
  for (let seed = 0; seed < SEEDS; seed++) {
    const whole = PLAYLISTS[seed % PLAYLISTS.length] ?? Buffer.alloc(0)
    const other = PLAYLISTS[(seed >> 2) % PLAYLISTS.length] ?? Buffer.alloc(0)
    const text = Buffer.from(damaged(whole, other, seed)).toString('utf8')
    try {
      const playlist = readPlaylist(text)
      if (playlist.kind === 'master') continue
      for (const byParts of [false, true]) {
        let steps = 0
        for (let at = startOf(playlist, byParts); at !== null && steps < 10_000; steps++)
          at = stepFrom(playlist, at, byParts)?.after ?? null
        assert.ok(steps < 10_000, `seed ${seed}: a playlist without end`)
      }
    } catch (error) {
      assert.ok(error instanceof MediaError, `seed ${seed}: ${error instanceof Error ? error.stack : error}`)
      refused++
    }
  }
  assert.ok(refused > SEEDS / 20, `only ${refused} of ${SEEDS} were refused`)
})

const RUNS = 2_000

test(`whole streams damaged in ${RUNS} ways, playlists and media: a MediaError, a ProbeFailure or the deadline`, async () => {
  const ts = readFileSync(new URL('avc_aac.mpegts', folder))
  const mp4 = readFileSync(new URL('avc_aac.fmp4', folder))
  const outcomes = new Map<string, number>()
  for (let seed = 0; seed < RUNS; seed++) {
    const random = randomFrom(seed * 7 + 1)
    const deadline = new AbortController()
    // Nearly everything ends by itself; what waits for a playlist to grow is ended here.
    const timer = setTimeout(() => deadline.abort(), 25)
    let asked = 0
    const get: Get = async (url, data, range) => {
      deadline.signal.throwIfAborted()
      if (++asked > 50) throw new ProbeFailure('RESET', 'path', 'enough')
      const lists = asked === 1 ? PLAYLISTS : PLAYLISTS.slice(1)
      const whole = url.pathname.endsWith('.ts')
        ? ts
        : mp4.subarray(range?.offset ?? 0).subarray(0, range?.length)
      const isList = asked === 1 || url.pathname.endsWith('.m3u8')
      const file = isList ? (lists[Math.floor(random() * lists.length)] ?? ts) : whole
      const sent = random() < 0.6 || file.length === 0 ? file : damaged(file, ts, seed + asked)
      for (let at = 0; at < sent.length; at += 1_460) data(sent.subarray(at, at + 1_460), asked)
      return url
    }
    const run = new Recording('2026-01-01T00:00:00Z')
    const url = new URL('https://127.0.0.1/live.m3u8')
    const pull = { url, run, signal: deadline.signal, multiplexes: seed % 2 === 0, get }
    try {
      await (seed % 3 === 0 ? pullHls : pullLowLatencyHls)(pull)
    } catch (error) {
      const expected = error instanceof MediaError || error instanceof ProbeFailure || deadline.signal.aborted
      assert.ok(expected, `seed ${seed}: ${error instanceof Error ? error.stack : error}`)
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'deadline'
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
    }
    clearTimeout(timer)
  }
  // Whatever the damage, each way to end was met.
  for (const code of ['MEDIA_INVALID', 'STALLED_OUT'])
    assert.ok((outcomes.get(code) ?? 0) > 20, `${code} of ${[...outcomes]}`)
})
