import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { wallClock } from '@streamgauge/collector/clock.ts'
import { makeEnrich } from '@streamgauge/collector/fleet/enrich.ts'
import { Gathering } from '@streamgauge/collector/ingest/gathering.ts'
import type { Batch } from '@streamgauge/collector/ingest/intake.ts'
import { Journal, type Part, REMEMBERED_MS } from '@streamgauge/collector/ingest/journal.ts'
import { insertAgain } from '@streamgauge/collector/store/again.ts'
import { countMeasurements } from '@streamgauge/collector/store/measurements.ts'
import type { Store } from '@streamgauge/collector/store/store.ts'
import { aMeasurement, buildStore, tempDir } from '../../support/collector.ts'

const enrich = makeEnrich([], [])
const STORE_AWAY = { code: 'STORE_UNAVAILABLE', status: 503 }

/** A batch of `count` runs; `name` is a hex digit. */
function aBatch(name: string, count = 1): Batch {
  const rows = Array.from({ length: count }, () =>
    enrich(aMeasurement(), { receivedAt: new Date().toISOString(), address: null }),
  )
  return { id: name.repeat(32), rows, letters: [], answer: { accepted: count, rejected: 0, errors: [] } }
}

/** Makes intakes one after the other over one store and one folder, as a collector that dies and comes back does. */
async function build(t: TestContext) {
  const store = await buildStore(t)
  const folder = join(await tempDir(t), 'journal')
  const layouts = await Promise.all(
    ['measurements', 'rejections'].map(async (table) => ({ table, columns: await store.columns(table) })),
  )
  const inserted: Part[] = []
  const open = (
    insertFile = (part: Part) => intoStore(store, part),
    insertPartAgain = (part: Part) => insertAgain(store, part),
  ) => {
    const intake = new Gathering({
      folder,
      layouts,
      insertFile: async (part) => {
        await insertFile(part)
        inserted.push(part)
      },
      insertAgain: async (part) => {
        await insertPartAgain(part)
        inserted.push(part)
      },
      now: wallClock,
      warn: () => {},
    })
    return intake
  }
  return { store, folder, inserted, open }
}

function intoStore(store: Store, { table, columns, file, token }: Part) {
  return store.insertFile(table, columns, file, token)
}

test('batches that come together are one insert, and each is remembered with its own answer', async (t) => {
  const { store, folder, inserted, open } = await build(t)
  const intake = open()
  const refused = { line: 2, code: 'LINE_NOT_JSON' as const, message: 'this line is not JSON' }
  const letter = {
    received_at: '2026-11-22T00:00:00.000Z',
    agent_id: '',
    batch_key: 'b',
    ...refused,
    body: '{',
  }
  const bad = { ...aBatch('b'), letters: [letter], answer: { accepted: 1, rejected: 1, errors: [refused] } }
  await Promise.all([intake.put(aBatch('a', 3)), intake.put(bad), intake.put(aBatch('c', 2))])
  assert.deepEqual(
    inserted.map((part) => part.table),
    ['measurements', 'rejections'],
  )
  assert.equal(await countMeasurements(store), 6)
  await intake.close()

  const after = open()
  assert.deepEqual(after.recall('a'.repeat(32)), { accepted: 3, rejected: 0, errors: [] })
  assert.deepEqual(after.recall('b'.repeat(32)), bad.answer)
  assert.equal(after.recall('d'.repeat(32)), null)
  assert.deepEqual(
    readdirSync(folder).filter((file) => file.endsWith('.native')),
    [],
  )
})

test('what was noted and not inserted in a crash is inserted at the next start', async (t) => {
  const { store, open } = await build(t)
  const dead = open(() => new Promise(() => {}))
  void dead.put(aBatch('a', 2)).catch(() => {})
  while (dead.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await until(() => throwsAway(() => dead.recall('a'.repeat(32))))
  assert.equal(await countMeasurements(store), 0)

  const next = open()
  assert.throws(() => next.recall('a'.repeat(32)), STORE_AWAY)
  await next.idle()
  assert.deepEqual(next.recall('a'.repeat(32)), { accepted: 2, rejected: 0, errors: [] })
  assert.equal(await countMeasurements(store), 2)
})

test('what was inserted and not noted as stored in a crash is not inserted twice', async (t) => {
  const { store, open } = await build(t)
  const dead = open(async (part) => {
    await intoStore(store, part)
    await new Promise(() => {})
  })
  void dead.put(aBatch('a', 2)).catch(() => {})
  await until(async () => (await countMeasurements(store)) === 2)

  const next = open()
  await next.idle()
  assert.deepEqual(next.recall('a'.repeat(32)), { accepted: 2, rejected: 0, errors: [] })
  assert.equal(await countMeasurements(store), 2)
})

test('while the store is away batches are turned away, and what was noted is tried again', async (t) => {
  const { store, open } = await build(t)
  let broken = true
  const unlessBroken = (insert: (part: Part) => Promise<void>) => async (part: Part) => {
    if (broken) throw new Error('the store is away')
    await insert(part)
  }
  const intake = open(
    unlessBroken((part) => intoStore(store, part)),
    unlessBroken((part) => insertAgain(store, part)),
  )
  await assert.rejects(intake.put(aBatch('a')), STORE_AWAY)
  assert.equal(intake.full, true)
  await assert.rejects(intake.put(aBatch('b')), STORE_AWAY)
  assert.throws(() => intake.recall('a'.repeat(32)), STORE_AWAY)
  assert.equal(intake.recall('b'.repeat(32)), null)
  broken = false
  await intake.idle()
  assert.deepEqual(intake.recall('a'.repeat(32)), { accepted: 1, rejected: 0, errors: [] })
  await intake.put(aBatch('b'))
  assert.equal(await countMeasurements(store), 2)
})

test('rows that wait are bounded', { timeout: 30_000 }, async (t) => {
  const { open } = await build(t)
  const held = Promise.withResolvers<void>()
  const intake = open(() => held.promise)
  const [first, ...others] = ['a', 'b', 'c', 'd', 'e', 'f', '0', '1'].map((name) => aBatch(name, 10_000))
  assert.ok(first !== undefined)
  const puts = [intake.put(first), ...others.map((batch) => intake.put(batch))]
  await assert.rejects(intake.put(aBatch('2')), { code: 'BUSY', status: 503, retryAfterS: 2 })
  held.resolve()
  const settled = await Promise.allSettled(puts)
  assert.deepEqual(
    settled.map(({ status }) => status),
    [...Array(6).fill('fulfilled'), 'rejected', 'rejected'],
  )
})

test('batches of long ago are forgotten, those of this week are not', async (t) => {
  const journal = new Journal(join(await tempDir(t), 'journal.sqlite'))
  t.after(() => journal.close())
  const now = Date.UTC(2026, 10, 22)
  for (const [id, name, at] of [
    [1, 'a', now - REMEMBERED_MS - 1],
    [2, 'b', now - REMEMBERED_MS + 1],
    [3, 'c', now],
  ] as const) {
    journal.open({ id, parts: [] }, [aBatch(name)], at)
    journal.settle({ id, parts: [] })
  }
  journal.forget(now)
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => journal.find(name.repeat(32))?.stored),
    [undefined, true, true],
  )
  assert.equal(journal.nextId(), 4)
})

function throwsAway(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}
