import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Kept } from '@streamgauge/collector/report/kept.ts'

const SLOW_MS = 200
/** Twenty times as long as it took to make. */
const KEPT_MS = 4_000

/** A question whose answer is how often it was made; time goes by while it is made. */
function setUp(t: TestContext, tookMs: number) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const warned: string[] = []
  let [now, made, fails] = [0, 0, false]
  const kept = new Kept(
    () => now,
    (_details, message) => warned.push(message),
  )
  t.after(() => kept.close())
  const make = async () => {
    now += tookMs
    made += 1
    if (fails) throw new Error('the store is away')
    return { made }
  }
  const ask = async (name = 'question', live = true) =>
    JSON.parse(String((await kept.ask(name, { make, live })).json)).made
  /** Lets time go by, and what is due be made; compressing takes real time. */
  const pass = async (ms: number) => {
    now += ms
    t.mock.timers.tick(ms)
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => realTimeout(resolve, 20))
  }
  return { kept, make, ask, pass, warned, made: () => made, fail: (now: boolean) => (fails = now) }
}
const realTimeout = setTimeout

test('what is made quickly is made for everyone who asks', async (t) => {
  const { ask } = setUp(t, 50)
  assert.deepEqual([await ask(), await ask()], [1, 2])
})

test('who asks while an answer is made gets the next one, made once for all of them', async (t) => {
  const { ask, made } = setUp(t, 50)
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 2, 2])
  assert.equal(made(), 2)
})

test('who asks while an answer is made that takes long gets that one, and hears how long it is kept', async (t) => {
  const { kept, ask, make, pass, made } = setUp(t, SLOW_MS)
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 1, 1])
  assert.equal(made(), 1)
  await pass(KEPT_MS - 1_500)
  assert.equal((await kept.ask('question', { make, live: true })).keptMs, 1_500)
})

test('what took long to make is given out for twenty times as long, and made anew while somebody asks', async (t) => {
  const { ask, pass, made } = setUp(t, SLOW_MS)
  assert.equal(await ask(), 1)
  await pass(KEPT_MS - 1)
  assert.equal(await ask(), 1)
  await pass(1)
  assert.equal(made(), 2)
  assert.equal(await ask(), 2)
})

test('what nobody asks for is not made anew, and made when somebody does', async (t) => {
  const { ask, pass, made } = setUp(t, SLOW_MS)
  await ask()
  for (let round = 0; round < 40; round += 1) await pass(KEPT_MS)
  const watched = made()
  assert.ok(watched <= 32, `${watched} times`)
  await pass(10 * KEPT_MS)
  assert.equal(made(), watched)
  assert.equal(await ask(), watched + 1)
})

test('an answer about what is past is kept, and not made anew before somebody asks', async (t) => {
  const { ask, pass, made } = setUp(t, SLOW_MS)
  await ask('past', false)
  await pass(KEPT_MS - 1)
  assert.equal(await ask('past', false), 1)
  await pass(KEPT_MS)
  assert.equal(made(), 1)
  assert.equal(await ask('past', false), 2)
})

test('an answer that cannot be made anew is not given out for ever, and who asks then hears why', async (t) => {
  const { ask, pass, warned, fail } = setUp(t, SLOW_MS)
  await ask()
  fail(true)
  await pass(KEPT_MS)
  assert.equal(warned.length, 1)
  await assert.rejects(ask(), /the store is away/)
  fail(false)
  assert.equal(await ask(), 4)
})

test('at most sixteen answers are kept: those asked for last', async (t) => {
  const { ask } = setUp(t, SLOW_MS)
  for (let index = 0; index < 17; index += 1) await ask(`question ${index}`)
  assert.equal(await ask('question 16'), 17)
  assert.equal(await ask('question 0'), 18)
})

test('the compressed form is the same answer', async (t) => {
  const { kept, make } = setUp(t, SLOW_MS)
  const { json, gzip } = await kept.ask('question', { make, live: true })
  assert.deepEqual(gunzipSync(gzip), json)
})
