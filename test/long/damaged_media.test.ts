import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { MediaError } from '@streamgauge/agent/media/error.ts'
import { FlvDemuxer } from '@streamgauge/agent/media/flv.ts'
import { type MediaSink, Timeline } from '@streamgauge/agent/media/timeline.ts'
import { TsDemuxer } from '@streamgauge/agent/media/ts.ts'

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

for (const [file, other] of [
  ['avc_aac.flv', 'avc_aac.mpegts'],
  ['avc_aac.mpegts', 'avc_aac.flv'],
  ['hevc_aac.mpegts', 'avc_aac.mpegts'],
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
      const demuxer = file.endsWith('.flv') ? new FlvDemuxer(sink) : new TsDemuxer(sink)
      try {
        for (let at = 0; at < input.length; ) {
          const length = 1 + Math.floor(random() * 3_000)
          demuxer.push(input.subarray(at, at + length), at)
          at += length
        }
        if (demuxer instanceof TsDemuxer) demuxer.end()
      } catch (error) {
        assert.ok(
          error instanceof MediaError,
          `seed ${seed}: ${error instanceof Error ? error.stack : error}`,
        )
        refused++
      }
      assert.ok(frames <= input.length / 10, `seed ${seed}: ${frames} frames of ${input.length} bytes`)
      // A damaged clock may claim steps of up to two seconds a frame, and no more.
      assert.ok(playable_ms >= 0 && playable_ms <= (frames + 1) * 2_000, `seed ${seed}: ${playable_ms} ms`)
    }
    assert.ok(
      refused > SEEDS / 20,
      `only ${refused} of ${SEEDS} were refused: the damage is too mild to test anything`,
    )
  })
}
