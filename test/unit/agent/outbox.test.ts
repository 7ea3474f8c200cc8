import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Outbox } from '@streamgauge/agent/outbox/outbox.ts'
import { Budget } from '@streamgauge/agent/schedule/budget.ts'
import { anAssignment, sentMeasurement } from '../../support/measurement.ts'

function fileFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'outbox.sqlite')
}

test('a batch keeps its key and its records until it is settled, across a restart too', (t) => {
  const file = fileFor(t)
  const first = new Outbox(file)
  for (let i = 0; i < 5; i++) first.put(sentMeasurement())
  const batch = first.next(3)
  assert.equal(batch?.lines.length, 3)
  first.put(sentMeasurement())
  // No close: the process is gone.
  const second = new Outbox(file)
  assert.deepEqual(second.next(3), batch)
  second.settle(batch, [])
  assert.equal(second.count(), 3)
  assert.notEqual(second.next(3)?.key, batch.key)
  second.close()
})

test('a measurement put twice is sent once', (t) => {
  const outbox = new Outbox(fileFor(t))
  const measurement = sentMeasurement()
  outbox.put(measurement)
  outbox.put(measurement)
  assert.equal(outbox.count(), 1)
  outbox.close()
})

test('an empty outbox has no batch', (t) => {
  const outbox = new Outbox(fileFor(t))
  assert.equal(outbox.next(10), null)
  outbox.close()
})

test('a batch that was too large goes back and comes out in smaller ones', (t) => {
  const outbox = new Outbox(fileFor(t))
  for (let i = 0; i < 4; i++) outbox.put(sentMeasurement())
  const large = outbox.next(4)
  assert.ok(large)
  outbox.split(large)
  assert.equal(outbox.next(2)?.lines.length, 2)
  assert.equal(outbox.count(), 4)
  outbox.close()
})

test('bytes are counted per assignment and UTC day, and the count survives a restart', (t) => {
  const file = fileFor(t)
  let day = '2026-11-22'
  const assignment = anAssignment({ budget_bytes_per_day: 1_000 })
  const outbox = new Outbox(file)
  new Budget(outbox, () => day).add(assignment, 999)
  assert.equal(new Budget(outbox, () => day).spent(assignment), false)
  new Budget(outbox, () => day).add(assignment, 1)
  const budget = new Budget(new Outbox(file), () => day)
  assert.equal(budget.spent(assignment), true)
  day = '2026-11-23'
  assert.equal(budget.spent(assignment), false)
  assert.equal(budget.spent(anAssignment({ budget_bytes_per_day: null })), false)
})
