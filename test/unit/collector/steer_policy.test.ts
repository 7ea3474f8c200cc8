import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Choice,
  moved,
  movesOf,
  type Option,
  ordered,
  type Policy,
  type Position,
} from '@streamgauge/collector/steer/policy.ts'
import { Regrets } from '@streamgauge/collector/steer/regret.ts'

const policy: Policy = {
  ...{ margin: 0.01, margin_ratio: 0.1, step_ratio: 0.1 },
  ...{ dwell_s: 300, warm_up_s: 120, patience_s: 60 },
}
/** Staying has cost everybody enough. */
const SORRY = { of: () => 60 }
const MINUTE_MS = 60_000
const START_MS = Date.UTC(2026, 10, 22)

const option = (node_id: string, cost: number, more: Partial<Option> = {}): Option => ({
  ...{ node_id, cost, ill: false, well_s: Number.POSITIVE_INFINITY },
  ...more,
})

const choice = (cell: string, options: readonly Option[], more: Partial<Choice> = {}): Choice => ({
  ...{ cell, demand: 1, share: 0.05, options, pin: null },
  ...more,
})

const at = (node_id: string, since_ms = 0, moves_ms: readonly number[] = []): Position => ({
  ...{ node_id, since_ms, moves_ms },
})

function moves(
  choices: readonly Choice[],
  positions: Record<string, Position>,
  { capacities = {}, now = START_MS }: { capacities?: Record<string, number>; now?: number } = {},
) {
  const told = movesOf(
    choices,
    new Map(Object.entries(positions)),
    new Map(Object.entries(capacities)),
    policy,
    now,
    SORRY,
  )
  return told.map(({ cell, from, to, motive }) => `${cell}: ${from} -> ${to}, ${motive}`)
}

test('a cell that was nowhere goes to the cheapest that is well', () => {
  const options = [option('ill', 0.01, { ill: true }), option('dear', 0.3), option('cheap', 0.1)]
  assert.deepEqual(moves([choice('TH/AIS', options)], {}), ['TH/AIS: null -> cheap, first'])
  assert.deepEqual(
    ordered(options).map(({ node_id }) => node_id),
    ['cheap', 'dear', 'ill'],
  )
})

test('it stays while nothing is better by the margin', () => {
  // 0.1 of 0.2 is 0.02: 0.181 is not enough, 0.179 is. At 0.05 the margin is 0.01.
  const with_ = (now: number, other: number) =>
    moves([choice('c', [option('a', now), option('b', other)])], { c: at('a') })
  assert.deepEqual(with_(0.2, 0.181), [])
  assert.deepEqual(with_(0.2, 0.179), ['c: a -> b, better'])
  assert.deepEqual(with_(0.05, 0.041), [])
  assert.deepEqual(with_(0.05, 0.039), ['c: a -> b, better'])
})

test('it stays for the dwell time, twice as long after the second move within an hour', () => {
  const better = [choice('c', [option('a', 0.3), option('b', 0.1)])]
  const after = (minutes: number, moves_ms: number[]) =>
    moves(better, { c: at('a', START_MS - minutes * MINUTE_MS, moves_ms) })
  const ago = (minutes: number) => START_MS - minutes * MINUTE_MS
  assert.deepEqual(after(4, [ago(4)]), [])
  assert.deepEqual(after(6, [ago(6)]), ['c: a -> b, better'])
  assert.deepEqual(after(6, [ago(6), ago(30)]), [])
  assert.deepEqual(after(11, [ago(11), ago(30)]), ['c: a -> b, better'])
  assert.deepEqual(after(11, [ago(11), ago(70)]), ['c: a -> b, better'], 'an hour is over')
})

test('what is ill is left at once, and come back to only when it has been well for long enough', () => {
  const now = at('a', START_MS - 1_000, [START_MS - 1_000])
  assert.deepEqual(moves([choice('c', [option('a', 0.1, { ill: true }), option('b', 0.3)])], { c: now }), [
    'c: a -> b, ill',
  ])
  const back = (well_s: number) =>
    moves([choice('c', [option('a', 0.1, { well_s }), option('b', 0.3)])], { c: at('b') })
  assert.deepEqual(back(100), [])
  assert.deepEqual(back(120), ['c: b -> a, better'])
})

test('where everything is ill, it stays', () => {
  const options = [option('a', 0.5, { ill: true }), option('b', 0.1, { ill: true })]
  assert.deepEqual(moves([choice('c', options)], { c: at('a') }), [])
  assert.deepEqual(moves([choice('c', [])], { c: at('a') }), [])
  assert.deepEqual(moves([choice('c', [])], {}), [])
})

test('a node that is gone is left, an operator’s word counts at once, even for a node nothing is known of', () => {
  assert.deepEqual(moves([choice('c', [option('b', 0.3)])], { c: at('a', START_MS) }), ['c: a -> b, gone'])
  const pinned = choice('c', [option('a', 0.1), option('b', 0.3)], { pin: 'b' })
  assert.deepEqual(moves([pinned], { c: at('a', START_MS) }), ['c: a -> b, pinned'])
  assert.deepEqual(moves([pinned], { c: at('b') }), [])
  assert.deepEqual(moves([{ ...pinned, pin: 'x' }], { c: at('a') }), ['c: a -> x, pinned'])
})

test('no more than a tenth of all viewers moves at once for the better, the most gain first; what is ill all at once', () => {
  const cells = Array.from({ length: 20 }, (_, i) => `c${String(i).padStart(2, '0')}`)
  const positions = Object.fromEntries(cells.map((cell) => [cell, at('a')]))
  const better = cells.map((cell, i) => choice(cell, [option('a', 0.3 + i / 100), option('b', 0.1)]))
  assert.deepEqual(moves(better, positions), ['c19: a -> b, better', 'c18: a -> b, better'])
  const ill = cells.map((cell) => choice(cell, [option('a', 0.1, { ill: true }), option('b', 0.3)]))
  assert.equal(moves(ill, positions).length, 20)
})

test('one cell larger than a step moves alone', () => {
  const options = [option('a', 0.3), option('b', 0.1)]
  const choices = [choice('large', options, { share: 0.9 }), choice('small', options)]
  assert.deepEqual(moves(choices, { large: at('a'), small: at('a') }), ['large: a -> b, better'])
})

test('a node takes no more than it has room for, and room that others leave counts', () => {
  const ill = (cell: string) =>
    choice(cell, [option('a', 0.1, { ill: true }), option('b', 0.2), option('c', 0.3)])
  const positions = { one: at('a'), two: at('a'), three: at('a') }
  assert.deepEqual(moves(['one', 'two', 'three'].map(ill), positions, { capacities: { b: 2 } }), [
    'one: a -> b, ill',
    'two: a -> b, ill',
    'three: a -> c, ill',
  ])
  assert.deepEqual(moves([ill('one')], positions, { capacities: { b: 0, c: 0 } }), [], 'no room anywhere')
})

test('a link that flips every 20 s for 20 minutes is left once and come back to once', () => {
  let position = at('a')
  let wellSince = Number.NEGATIVE_INFINITY
  const told: string[] = []
  for (let s = 0; s < 3 * 3_600; s += 10) {
    const now = START_MS + s * 1_000
    const ill = s < 1_200 && Math.floor(s / 20) % 2 === 0
    if (ill) wellSince = now
    const a = option('a', 0.1, { ill, well_s: (now - wellSince) / 1_000 })
    const found = movesOf(
      [choice('c', [a, option('b', 0.3)])],
      new Map([['c', position]]),
      new Map(),
      policy,
      now,
      SORRY,
    )
    for (const { from, to, motive } of found) {
      told.push(`${s}: ${from} -> ${to}, ${motive}`)
      position = moved(position, to, now)
    }
  }
  // The last ill moment is 1,170 s; 120 s of warm-up later it is 1,290 s.
  assert.deepEqual(told, ['0: a -> b, ill', '1290: b -> a, better'])
})

/** Seconds after which a cell at `a` is moved, when costs are as said at each round of ten seconds; `null`: not within two hours. */
function movedAfter(costs: (s: number) => { readonly a: number; readonly b: number }): number | null {
  const regrets = new Regrets()
  const positions = new Map([['c', at('a')]])
  for (let s = 0; s <= 7_200; s += 10) {
    const { a, b } = costs(s)
    const choices = [choice('c', [option('a', a), option('b', b)])]
    regrets.step(choices, positions, policy, START_MS + s * 1_000)
    if (movesOf(choices, positions, new Map(), policy, START_MS + s * 1_000, regrets).length > 0) return s
  }
  return null
}

test('what is better is waited for as long as staying costs less than a minute of stalling beyond the margin', () => {
  // 0.51 to 0.009 is 0.45 beyond the margin of a tenth: 134 s, in rounds of ten.
  assert.equal(
    movedAfter(() => ({ a: 0.51, b: 0.009 })),
    140,
  )
  // 0.032 beyond a margin of 0.01: 1,875 s.
  assert.equal(
    movedAfter(() => ({ a: 0.05, b: 0.008 })),
    1_880,
  )
})

test('what is better for a moment and worse for a moment is luck, and moves nobody', () => {
  const lucky = (s: number) => ((s / 300) % 2 < 1 ? { a: 0.05, b: 0.01 } : { a: 0.01, b: 0.05 })
  assert.equal(movedAfter(lucky), null)
})

test('what staying has cost is forgotten with a move, and of a node that falls ill', () => {
  const regrets = new Regrets()
  const costs = [option('a', 0.5), option('b', 0)]
  const step = (s: number, where: string, options = costs) =>
    regrets.step([choice('c', options)], new Map([['c', at(where)]]), policy, START_MS + s * 1_000)
  step(0, 'a')
  step(100, 'a')
  assert.equal(regrets.of('c', 'b'), 45)
  step(110, 'a', [option('a', 0.5), option('b', 0, { ill: true })])
  assert.equal(regrets.of('c', 'b'), 0)
  step(120, 'a')
  assert.equal(regrets.of('c', 'b'), 4.5)
  step(130, 'b')
  assert.equal(regrets.of('c', 'a'), 0)
  // A collector that was away for an hour knows of five minutes.
  step(140, 'a')
  step(3_740, 'a')
  assert.equal(regrets.of('c', 'b'), 0.45 * 300 + 4.5)
})
