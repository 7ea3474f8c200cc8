import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SteeringCell, SteeringOverride, SteeringTarget } from '@streamgauge/contract'
import { queryOf } from '../../../dashboard/decisions/search.ts'
import { effectText, verdictText } from '../../../dashboard/decisions/verdict.ts'
import { formatHash, parseHash } from '../../../dashboard/routing/hash.ts'
import { optionText } from '../../../dashboard/steering/cells.ts'
import { chosenCells } from '../../../dashboard/steering/choose.ts'
import { saidIn } from '../../../dashboard/steering/override-forms.ts'
import { holds, revisionOf } from '../../../dashboard/steering/overrides.ts'
import { standingText } from '../../../dashboard/steering/standing.ts'
import { cellText } from '../../../dashboard/steering/words.ts'
import { aDecision } from '../../support/decision.ts'

const NOW_MS = Date.parse('2026-11-23T20:00:00.000Z')
const expected = { success_ratio: 0.99, stall_ratio: 0.012, handshake_ms: 52, startup_ms: 120, runs: 12.34 }
const target: SteeringTarget = {
  ...{ node_id: 'sin-1', cost: 0.0341, ill: false, same_isp: false, distance_km: 1_421, expected },
}
const thai: SteeringCell = {
  ...{ country: 'TH', isp: 'AIS', decision_id: null, since: '2026-11-23T19:30:00.000Z', pinned: false },
  targets: [target, { ...target, node_id: 'bkk-1' }, { ...target, node_id: 'hkg-1' }],
}
const german: SteeringCell = {
  ...{ country: 'DE', isp: 'DT', decision_id: null, since: '2026-11-23T10:00:00.000Z', pinned: true },
  targets: [
    { ...target, node_id: 'fra-1', ill: true },
    { ...target, expected: null },
  ],
}
const said: SteeringOverride = {
  ...{
    kind: 'node',
    key: 'sin-1',
    revision: 3,
    at: '2026-11-23T19:00:00.000Z',
    node_id: null,
    drained: true,
  },
  ...{ until: '2026-11-23T21:00:00.000Z', by: 'lek', note: '' },
}

test('cells are found by any of their names, and by what is the matter with them', () => {
  const cells = [thai, german]
  const found = (choice: Parameters<typeof chosenCells>[1], find = '') =>
    chosenCells(cells, choice, find, NOW_MS).map(({ country }) => country)
  assert.deepEqual(found('all'), ['DE', 'TH'])
  for (const find of ['thailand', 'th/ais', 'SIN-1', 'ais th'])
    assert.deepEqual(found('all', find), ['TH'], find)
  assert.deepEqual(found('all', 'bkk-1'), [], 'a node behind the first is not where anybody is sent')
  assert.deepEqual(found('ill'), ['DE'])
  assert.deepEqual(found('pinned'), ['DE'])
  assert.deepEqual(found('moved'), ['TH'])
  assert.deepEqual(found('thin'), ['DE'], 'one is ill, one was not measured')
})

test('viewers are named as people call them', () => {
  assert.equal(cellText({ country: 'TH', isp: 'AIS' }), 'AIS in Thailand (TH)')
  assert.equal(cellText({ country: 'TH', isp: '*' }), 'Others in Thailand (TH)')
  assert.equal(cellText({ country: 'ZZ', isp: '*' }), 'Everybody else')
})

test('a node behind the first is told with its figures, or how far it is', () => {
  const text = (one: SteeringTarget) => optionText(one).replaceAll('\u00a0', ' ')
  assert.equal(text(target), 'sin-1: cost 0.034, stalls 1.2 %, connect 52 ms, n 12.3')
  assert.equal(
    text({ ...target, ill: true, expected: null }),
    'sin-1 (ill): cost 0.034, not measured, 1,421 km',
  )
  assert.equal(
    text({ ...target, cost: -0.0051, expected: null, distance_km: null }),
    'sin-1: cost −0.005, not measured, —',
  )
})

test('decisions are asked for by country, cell or node, and by what came of them', () => {
  const nothing = { country: null, isp: null, node_id: null, verdict: null }
  assert.deepEqual(queryOf('', 'all'), nothing)
  assert.deepEqual(queryOf('th', 'hurt'), { ...nothing, country: ['TH'], verdict: ['hurt'] })
  assert.deepEqual(queryOf('TH/Some ISP', 'none'), {
    ...nothing,
    ...{ country: ['TH'], isp: ['Some ISP'], verdict: ['none'] },
  })
  assert.deepEqual(queryOf('sin-1', 'nonsense'), { ...nothing, node_id: ['sin-1'] })
})

test('a verdict comes with its interval and pairs; what is never judged is told apart from what is not yet', () => {
  const judged = aDecision({
    verdict: 'helped',
    effect: { pairs_count: 8, gain: 0.9934, low: 0.989, high: 0.997 },
  })
  assert.equal(verdictText(judged), '▲ helped')
  assert.equal(effectText(judged).replaceAll('\u00a0', ' '), '+0.993 (+0.989 to +0.997), n 8')
  assert.equal(verdictText(aDecision()), 'not judged yet')
  for (const more of [{ motive: 'pinned' }, { dry_run: true }] as const)
    assert.equal(verdictText(aDecision(more)), 'not judged')
})

test('what operators say holds until its time is over, and is known by its revision', () => {
  assert.ok(holds(said, NOW_MS))
  assert.ok(!holds(said, Date.parse('2026-11-23T21:00:00.000Z')))
  assert.ok(!holds({ ...said, drained: false, until: null }, NOW_MS), 'it was taken back')
  assert.equal(revisionOf([said], 'node', 'sin-1'), 3)
  assert.equal(revisionOf([said], 'cell', 'sin-1'), 0)
  const fields: Record<string, string> = { until: '2026-11-24T04:00', by: 'lek', note: 'n' }
  assert.deepEqual(
    saidIn((name) => fields[name] ?? ''),
    {
      ...{ until: '2026-11-24T04:00:00.000Z', by: 'lek', note: 'n' },
    },
  )
  assert.equal(saidIn(() => '').until, null)
  assert.throws(() => saidIn(() => 'tomorrow'), /not a time/)
})

test('a table says how old it is, and when it does not count', () => {
  const table = { as_of: '2026-11-23T19:59:48.000Z', stale: false, dry_run: false, cells: [] }
  const text = (more: Partial<typeof table>) =>
    standingText({ ...table, ...more }, NOW_MS).replaceAll('\u00a0', ' ')
  assert.equal(text({}), 'By figures of 12 s ago.')
  assert.match(text({ stale: true }), /^Stale: .* 12 s old, goes on answering; nobody is moved by it\.$/)
  assert.match(text({ dry_run: true }), /Dry run/)
  assert.match(standingText({ ...table, as_of: null }, NOW_MS), /^Nothing was decided yet/)
})

test('what is looked for is in the address', () => {
  for (const hash of [
    '#/steering',
    '#/steering?find=TH%2FAIS&which=ill',
    '#/decisions?find=sin-1',
    '#/decisions/01a',
  ])
    assert.equal(formatHash(parseHash(hash)), hash)
})
