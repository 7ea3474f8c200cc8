import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObservedRow } from '@streamgauge/collector/detect/row.ts'
import { type RoundReport, Watch } from '@streamgauge/collector/detect/watch.ts'
import { Incident } from '@streamgauge/contract'
import { Value } from 'typebox/value'
import { v7 as uuidV7 } from 'uuid'

const ROUND_MS = 10_000
const BEGIN_MS = Date.UTC(2026, 10, 2)
const AGENTS = ['TH', 'DE', 'BR'].flatMap((country, row) =>
  ['one', 'two'].flatMap((isp, column) =>
    [1, 2].map((number) => ({
      agent_id: `${country}-${isp}-${number}`,
      country,
      isp: `${country} ${isp}`,
      asn: 100 * row + 10 * column,
    })),
  ),
)

interface Given {
  readonly agent_id: string
  readonly country: string
  readonly isp: string
  readonly asn: number
  readonly node_id: string
  readonly failed?: boolean
  readonly started_ms?: number
}

function row(given: Given, inserted_ms: number): ObservedRow {
  const { agent_id, country, isp, asn, node_id, failed = false, started_ms = inserted_ms - 2_000 } = given
  const vantage = [agent_id, country, isp, asn] as const
  const target = [node_id, 'own', 'public', 'tcp', 'stream', false] as const
  const failure = failed ? (['CONNECT_TIMEOUT', 'path'] as const) : ([null, null] as const)
  const times = failed ? ([null, null, null, null] as const) : ([40, 140, 0, 8_000] as const)
  return [inserted_ms, uuidV7(), ...vantage, ...target, started_ms, ...failure, ...times, 0]
}

function textOf(rows: readonly ObservedRow[]): string {
  return rows.map((one) => `${JSON.stringify(one)}\n`).join('')
}

/** A watch, and rounds in which all agents but some measure two nodes. */
function begin() {
  const watch = new Watch(ROUND_MS)
  let round = 0
  const go = (more: (nowMs: number) => readonly ObservedRow[] = () => [], absent: readonly string[] = []) => {
    const from = BEGIN_MS + round * ROUND_MS
    round += 1
    const rows = AGENTS.filter(({ agent_id }) => !absent.includes(agent_id)).flatMap((agent) =>
      ['fra', 'sin'].map((node_id) => row({ ...agent, node_id }, from + 5_000)),
    )
    watch.observe(textOf([...rows, ...more(from + 6_000)]), from - ROUND_MS, from + ROUND_MS)
    return watch.endRound(from + ROUND_MS)
  }
  const learn = () => {
    for (let count = 0; count < 30; count += 1) assert.deepEqual(go().incidents, [])
  }
  return { watch, go, learn }
}

function scopesOf(reports: readonly RoundReport[]) {
  return reports.flatMap(({ incidents }) =>
    incidents.map(({ scope, state }) => `${scope.kind} ${scope.key} ${state}`),
  )
}

const [liar] = AGENTS
assert.ok(liar)

test('what was made long ago, or is not made yet, is set aside and says nothing', () => {
  const { go, learn } = begin()
  learn()
  const reports = [1, 2, 3].map(() =>
    go((now) =>
      AGENTS.flatMap((agent) => [
        row({ ...agent, node_id: 'fra', failed: true, started_ms: now - 700_000 }, now),
        row({ ...agent, node_id: 'fra', failed: true, started_ms: now + 86_400_000 }, now),
      ]),
    ),
  )
  for (const { incidents, set_aside, runs_count } of reports) {
    assert.deepEqual(incidents, [])
    assert.deepEqual(set_aside, { tainted: 0, late: 12, ahead: 12, 'no room': 0 })
    assert.equal(runs_count, 48)
  }
})

test('a row that is read again is counted once', () => {
  const { watch, go, learn } = begin()
  learn()
  const again: ObservedRow[] = []
  const once = go((now) => {
    again.push(row({ ...liar, node_id: 'fra', failed: true }, now))
    return again
  })
  assert.equal(once.runs_count, 25)
  const since = BEGIN_MS + 29 * ROUND_MS
  for (let count = 0; count < 40; count += 1) watch.observe(textOf(again), since, since + 2 * ROUND_MS)
  const { runs_count, incidents } = go()
  assert.deepEqual([runs_count, incidents], [24, []])
})

test('one agent that sends as much as a thousand is no region, and takes no more than its room', () => {
  const { go, learn } = begin()
  learn()
  const reports = [0, 1, 2].map((turn) =>
    go((now) =>
      Array.from({ length: 5_000 }, (_, index) =>
        row({ ...liar, node_id: `made-up-${turn}-${index}`, failed: true }, now),
      ),
    ),
  )
  assert.deepEqual(scopesOf(reports), [`agent ${liar.agent_id} open`])
  assert.equal(reports[0]?.incidents[0]?.severity, 'info')
  // 15,000 ways to nodes, of which an agent has room for 8,000 with the two it has already.
  assert.deepEqual(
    reports.map(({ set_aside }) => set_aside['no room']),
    [0, 2_002, 5_000],
  )
})

test('an agent that is heard of no more is silent, and so is a cell or a country that is, until they are heard again', () => {
  const { go, learn } = begin()
  learn()
  const of = (prefix: string) =>
    AGENTS.filter((agent) => agent.agent_id.startsWith(prefix)).map((one) => one.agent_id)
  for (const [prefix, key] of [
    ['TH-one-1', 'agent TH-one-1'],
    ['DE-two', 'cell DE/DE two'],
    ['BR', 'region BR'],
  ] as const) {
    const silent = of(prefix)
    const reports = Array.from({ length: 8 }, () => go(undefined, silent))
    assert.deepEqual(scopesOf(reports), [`${key} open`])
    const [incident] = reports.flatMap(({ incidents }) => incidents)
    assert.ok(Value.Check(Incident, incident))
    assert.deepEqual(incident.evidence, [
      { signal: 'silent', runs_count: silent.length, bad_count: silent.length, expected_count: 0 },
    ])
    // It was last heard in the middle of a round, and three rounds had to pass.
    assert.equal(Date.parse(incident.detected_at) - Date.parse(incident.started_at), 35_000)
    const [over, ...more] = [go(), go()]
    assert.deepEqual(scopesOf([over, ...more]), [`${key} closed`])
    assert.equal(over.incidents[0]?.incident_id, incident.incident_id)
  }
})

test('who is silent for longer than they were heard stays silent until they are heard', () => {
  const { go, learn } = begin()
  learn()
  const heard = Array.from({ length: 20 }, () => go())
  const silent = Array.from({ length: 60 }, () => go(undefined, ['TH-one-1']))
  assert.deepEqual(scopesOf([...heard, ...silent]), ['agent TH-one-1 open'])
  assert.deepEqual(scopesOf([go()]), ['agent TH-one-1 closed'])
})

test('agents that fall silent one after the other are their cell in the end, and nothing besides', () => {
  const { go, learn } = begin()
  learn()
  const reports = [
    ...Array.from({ length: 6 }, () => go(undefined, ['TH-one-1'])),
    ...Array.from({ length: 6 }, () => go(undefined, ['TH-one-1', 'TH-one-2'])),
    go(),
  ]
  assert.deepEqual(scopesOf(reports), [
    'agent TH-one-1 open',
    'cell TH/TH one open',
    'agent TH-one-1 closed',
    'cell TH/TH one closed',
  ])
})

test('when nobody looked for a while, nobody was silent', () => {
  const { watch, go, learn } = begin()
  learn()
  const later = BEGIN_MS + 30 * ROUND_MS + 600_000
  assert.deepEqual(watch.endRound(later).incidents, [])
  assert.deepEqual(watch.endRound(later + ROUND_MS).incidents, [])
  go()
})

test('who falls silent after a while in which nobody looked is found as soon as ever', () => {
  const { watch, learn } = begin()
  learn()
  const gap = 600_000
  const rowsAt = (at: number, absent: string) =>
    AGENTS.filter(({ agent_id }) => agent_id !== absent).map((agent) => row({ ...agent, node_id: 'fra' }, at))
  const reports = Array.from({ length: 8 }, (_, round) => {
    const from = BEGIN_MS + 30 * ROUND_MS + gap + round * ROUND_MS
    watch.observe(textOf(rowsAt(from + 5_000, round === 0 ? '' : 'TH-one-1')), from, from + ROUND_MS)
    return watch.endRound(from + ROUND_MS)
  })
  assert.deepEqual(scopesOf(reports), ['agent TH-one-1 open'])
})

test('without history, what is there at first is thought usual', () => {
  const { go } = begin()
  const bad = (now: number) =>
    AGENTS.flatMap((agent) => [1, 2].map(() => row({ ...agent, node_id: 'sjc', failed: true }, now)))
  const reports = Array.from({ length: 20 }, () => go(bad))
  assert.deepEqual(
    reports.slice(0, 7).map(({ learning }) => learning),
    [true, true, true, true, true, true, false],
  )
  assert.deepEqual(scopesOf(reports), [])
})
