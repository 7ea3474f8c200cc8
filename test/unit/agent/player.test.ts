import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Arrival, play } from '@streamgauge/agent/player/play.ts'

const policy = { start_ms: 1_000, resume_ms: 1_000 }
const arrivals = (...pairs: [at: number, media: number][]): Arrival[] =>
  pairs.map(([at_ms, media_ms]) => ({ at_ms, media_ms }))

test('playback starts when the buffer holds the start threshold, not before', () => {
  const { startup_ms } = play(arrivals([100, 400], [200, 999], [300, 1_000]), policy, 1_000)
  assert.equal(startup_ms, 300)
})

test('stalls from the moment the buffer runs dry until the resume threshold is buffered again', () => {
  // Starts at 100 with 1,000 ms: dry at 1,100. At 1,500 there is 600 ms, too little; at 1,800 there is 1,000 ms.
  const playback = play(arrivals([100, 1_000], [1_500, 1_600], [1_800, 2_000]), policy, 2_300)
  assert.deepEqual(playback.stalls, [{ at_ms: 1_100, length_ms: 700 }])
  assert.equal(playback.stall_ms, 700)
  // 1,000 ms before the stall and 500 ms from 1,800 to 2,300.
  assert.equal(playback.played_ms, 1_500)
})

test('startup is not a stall', () => {
  const playback = play(arrivals([5_000, 10_000]), policy, 6_000)
  assert.equal(playback.stall_ms, 0)
  assert.equal(playback.played_ms, 1_000)
  assert.equal(playback.startup_ms, 5_000)
})

test('a run that never buffers enough never started: nothing played, nothing stalled', () => {
  const playback = play(arrivals([100, 900]), policy, 20_000)
  assert.equal(playback.startup_ms, null)
  assert.equal(playback.played_ms, 0)
  assert.deepEqual(playback.stalls, [])
})

test('starvation to the end of the run is a stall that ends with the run', () => {
  const playback = play(arrivals([0, 2_000]), policy, 5_000)
  assert.deepEqual(playback.stalls, [{ at_ms: 2_000, length_ms: 3_000 }])
  assert.equal(playback.played_ms, 2_000)
})

test('media that arrives in the very moment the buffer runs dry prevents the stall', () => {
  const playback = play(arrivals([0, 1_000], [1_000, 2_000]), policy, 2_000)
  assert.deepEqual(playback.stalls, [])
  assert.equal(playback.played_ms, 2_000)
})

test('arrivals after the end of the run do not count', () => {
  const playback = play(arrivals([0, 1_000], [3_000, 9_000]), policy, 2_000)
  assert.deepEqual(playback.stalls, [{ at_ms: 1_000, length_ms: 1_000 }])
})

test('played and stalled and startup together are the whole run', () => {
  const playback = play(arrivals([250, 1_500], [2_000, 2_600], [2_700, 4_000]), policy, 6_000)
  assert.equal((playback.startup_ms ?? 0) + playback.played_ms + playback.stall_ms, 6_000)
})

test('a larger buffer trades startup for stalls over the same arrivals', () => {
  const bursty = arrivals([100, 600], [200, 1_200], [1_600, 2_400], [2_400, 6_000])
  const small = play(bursty, { start_ms: 500, resume_ms: 500 }, 5_000)
  const large = play(bursty, { start_ms: 2_000, resume_ms: 2_000 }, 5_000)
  // Small: starts at 100, dry at 1,300, goes on at 1,600. Large: starts at 1,600 and never runs dry.
  assert.deepEqual([small.startup_ms, small.stall_ms], [100, 300])
  assert.deepEqual([large.startup_ms, large.stall_ms], [1_600, 0])
})

test('the buffer series holds what is buffered at the end of each second', () => {
  // Starts at 500 with 1,000 ms: 500 left at 1,000; dry at 1,500, so 0 at 2,000; 1,200 arrive at 2,500: 700 at 3,000.
  const playback = play(arrivals([500, 1_000], [2_500, 2_200]), policy, 3_000)
  assert.deepEqual(playback.buffer_series_ms, [500, 0, 700])
})

test('no arrivals at all are a run without playback', () => {
  assert.deepEqual(play([], policy, 1_000), {
    startup_ms: null,
    played_ms: 0,
    stall_ms: 0,
    stall_max_ms: 0,
    stalls: [],
    buffer_series_ms: [0],
  })
})
