import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fleet, Incident, Scope } from '@streamgauge/contract'
import { matchText } from '../../../dashboard/alerts/match.ts'
import { groupText, waitText } from '../../../dashboard/alerts/rules.ts'
import { newSilence } from '../../../dashboard/alerts/silence-form.ts'
import { holdsText } from '../../../dashboard/alerts/silences.ts'
import { formatSpan } from '../../../dashboard/figures/format.ts'
import { attemptText } from '../../../dashboard/incident/deliveries.ts'
import { conclusionsText, handshakeText } from '../../../dashboard/incident/diagnoses.ts'
import { shareTexts } from '../../../dashboard/incident/evidence-table.ts'
import { factsOf } from '../../../dashboard/incident/facts.ts'
import { madeText } from '../../../dashboard/incident/runs.ts'
import { answeredText, rttText } from '../../../dashboard/incident/trace.ts'
import { badText } from '../../../dashboard/incidents/evidence.ts'
import { withChanged, worstFirst, worstOf } from '../../../dashboard/incidents/order.ts'
import { acknowledgedText } from '../../../dashboard/incidents/rows.ts'
import { targetsOf } from '../../../dashboard/incidents/scope-targets.ts'
import { stripRows } from '../../../dashboard/incidents/strip.ts'
import { scopeText } from '../../../dashboard/incidents/words.ts'
import { formatHash, incidentHash, incidentsHash, parseHash } from '../../../dashboard/routing/hash.ts'
import { mayChange } from '../../../dashboard/session.ts'
import { goingText } from '../../../dashboard/shell/incidents-link.ts'
import { anIncident } from '../../support/incident.ts'
import { aTarget } from '../../support/measurement.ts'

const at = (time: string) => `2026-11-22T${time}.000Z`
const plain = (text: string) => text.replaceAll('\u00a0', ' ')
const scope = (where: Scope['where']): Scope => ({ kind: 'everything', key: '*', where })

test('the list of incidents and each of them have an address', () => {
  const week = parseHash('#/incidents?past=7d')
  assert.deepEqual([week.page, week.past], [{ name: 'incidents' }, '7d'])
  assert.equal(formatHash(week), '#/incidents?past=7d')
  assert.equal(parseHash('#/incidents?past=9y').past, '24h')
  const hash = incidentHash(week, '019ac000-0000-7000-8000-000000000001')
  assert.equal(hash, '#/incidents/019ac000-0000-7000-8000-000000000001')
  assert.deepEqual(parseHash(hash).page, {
    name: 'incident',
    incident_id: '019ac000-0000-7000-8000-000000000001',
  })
  assert.equal(incidentsHash(parseHash('#/?window=6h')), '#/incidents?window=6h')
  for (const wrong of ['#/incidents/', '#/incidents/%E0%A4', '#/incident/x'])
    assert.equal(parseHash(wrong).page.name, 'unknown', wrong)
})

test('a scope is told in plain words', () => {
  const words: [Scope['where'], string][] = [
    [{}, 'Everything'],
    [{ agent_id: 'vps-bkk' }, 'Agent vps-bkk'],
    [{ country: 'TH' }, 'Thailand (TH)'],
    [{ isp: 'AIS' }, 'ISP AIS'],
    [{ country: 'TH', isp: 'true' }, 'true in Thailand (TH)'],
    [{ node_id: 'sin-1', transport: 'quic' }, 'Node sin-1 over QUIC'],
    [
      { country: 'TH', isp: 'AIS', node_id: 'sin-1', route: 'public' },
      'AIS in Thailand (TH) to node sin-1 by route public',
    ],
    [{ transport: 'tcp' }, 'Everything over TCP'],
    [{ provider: 'own' }, 'Provider own'],
  ]
  for (const [where, text] of words) assert.equal(scopeText(scope(where)), text)
})

test('what is bad is a share of so many, beside what was expected or is allowed', () => {
  // 82/214 is 0.3832, 6.4/214 is 0.0299.
  const stalled = { signal: 'stalled', runs_count: 214, bad_count: 82, expected_count: 6.4 } as const
  const silent = { signal: 'silent', runs_count: 5, bad_count: 4, expected_count: 0 } as const
  const text = (evidence: Incident['evidence'], objective: string | null = null) =>
    plain(badText({ evidence, objective }))
  assert.equal(text([stalled]), '38.3 % of 214 runs stalled, 3.0 % expected')
  assert.equal(text([stalled], 'plays'), '38.3 % of 214 runs stalled, 3.0 % allowed')
  assert.equal(
    text([silent, stalled]),
    '4 of 5 agents are silent; 38.3 % of 214 runs stalled, 3.0 % expected',
  )
  assert.equal(text([{ ...stalled, runs_count: 0, bad_count: 0 }]), '0 of 0 runs stalled')
  assert.equal(text([]), '')
})

test('a share has its Wilson interval, in its own unit, and silence expects nothing', () => {
  // The roots of (p - 4/5)² = 1.96² p(1 - p)/5: 0.3755 and 0.9638.
  const silent = shareTexts({ signal: 'silent', runs_count: 5, bad_count: 4, expected_count: 0 })
  assert.deepEqual(Object.values(silent).map(plain), ['5 agents', '80.0 % (4)', '37.6–96.4 %', '—'])
  const none = shareTexts({ signal: 'failed', runs_count: 0, bad_count: 0, expected_count: 0 })
  assert.deepEqual(Object.values(none), ['0 runs', '—', '—', '—'])
})

test('the worst come first, and of one severity the latest to start', () => {
  const early = anIncident({ severity: 'warning', started_at: at('09:00:00') })
  const late = anIncident({ severity: 'warning', started_at: at('11:00:00') })
  const critical = anIncident({ started_at: at('08:00:00') })
  const info = anIncident({ severity: 'info', started_at: at('12:00:00') })
  assert.deepEqual(worstFirst([info, early, critical, late]), [critical, late, early, info])
  assert.equal(worstOf([info, early]), 'warning')
  assert.equal(worstOf([]), null)
})

test('a new version takes the place of the former, and what is closed goes on no more', () => {
  const [one, other] = [anIncident(), anIncident()]
  const worse = { ...one, state: 'worsening' as const }
  assert.deepEqual(withChanged([one, other], [worse]), [worse, other])
  assert.deepEqual(withChanged([one, other], [{ ...one, state: 'closed' }]), [other])
  assert.deepEqual(withChanged([], [one]), [one])
})

test('the header counts what goes on and names the worst', () => {
  assert.equal(goingText([]), 'No incident going on')
  assert.equal(goingText([{ severity: 'info' }]), '1 incident going on, info')
  const two = [{ severity: 'warning' as const }, { severity: 'critical' as const }]
  assert.equal(goingText(two), '2 incidents going on, the worst critical')
})

test('a length of time is said in its two largest units', () => {
  const spans = [0, 119_000, 120_000, 3_599_000, 3_900_000, 7_200_000, 93_600_000, 172_800_000]
  assert.deepEqual(
    spans.map((ms) => plain(formatSpan(ms))),
    ['0 s', '119 s', '2 min', '1 h', '1 h 5 min', '2 h', '1 d 2 h', '2 d'],
  )
})

test('the facts say how long it took to find, how long it lasts, and why there is no score', () => {
  const incident = anIncident({ started_at: at('10:00:00'), detected_at: at('10:04:00') })
  const fact = (of: Incident, key: string) => {
    const { value, aside } = factsOf(of, Date.parse(at('12:00:00'))).find((one) => one.key === key) ?? {}
    return plain(`${value} ${aside}`)
  }
  assert.equal(fact(incident, 'found'), 'after 4 min 2026-11-22 10:04:00 UTC')
  assert.equal(fact(incident, 'ended'), 'goes on for 2 h so far')
  assert.equal(
    fact({ ...incident, ended_at: at('11:30:00') }, 'ended'),
    '2026-11-22 11:30:00 UTC after 1 h 30 min',
  )
  assert.equal(fact(incident, 'score'), '40.5 nats; it opens from 9 on')
  assert.equal(fact({ ...incident, objective: 'plays' }, 'score'), '— an objective is not scored')
  assert.equal(fact(incident, 'opening'), '70.0 % of its runs')
})

test('targets are those whose node, provider, route and transport the scope names', () => {
  const { ca_pem, ...target } = aTarget({ node_id: 'sin-1' })
  const targets: Fleet['targets'] = [
    target,
    { ...target, target_id: 'quic', transport: 'quic' },
    { ...target, target_id: 'other', node_id: 'fra-1' },
  ]
  const ids = (where: Scope['where']) => targetsOf(scope(where), targets).map((one) => one.target_id)
  assert.deepEqual(ids({ node_id: 'sin-1' }), ['target-tcp', 'quic'])
  assert.deepEqual(ids({ country: 'TH', node_id: 'sin-1', transport: 'quic' }), ['quic'])
  assert.deepEqual(ids({ country: 'TH' }), [])
})

test('a rule says which incidents, how grouped, and when', () => {
  assert.equal(matchText({}), 'every incident')
  const match = { transport: ['quic' as const], country: ['TH', 'VN'] }
  assert.equal(matchText(match), 'country TH or VN, transport quic')
  assert.equal(groupText({ group_by: ['country', 'isp'] }), 'country, ISP')
  assert.equal(groupText({ group_by: [] }), 'nothing: all in one')
  const waits = { group_wait_s: 30, group_interval_s: 300, repeat_interval_s: 14_400 }
  assert.equal(
    plain(waitText(waits)),
    'after 30 s, news every 5 min at most, again every 4 h unless acknowledged',
  )
  const none = { group_wait_s: 0, group_interval_s: 0, repeat_interval_s: 3_600 }
  assert.equal(plain(waitText(none)), 'at once, again every 1 h unless acknowledged')
})

test('a silence chooses by what is filled in, ends in UTC, and says whether it holds', () => {
  const filled = new Map([
    ['country', 'th'],
    ['isp', 'Telefónica, S.A.'],
    ['until', '2026-11-22T18:30'],
    ['by', 'lek'],
  ])
  const textOf = (name: string) => filled.get(name) ?? ''
  assert.deepEqual(newSilence(textOf), {
    match: { country: ['TH'], isp: ['Telefónica, S.A.'] },
    ends_at: at('18:30:00'),
    ...{ by: 'lek', note: '' },
  })
  assert.throws(() => newSilence(() => ''), /not a time/)
  const silence = { starts_at: at('10:00:00'), ends_at: at('12:00:00') }
  const holds = (time: string) => plain(holdsText(silence, Date.parse(at(time))))
  assert.deepEqual(['09:30:00', '11:00:00', '12:00:00'].map(holds), ['in 30 min', 'now, for 1 h', 'ended'])
})

test('who looks after it is not known, nobody, or somebody; and only operators and admins may', () => {
  const alert = { incident: anIncident(), acknowledgement: null, silence_ids: [], receivers: [] }
  const acknowledgement = { incident_id: alert.incident.incident_id, at: at('10:00:00'), by: 'lek', note: '' }
  assert.equal(acknowledgedText(null), '—')
  assert.equal(acknowledgedText(alert), 'nobody yet')
  assert.equal(acknowledgedText({ ...alert, acknowledgement, silence_ids: ['x'] }), 'lek · silenced')
  const roles = [null, 'viewer', 'operator', 'admin'] as const
  assert.deepEqual(
    roles.map((role) => mayChange({ role })),
    [false, false, true, true],
  )
})

test('checks, hops and attempts say what they are made of', () => {
  assert.equal(plain(handshakeText({ handshake_ms: 42, connected_count: 2 })), '42 ms, n 2')
  assert.equal(handshakeText({ handshake_ms: null, connected_count: 0 }), '—')
  assert.equal(plain(rttText({ rtt_ms: [12.14, 13] })), '12.1, 13.0 ms')
  assert.equal(answeredText({ rtt_ms: [12.14, 13], sent_count: 3 }), '2 of 3')
  const conclusions = (['quic', 'unknown', 'quic'] as const).map((conclusion) => ({ conclusion }))
  assert.equal(conclusionsText(conclusions), 'quic 2, unknown 1, of 3 diagnoses')
  const attempt = { at: at('10:00:00'), reply_code: null, reason: 'timeout' }
  assert.equal(attemptText(attempt), '2026-11-22 10:00:00 UTC: no answer, timeout')
  assert.equal(attemptText({ ...attempt, reply_code: 200, reason: null }), '2026-11-22 10:00:00 UTC: 200')
})

test('a measurement is told by the time in its id', () => {
  // 0x019ac0000000 is 1,764,157,816,832 ms since 1970.
  assert.equal(madeText('019ac000-0000-7000-8000-00000000abcd'), '2025-11-26 11:50:16 UTC …abcd')
  assert.equal(madeText('nonsense'), 'nonsense')
})

test('bars at the same time stand in lanes, by kind of scope, the widest kind first', () => {
  const window = { from_ms: Date.parse(at('10:00:00')), to_ms: Date.parse(at('12:00:00')) }
  const from = (started: string, ended: string | null, kind: Scope['kind'] = 'cell') =>
    anIncident({
      started_at: at(started),
      ended_at: ended === null ? null : at(ended),
      scope: { kind, key: 'x', where: {} },
    })
  const incidents = [
    from('10:30:00', '11:00:00'),
    from('10:45:00', null),
    from('11:15:00', '11:30:00'),
    from('09:00:00', '10:15:00', 'region'),
    from('08:00:00', '09:00:00', 'region'),
  ]
  const rows = stripRows(incidents, window, 0)
  assert.deepEqual(
    rows.map(({ kind, lanes, bars }) => [kind, lanes, bars.map(({ lane }) => lane)]),
    [
      ['region', 1, [0]],
      ['cell', 2, [0, 1, 0]],
    ],
  )
  assert.equal(rows[0]?.bars[0]?.from_ms, window.from_ms)
  assert.equal(rows[1]?.bars[1]?.to_ms, window.to_ms)
  // A bar that takes an hour at least reaches into the next one.
  assert.equal(stripRows(incidents, window, 3_600_000)[1]?.lanes, 3)
  const many = Array.from({ length: 15 }, () => from('10:30:00', null))
  assert.deepEqual(
    stripRows(many, window, 0).map(({ lanes, left_out_count }) => [lanes, left_out_count]),
    [[12, 3]],
  )
})
