import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '@streamgauge/collector/config/config.ts'
import {
  type Breach,
  type Objective,
  Objectives,
  USUAL_OBJECTIVES,
} from '@streamgauge/collector/detect/objectives.ts'
import type { Observation } from '@streamgauge/collector/detect/observation.ts'

const MINUTE_MS = 60_000
const BEGIN_MS = Date.UTC(2026, 10, 2)
const available: Objective = {
  ...{ name: 'available', signal: 'failed', limit_ms: null },
  ...{ target_ratio: 0.95, burn_min: 6, short_s: 300, long_s: 3_600 },
}

function aRun(given: Partial<Observation> = {}): Observation {
  return {
    ...{ agent_id: 'a', country: 'TH', isp: 'AIS', asn: 1, node_id: 'fra', provider: 'own', route: 'public' },
    ...{
      transport: 'tcp',
      kind: 'stream',
      started_ms: BEGIN_MS,
      failed: false,
      handshake_ms: 40,
      start_ms: 100,
      stalled: false,
      slack_ms: 0,
    },
    ...given,
  }
}

/** Ten runs a minute, of two agents in turn, from minute `from` on; `bad` of them fail. Of each minute, what changed. */
function watch(objectives: Objectives, from: number, minutes: number, bad: number, isKnown = () => false) {
  const changed: { readonly minute: number; readonly breach: Breach; readonly state: string }[] = []
  for (let minute = from; minute < from + minutes; minute += 1) {
    const at = BEGIN_MS + minute * MINUTE_MS
    for (let run = 0; run < 10; run += 1)
      objectives.observe(aRun({ agent_id: run % 2 === 0 ? 'a' : 'b', failed: run < bad }), at)
    for (const breach of objectives.endRound(at + MINUTE_MS - 1, isKnown))
      changed.push({ minute, breach, state: breach.state })
  }
  return changed
}

test('a budget that is spent six times too fast in both windows is a breach; worked by hand', () => {
  const objectives = new Objectives([available])
  // An hour without a failure, then four runs of ten fail: 8 times the budget of 5 %.
  assert.deepEqual(watch(objectives, 0, 60, 0), [])
  const changed = watch(objectives, 60, 60, 4)
  // Of the last 60 minutes n are bad: 0.4 n / 60 of the runs. Six times 5 % is 30 %: n = 45.
  assert.deepEqual(
    changed.map(({ minute, state, breach }) => [minute - 60 + 1, state, breach.where]),
    [[45, 'open', {}]],
  )
  const [{ breach } = assert.fail()] = changed
  assert.deepEqual([breach.runs_count, breach.bad_count, breach.agents_count], [50, 20, 2])
  assert.ok(Math.abs(breach.burn_short - 8) < 1e-9)
  // Well again: of the five minutes three are left bad, 24 %, still above half of 30 %; with two, 16 %; with one, 8 %.
  const after = watch(objectives, 120, 30, 0)
  assert.deepEqual(
    after.map(({ minute, state }) => [minute - 120 + 1, state]),
    [
      [4, 'recovering'],
      [8, 'closed'],
    ],
  )
})

test('few runs, one agent alone, or what is known already breach nothing', () => {
  const few = new Objectives([available])
  for (let run = 0; run < 11; run += 1) few.observe(aRun({ agent_id: `${run}`, failed: true }), BEGIN_MS)
  assert.deepEqual(
    few.endRound(BEGIN_MS, () => false),
    [],
  )
  const alone = new Objectives([available])
  for (let run = 0; run < 100; run += 1) alone.observe(aRun({ failed: true }), BEGIN_MS)
  assert.deepEqual(
    alone.endRound(BEGIN_MS, () => false),
    [],
  )
  assert.deepEqual(
    watch(new Objectives([available]), 0, 30, 10, () => true),
    [],
  )
})

test('a node that never worked is a breach of the node, though it is usual', () => {
  const objectives = new Objectives(USUAL_OBJECTIVES)
  const opened: Breach[] = []
  for (let minute = 0; minute < 5; minute += 1) {
    const at = BEGIN_MS + minute * MINUTE_MS
    for (const agent_id of ['a', 'b', 'c'])
      for (const node_id of ['fra', 'sin', 'sjc', 'gru'])
        objectives.observe(aRun({ agent_id, node_id, failed: node_id === 'fra' }), at)
    opened.push(...objectives.endRound(at, () => false))
  }
  assert.deepEqual(
    opened.map(({ where, objective }) => [where, objective.name]),
    [[{ node_id: 'fra' }, 'available']],
  )
})

test('one agent with a thousand runs a minute neither makes a breach nor hides one', () => {
  const honest = ['a', 'b', 'c', 'd', 'e', 'f']
  const breachesOf = (liarFails: boolean, othersFail: number) => {
    const objectives = new Objectives([available])
    const opened: Breach[] = []
    for (let minute = 0; minute < 60; minute += 1) {
      const at = BEGIN_MS + minute * MINUTE_MS
      for (let run = 0; run < 1_000; run += 1)
        objectives.observe(aRun({ agent_id: 'liar', failed: liarFails }), at)
      for (const [index, agent_id] of honest.entries())
        for (let run = 0; run < 12; run += 1)
          objectives.observe(aRun({ agent_id, failed: (run + index + minute) % 12 < othersFail }), at)
      opened.push(...objectives.endRound(at + MINUTE_MS - 1, () => false))
    }
    return opened.map(({ where, runs_count, bad_count }) => [where, runs_count, bad_count])
  }
  // Six agents of twelve runs and the liar's twelve that count: (72 / 12 + 12) / 84 is 21 %, (48 + 0) / 84 is 57 %; 30 % is a breach.
  assert.deepEqual(breachesOf(true, 1), [])
  assert.deepEqual(breachesOf(false, 8), [[{}, 5_360, 240]])
})

test('a breach of one objective hides none of another, and who is heard of no more takes no room', () => {
  const stalls: Objective = { ...available, name: 'plays', signal: 'stalled' }
  const objectives = new Objectives([available, stalls])
  const opened: string[] = []
  for (let minute = 0; minute < 10; minute += 1) {
    const at = BEGIN_MS + minute * MINUTE_MS
    for (let run = 0; run < 20; run += 1) {
      const agent_id = `${run % 4}`
      // Half of all runs fail; of those in Thailand the rest stall.
      const failed = run % 8 < 4
      objectives.observe(aRun({ agent_id, country: 'DE', isp: 'T', node_id: `de-${run}`, failed }), at)
      objectives.observe(aRun({ agent_id, failed, stalled: failed ? null : run % 2 === 0 }), at)
    }
    for (const { objective, where } of objectives.endRound(at + MINUTE_MS - 1, () => false))
      opened.push(`${objective.name} ${JSON.stringify(where)}`)
  }
  assert.ok(opened.includes('available {}'), opened.join(', '))
  assert.ok(opened.includes('plays {"country":"TH"}') || opened.includes('plays {}'), opened.join(', '))
  // Everything, two countries, two cells, a node in Thailand and twenty in Germany, for each of two.
  assert.equal(objectives.size, 52)
  objectives.endRound(BEGIN_MS + 86_400_000, () => false)
  // What is open is over after a day without a run; then its account is let go as well.
  for (const days of [2, 3]) objectives.endRound(BEGIN_MS + days * 86_400_000, () => false)
  assert.equal(objectives.size, 0)
})

test('objectives of the configuration that make no sense are refused', () => {
  const given = (text: string) => () => parseConfig(`objectives:\n  - ${text}\n`, 'c.yaml')
  assert.throws(
    given('{ name: a, signal: slow, target_ratio: 0.9 }'),
    /objectives\[0\]\.limit_ms: for signal slow/,
  )
  assert.throws(
    given('{ name: a, signal: failed, limit_ms: 5, target_ratio: 0.9 }'),
    /limit_ms: for signal slow/,
  )
  assert.throws(given('{ name: a, signal: failed, target_ratio: 0.5 }'), /the budget is spent 2\.0 times/)
  assert.throws(
    given('{ name: a, signal: failed, target_ratio: 0.9, short_s: 600, long_s: 60 }'),
    /long_s: shorter than short_s/,
  )
  assert.throws(
    given(
      '{ name: a, signal: failed, target_ratio: 0.95 }\n  - { name: a, signal: stalled, target_ratio: 0.95 }',
    ),
    /objectives\[1\]\.name: 'a' is there twice/,
  )
  assert.throws(given('{ name: a, signal: mood, target_ratio: 0.95 }'), /objectives/)
  const [objective] = given('{ name: fast, signal: slow, limit_ms: 800, target_ratio: 0.9 }')().objectives
  assert.deepEqual(objective, {
    ...{
      name: 'fast',
      signal: 'slow',
      limit_ms: 800,
      target_ratio: 0.9,
      burn_min: 6,
      short_s: 300,
      long_s: 3_600,
    },
  })
  assert.deepEqual(parseConfig('objectives: []', 'c.yaml').objectives, [])
  assert.deepEqual(parseConfig('{}', 'c.yaml').objectives, USUAL_OBJECTIVES)
})
