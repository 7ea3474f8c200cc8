import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, Timeline } from '@streamgauge/agent/media/timeline.ts'

const video = (dts_ms: number, key = false): Frame => ({
  track: 'video',
  dts_ms,
  key,
  at_ms: 0,
  first_byte_at_ms: 0,
})
const audio = (dts_ms: number): Frame => ({
  track: 'audio',
  dts_ms,
  key: false,
  at_ms: 0,
  first_byte_at_ms: 0,
})
const last = (timeline: Timeline, frames: Frame[]) => frames.map((f) => timeline.push(f)).at(-1)

test('playback could continue only as far as both tracks reach', () => {
  const timeline = new Timeline()
  // Video reaches 40 + 40 ms, audio 20 + 20 ms.
  assert.equal(last(timeline, [video(0, true), audio(0), video(40), audio(20)]), 40)
  assert.equal(timeline.push(audio(40)), 60)
})

test('nothing is playable before the first key frame, however much came before it', () => {
  const timeline = new Timeline()
  assert.equal(last(timeline, [video(0), audio(0), video(40), audio(40), video(80)]), 0)
  assert.equal(timeline.firstKeyFrameAt, null)
  // The audio at 40 ms is before the key frame at 120 ms, within reach of it: audio ends at 20 + 40 past it.
  assert.equal(last(timeline, [video(120, true), audio(120), audio(140), video(160)]), 40)
})

test('an announced track that never shows up is given up on after two seconds of the other', () => {
  const timeline = new Timeline()
  const frames = Array.from({ length: 50 }, (_, i) => video(i * 40, i === 0))
  assert.equal(last(timeline, frames.slice(0, 49)), 0)
  assert.equal(last(timeline, frames.slice(49)), 2_000)
})

test('a stream without audio waits for none', () => {
  const timeline = new Timeline({ video: true, audio: false })
  assert.equal(last(timeline, [video(0, true), video(40), video(80)]), 120)
})

test('a clock that jumps ahead or back, or wraps, adds one frame, not hours', () => {
  for (const to of [3_600_000, -50_000, -(2 ** 32)]) {
    const timeline = new Timeline({ video: true, audio: false })
    const base = 60_000
    // Two frames of 40 ms, a jump that counts as one frame, and one more frame of 40 ms.
    const frames = [video(base, true), video(base + 40), video(base + to), video(base + to + 40)]
    assert.equal(last(timeline, frames), 160)
  }
})

test('pictures that were left out are not media: a gap of three seconds adds one frame, one of two seconds is a slow stream', () => {
  const skipped = new Timeline({ video: true, audio: false })
  // 40 ms each for the frames at 0, 40, 3,040 (after the gap) and 3,080.
  assert.equal(last(skipped, [video(0, true), video(40), video(3_040, true), video(3_080)]), 160)
  const slow = new Timeline({ video: true, audio: false })
  assert.equal(last(slow, [video(0, true), video(2_000)]), 3_000)
})

test('repeated frames add nothing', () => {
  const timeline = new Timeline({ video: true, audio: false })
  assert.equal(last(timeline, [video(0, true), video(40), video(40), video(0), video(40)]), 80)
})
