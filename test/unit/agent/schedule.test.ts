import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { offsetOf } from '@streamgauge/agent/schedule/offset.ts'
import { Schedule } from '@streamgauge/agent/schedule/schedule.ts'
import { Slots } from '@streamgauge/agent/schedule/slots.ts'
import { Spacing } from '@streamgauge/agent/schedule/spacing.ts'
import type { Assignment } from '@streamgauge/contract'
import { anAssignment } from '../../support/measurement.ts'

const NEVER = '0 0 0 1 1 *'

test('an agent’s offset never changes, and a thousand agents fill the spread evenly', () => {
  assert.equal(offsetOf('a', 'x', 10_000), offsetOf('a', 'x', 10_000))
  assert.equal(offsetOf('a', 'x', 0), 0)
  const tenths = Array.from({ length: 10 }, () => 0)
  for (let i = 0; i < 1_000; i++) {
    const tenth = Math.floor(offsetOf(`agent-${i}`, 'x', 10_000) / 1_000)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  // 100 expected in each; five standard deviations (9.5 each) either way.
  for (const count of tenths) assert.ok(count > 52 && count < 148, String(tenths))
})

test('a new assignment runs at once, an unchanged one does not, a changed one does, a dropped one never', async () => {
  const runs: Assignment[] = []
  const schedule = new Schedule(async (assignment) => void runs.push(assignment))
  const set = (assignments: Assignment[]) => ({ agent_id: 'a', revision: 'r', assignments })
  const first = anAssignment({ cron: NEVER })
  schedule.replace(set([first]))
  schedule.replace(set([{ ...first }]))
  await sleep(20)
  assert.equal(runs.length, 1)
  schedule.replace(set([{ ...first, duration_ms: 5_000 }]))
  await sleep(20)
  assert.deepEqual(
    runs.map((run) => run.duration_ms),
    [2_000, 5_000],
  )
  schedule.replace(set([anAssignment({ assignment_id: 'late', cron: NEVER, spread_ms: 3_600_000 })]))
  schedule.replace(set([]))
  await sleep(20)
  assert.equal(runs.length, 2)
  schedule.stop()
})

test('an assignment never overlaps itself; the tick it missed is counted', async () => {
  let running = 0
  let most = 0
  const schedule = new Schedule(async () => {
    running++
    most = Math.max(most, running)
    await sleep(2_300)
    running--
  })
  schedule.replace({ agent_id: 'a', revision: 'r', assignments: [anAssignment({ cron: '* * * * * *' })] })
  await sleep(2_200)
  schedule.stop()
  assert.equal(most, 1)
  assert.ok(schedule.skipped_count >= 1)
})

test('a cron expression that makes no sense is named, and the others run', async () => {
  const runs: string[] = []
  const schedule = new Schedule(async ({ assignment_id }) => void runs.push(assignment_id))
  const senseless = schedule.replace({
    agent_id: 'a',
    revision: 'r',
    assignments: [
      anAssignment({ assignment_id: 'bad', cron: 'whenever' }),
      anAssignment({ assignment_id: 'good', cron: NEVER }),
    ],
  })
  await sleep(20)
  schedule.stop()
  assert.deepEqual([senseless, runs], [['bad'], ['good']])
})

test('slots let so many run at once, the rest in order, and free a slot when work fails', async () => {
  const slots = new Slots(2)
  const order: number[] = []
  const work = (n: number) =>
    slots.with(async () => {
      assert.ok(slots.taken <= 2)
      await sleep(5)
      order.push(n)
      if (n === 1) throw new Error('one fails')
    })
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map(work))
  assert.deepEqual(
    results.map((result) => result.status === 'fulfilled'),
    [false, true, true, true, true],
  )
  assert.deepEqual(order, [1, 2, 3, 4, 5])
  await slots.idle()
  assert.equal(slots.taken, 0)
})

test('starts are kept apart in the order they were asked for', async () => {
  const spacing = new Spacing(40)
  const signal = new AbortController().signal
  const started = performance.now()
  const at = await Promise.all(
    [1, 2, 3].map(() => spacing.turn(signal).then(() => performance.now() - started)),
  )
  // Timers may fire a millisecond early.
  for (const [index, ms] of at.entries()) assert.ok(ms >= index * 40 - 2, String(at))
})
