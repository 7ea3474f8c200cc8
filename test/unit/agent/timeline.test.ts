import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, Timeline } from '@streamgauge/agent/media/timeline.ts'
import { WrappingClock } from '@streamgauge/agent/media/wrap.ts'

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

/** `seconds` of both tracks, with clocks that run at `rate`: a second of wall time is `rate` seconds on the clock. */
function live(seconds: number, videoRate: number, audioRate: number): number {
  const timeline = new Timeline()
  let media = 0
  for (let at = 0; at < seconds * 1_000; at += 20) {
    if (at % 40 === 0) media = timeline.push(video(at * videoRate, at % 1_000 === 0))
    media = timeline.push(audio(at * audioRate))
  }
  return media
}

test('a clock that runs a hundredth fast or slow gives a hundredth more or less media, and no jump', () => {
  // The last sound begins at 59,980 ms of wall time and lasts as long as the step before it, 20 ms.
  assert.ok(Math.abs(live(60, 1.01, 1.01) - 60_600) < 1e-6)
  assert.ok(Math.abs(live(60, 0.99, 0.99) - 59_400) < 1e-6)
})

test('of two clocks that drift apart, the slower one is what can be played', () => {
  assert.ok(Math.abs(live(60, 1.01, 0.99) - 59_400) < 1e-6)
  assert.ok(Math.abs(live(60, 0.99, 1.01) - 59_400) < 1e-6)
})

test('a track that begins late holds playback back only until it is there', () => {
  const timeline = new Timeline()
  const pictures = Array.from({ length: 26 }, (_, i) => video(i * 40, i === 0))
  assert.equal(last(timeline, pictures), 0)
  // Sound begins 1,000 ms in, at 1,000 + 20 both are there; pictures reach 26 × 40 = 1,040.
  assert.equal(Math.round(timeline.push(audio(1_000))), 1_021)
  assert.equal(last(timeline, [audio(1_020), audio(1_040)]), 1_040)
})

test('a track that begins after it was given up on takes nothing back, and is waited for from then on', () => {
  const timeline = new Timeline()
  const pictures = Array.from({ length: 75 }, (_, i) => video(i * 40, i === 0))
  assert.equal(last(timeline, pictures), 3_000)
  assert.equal(timeline.push(audio(2_900)), 3_000)
  assert.equal(timeline.push(video(3_000)), 3_000)
  assert.equal(last(timeline, [audio(2_960), audio(3_020)]), 3_040)
})

test('a track that is certain to come is not given up on', () => {
  const timeline = new Timeline({ video: true, audio: true, certain: true })
  const pictures = Array.from({ length: 250 }, (_, i) => video(i * 40, i === 0))
  assert.equal(last(timeline, pictures), 0)
  const sounds = Array.from({ length: 500 }, (_, i) => audio(i * 20))
  assert.equal(last(timeline, sounds), 10_000)
})

test('sound in segments of its own may come before its pictures', () => {
  const timeline = new Timeline({ video: true, audio: true, certain: true })
  const sounds = Array.from({ length: 500 }, (_, i) => audio(i * 20))
  assert.equal(last(timeline, sounds), 0)
  assert.equal(last(timeline, [video(0, true), video(40)]), 80)
})

const inPeriod = (period: number, frames: Frame[]) => frames.map((frame) => ({ ...frame, period }))

test('clocks that start anew and say so go on where the pictures ended, by however little they jump', () => {
  // 200 ms on each of three clocks; without the periods, a step back of 120 ms would be taken for repetition.
  for (const base of [80, 700, -50_000, 1e9]) {
    const timeline = new Timeline()
    const stretch = (from: number) =>
      [0, 40, 80, 120, 160].flatMap((at) => [video(from + at, at === 0), audio(from + at)])
    last(timeline, inPeriod(0, stretch(0)))
    const reached = last(timeline, inPeriod(1, stretch(base)))
    assert.equal(last(timeline, inPeriod(2, stretch(base * 2))), 600)
    assert.equal(reached, 400)
  }
})

test('nothing of a new period is playable before its first key frame', () => {
  const timeline = new Timeline({ video: true, audio: false })
  last(timeline, inPeriod(0, [video(0, true), video(40)]))
  assert.equal(last(timeline, inPeriod(1, [video(0), video(40)])), 80)
  assert.equal(last(timeline, inPeriod(1, [video(80, true), video(120)])), 160)
  assert.equal(timeline.next_ms, 160)
})

test('pictures of a new period may come before the last sound of the old one', () => {
  const timeline = new Timeline({ video: true, audio: true, certain: true })
  last(timeline, inPeriod(0, [video(0, true), video(40), audio(0), audio(20)]))
  assert.equal(last(timeline, inPeriod(1, [video(9_000, true), video(9_040)])), 40)
  // The old sound reaches 80; the new one begins with the new pictures, at 80.
  assert.equal(last(timeline, inPeriod(0, [audio(40), audio(60)])), 80)
  assert.equal(last(timeline, inPeriod(1, [audio(9_000), audio(9_020)])), 120)
})

test('a period without sound in a stream that had some is played after two seconds of it, one without ever any at once', () => {
  const silent = (period: number) =>
    inPeriod(
      period,
      Array.from({ length: 75 }, (_, i) => video(i * 40, i === 0)),
    )
  const had = new Timeline()
  last(had, [video(0, true), audio(0), video(40), audio(40)])
  const reached = silent(1).map((frame) => had.push(frame))
  assert.deepEqual([reached[48], reached[49]], [80, 2_080])
  const never = new Timeline()
  last(never, silent(0))
  assert.equal(never.push({ ...video(0, true), period: 1 }), 3_040)
})

test('a jump that both tracks make keeps them together, so that many of them do not add up', () => {
  const timeline = new Timeline()
  let media = 0
  // A hundred times 200 ms and an hour's jump; sound frames of 25 ms would drift by 15 ms each time.
  for (let i = 0; i < 100; i++) {
    const base = i * 3_600_000
    for (let at = 0; at < 200; at += 40) timeline.push(video(base + at, at === 0))
    for (let at = 0; at < 200; at += 25) media = timeline.push(audio(base + at))
  }
  assert.equal(media, 100 * 200)
})

test('a 33-bit clock is read as one that goes on, and a reading from just before the wrap stays there', () => {
  const clock = new WrappingClock(33)
  const top = 2 ** 33
  assert.deepEqual(
    [top - 3_600, top - 1, 3_600, top - 900, 7_200].map((ticks) => clock.continued(ticks)),
    [top - 3_600, top - 1, top + 3_600, top - 900, top + 7_200],
  )
  // A jump of an hour is no wrap.
  assert.equal(clock.continued(7_200 + 324_000_000), top + 324_007_200)
})
