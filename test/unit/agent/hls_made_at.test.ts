import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dated, MadeAt } from '@streamgauge/agent/pull/hls/made_at.ts'

/** A run whose first key frame came at 100 ms. */
function dated() {
  const state = { now_ms: 100, next_ms: 0 }
  const run: Dated = {
    madeAt: null,
    now: () => state.now_ms,
    timeline: {
      firstKeyFrameAt: 100,
      get next_ms() {
        return state.next_ms
      },
    },
  }
  const madeAt = new MadeAt(run)
  return {
    run,
    note(now_ms: number, next_ms: number, epoch_ms: number) {
      Object.assign(state, { now_ms, next_ms })
      madeAt.note(epoch_ms)
    },
  }
}

test('dates that follow one another are one line, whatever is rounded in them', () => {
  const { run, note } = dated()
  note(100, 0, 50_000)
  note(200, 2_000, 52_040)
  note(9_000, 4_000, 54_000)
  assert.deepEqual(run.madeAt, { media_ms: 0, epoch_ms: 50_000 })
})

test('after a jump the new dates hold once playback can have got there', () => {
  const { run, note } = dated()
  note(100, 0, 50_000)
  note(200, 2_000, 90_000)
  note(300, 4_000, 10_000)
  assert.deepEqual(run.madeAt, { media_ms: 0, epoch_ms: 50_000 })
  // 2,000 ms of playback are over 2,100 ms into the run at the earliest.
  note(2_099, 6_000, 12_000)
  assert.deepEqual(run.madeAt, { media_ms: 0, epoch_ms: 50_000 })
  note(2_100, 6_000, 12_000)
  assert.deepEqual(run.madeAt, { media_ms: 2_000, epoch_ms: 90_000 })
  note(7_000, 8_000, 14_000)
  assert.deepEqual(run.madeAt, { media_ms: 4_000, epoch_ms: 10_000 })
})
