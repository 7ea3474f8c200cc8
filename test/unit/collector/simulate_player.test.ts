import assert from 'node:assert/strict'
import { test } from 'node:test'
import { play } from '@streamgauge/agent/player/play.ts'
import { Draws } from '@streamgauge/collector/simulate/random.ts'
import { arrivalsOf, type Flow } from '@streamgauge/collector/simulate/run/arrivals.ts'
import { type Arrivals, playThrough } from '@streamgauge/collector/simulate/run/playback.ts'

test('a buffer that is filled, emptied and filled again stalls for exactly as long as it takes', () => {
  // 1 s of media at once at 100 ms; nothing until 2,000 ms; then twice real time.
  const arrivals: Arrivals = {
    at_ms: [0, 100, 100, 1_000, 2_000, 3_000],
    media_ms: [0, 0, 1_000, 1_000, 1_000, 3_000],
  }
  const { startup_ms, stalls, stall_ms, buffer_series_ms } = playThrough(arrivals, 1_000)
  // Starts at 100 ms, dry at 1,100 ms; 1 s more is there at 2,500 ms.
  assert.equal(startup_ms, 100)
  assert.deepEqual(stalls, [{ at_ms: 1_100, length_ms: 1_400 }])
  assert.equal(stall_ms, 1_400)
  // At 1 s: 100 ms left; at 2 s: dry; at 3 s: 3,000 arrived, 1,000 + 500 played.
  assert.deepEqual(buffer_series_ms, [100, 0, 1_500])
})

test('too little media never starts, and a run may end in a stall', () => {
  const little: Arrivals = { at_ms: [0, 1_000], media_ms: [0, 900] }
  assert.equal(playThrough(little, 1_000).startup_ms, null)
  const cut: Arrivals = { at_ms: [0, 0, 1_000, 2_000], media_ms: [0, 1_000, 1_000, 1_000] }
  assert.deepEqual(playThrough(cut, 1_000).stalls, [{ at_ms: 1_000, length_ms: 1_000 }])
})

test("three hundred flows play as the agent's own player plays them, sampled each millisecond", () => {
  const draws = new Draws()
  let stalledRuns = 0
  for (let run = 0; run < 300; run++) {
    draws.begin(7, run, 0, 0)
    const firstByte = draws.between(10, 800)
    const flow: Flow = {
      first_byte_ms: firstByte,
      first_frame_ms: firstByte + draws.between(1, 900),
      end_ms: 10_000,
      ahead_ms: draws.between(40, 5_000),
      speed: draws.between(0.2, 4),
      swing: 0.6 * draws.next(),
      hiccup_s: 4,
      hiccup_count: run % 3,
      hiccup_speed: 0.1,
    }
    const arrivals = arrivalsOf(flow, draws)
    for (const buffer of [500, 1_000, 6_000]) {
      const ours = playThrough(arrivals, buffer)
      const theirs = play(sampled(arrivals), { start_ms: buffer, resume_ms: buffer }, 10_000)
      assert.equal(ours.startup_ms === null, theirs.startup_ms === null)
      near(ours.startup_ms ?? 0, theirs.startup_ms ?? 0, 2)
      near(ours.stall_ms, theirs.stall_ms, 4 * (1 + theirs.stalls.length))
      stalledRuns += ours.stalls.length > 0 ? 1 : 0
    }
  }
  assert.ok(stalledRuns > 100, 'there was something to compare')
})

function near(value: number, wanted: number, by: number) {
  assert.ok(Math.abs(value - wanted) <= by, `${value} is not ${wanted} within ${by}`)
}

function sampled({ at_ms, media_ms }: Arrivals) {
  const samples: { at_ms: number; media_ms: number }[] = []
  let index = 1
  for (let at = 0; at <= 10_000; at++) {
    while (index < at_ms.length - 1 && (at_ms[index] ?? 0) <= at) index++
    const [from = 0, to = 0] = [at_ms[index - 1], at_ms[index]]
    const [low = 0, high = 0] = [media_ms[index - 1], media_ms[index]]
    const media = to > from ? low + ((high - low) * (at - from)) / (to - from) : high
    samples.push({ at_ms: at, media_ms: Math.max(0, media) })
  }
  return samples
}
