import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FIELD_GROUPS, fieldText } from '../../../dashboard/measurement/fields.ts'
import { lastReachedMs, phasesOf } from '../../../dashboard/measurement/phases.ts'
import { bufferPoints, playerText, throughputPoints } from '../../../dashboard/measurement/series.ts'
import { timeline } from '../../../dashboard/measurement/timeline.ts'
import { waterfall } from '../../../dashboard/measurement/waterfall.ts'
import { sentMeasurement } from '../../support/measurement.ts'
import { matchesSnapshot, tinyDocument, toXml } from './document.ts'

/** DNS 4, TCP 20, TLS 20: ready at 44. First byte 60 after connecting began: at 64, of which 20 are waiting. */
const tcpRun = sentMeasurement({
  dns_ms: 4,
  connect_ms: 20,
  tls_ms: 20,
  handshake_ms: 40,
  ttfb_ms: 60,
  wait_ms: 20,
  key_frame_wait_ms: 30,
  first_frame_ms: 120,
  startup_ms: 200,
})
const quicRun = sentMeasurement({
  ...tcpRun,
  transport: 'quic',
  http_version: '3',
  connect_ms: null,
  tls_ms: null,
  handshake_ms: 22,
  ttfb_ms: 42,
})
const blockedRun = sentMeasurement({
  transport: 'quic',
  http_version: null,
  wall_ms: 5_000,
  dns_ms: 4,
  connect_ms: null,
  tls_ms: null,
  tls_version: null,
  handshake_ms: null,
  first_frame_ms: null,
  startup_ms: null,
  played_ms: null,
  stall_ms: null,
  failure_code: 'UDP_BLOCKED',
  failure_source: 'path',
})
/** Six seconds with one stall of 800 ms at 3,200 ms. */
const stalledRun = sentMeasurement({
  wall_ms: 6_000,
  first_frame_ms: 120,
  startup_ms: 200,
  stalls: [{ at_ms: 3_200, length_ms: 800 }],
  stall_ms: 800,
  stall_count: 1,
  played_ms: 5_000,
  media_bitrate_bps: 2_000_000,
  buffer_series_ms: [1_500, 1_200, 200, 1_000, 1_400, 1_500],
  throughput_series_bps: [4e6, 1.5e6, 0.4e6, 3e6, 2.2e6, 2e6],
})

const spans = (run: typeof tcpRun) => phasesOf(run).map(({ key, from_ms, to_ms }) => [key, from_ms, to_ms])

test('redirects come first, and everything after them is that much later', () => {
  const phases = phasesOf(
    sentMeasurement({ ...tcpRun, redirect_ms: 300, redirect_count: 2, first_frame_ms: 420 }),
  )
  assert.deepEqual(
    phases.slice(0, 3).map(({ key, from_ms, to_ms, note }) => [key, from_ms, to_ms, note]),
    [
      ['redirect', 0, 300, '2 redirects'],
      ['dns', 300, 304, null],
      ['connect', 304, 324, null],
    ],
  )
})

test('the phases of a TCP run follow one another on the axis of the run', () => {
  assert.deepEqual(spans(tcpRun), [
    ['dns', 0, 4],
    ['connect', 4, 24],
    ['tls', 24, 44],
    ['handshake', 4, 44],
    ['wait', 44, 64],
    ['first_frame', 64, 120],
    ['startup', 120, 200],
  ])
  assert.equal(phasesOf(tcpRun).find((phase) => phase.key === 'first_frame')?.waited_to_ms, 94)
  assert.equal(lastReachedMs(phasesOf(tcpRun)), 200)
})

test('QUIC has one handshake where TCP has two', () => {
  assert.deepEqual(spans(quicRun).slice(0, 3), [
    ['dns', 0, 4],
    ['handshake', 4, 26],
    ['wait', 26, 46],
  ])
})

test('a run without DNS starts connecting at 0', () => {
  assert.deepEqual(spans({ ...tcpRun, dns_ms: null })[1], ['connect', 0, 20])
})

test('a phase that was not reached has no bar and says so', () => {
  const wait = phasesOf(blockedRun).find((phase) => phase.key === 'wait')
  assert.deepEqual([wait?.from_ms, wait?.to_ms, wait?.absent], [null, null, 'not reached'])
})

test('a cleartext run says that it has no TLS', () => {
  const cleartext = { ...tcpRun, tls_ms: null, tls_version: null, handshake_ms: 20 }
  assert.equal(phasesOf(cleartext).find((phase) => phase.key === 'tls')?.absent, 'cleartext: no TLS')
})

test('the buffer’s series counts from the end of the first second, the throughput’s from its start', () => {
  assert.deepEqual(bufferPoints([900, 1_100], [{ at_ms: 1_400 }]), [
    { at_ms: 0, value: 0 },
    { at_ms: 1_000, value: 900 },
    { at_ms: 1_400, value: 0 },
    { at_ms: 2_000, value: 1_100 },
  ])
  assert.deepEqual(throughputPoints([4e6, 2e6], 1_600), [
    { at_ms: 0, value: 4e6 },
    { at_ms: 1_000, value: 2e6 },
    { at_ms: 1_600, value: 2e6 },
  ])
  assert.deepEqual(bufferPoints([], []), [])
})

test('playback in words divides the stalls by what was stalled and played', () => {
  // 800 / (800 + 5,000) = 13.8 %
  const words = playerText(stalledRun).replaceAll('\u00a0', ' ')
  const expected =
    'Playback started after 200 ms, played 5,000 ms, stalled once for 800 ms in all: stall rate 13.8 %'
  assert.equal(words, expected)
  assert.equal(playerText(blockedRun), 'Playback never started')
})

test('every field of the record is in one group, or is a series that is drawn', () => {
  const drawn = ['stalls', 'stall_ms_by_policy', 'buffer_series_ms', 'throughput_series_bps']
  const listed = FIELD_GROUPS.flatMap((group) => group.fields)
  assert.equal(new Set(listed).size, listed.length)
  const missing = Object.keys(tcpRun).filter(
    (name) => !drawn.includes(name) && !listed.some((one) => one === name),
  )
  assert.deepEqual(missing, [])
})

test('a field is shown in the unit its name carries', () => {
  const shown = [
    fieldText('handshake_ms', 40),
    fieldText('throughput_bps', 2e6),
    fieldText('loss_ratio', 0.02),
    fieldText('asn', 133_481),
    fieldText('taints', []),
    fieldText('resumed', false),
    fieldText('http_status', null),
  ]
  const expected = ['40 ms', '2.0 Mbit/s', '2.0 %', 'AS133481', 'none', 'no', '—']
  assert.deepEqual(
    shown.map((text) => text.replaceAll('\u00a0', ' ')),
    expected,
  )
})

test('the waterfall of a TCP run looks as reviewed', async () => {
  const chart = waterfall(phasesOf(tcpRun), { document: tinyDocument(), width: 800, ended: null })
  await matchesSnapshot('waterfall-tcp.svg', toXml(chart))
})

test('the waterfall of a QUIC run on a narrow screen looks as reviewed', async () => {
  const chart = waterfall(phasesOf(quicRun), { document: tinyDocument(), width: 340, ended: null })
  await matchesSnapshot('waterfall-quic-narrow.svg', toXml(chart))
})

test('the waterfall of a blocked run shows where it ended, as reviewed', async () => {
  const ended = { at_ms: 5_000, code: 'UDP_BLOCKED' }
  const chart = waterfall(phasesOf(blockedRun), { document: tinyDocument(), width: 800, ended })
  await matchesSnapshot('waterfall-blocked.svg', toXml(chart))
})

test('the timeline of a run with a stall looks as reviewed', async () => {
  await matchesSnapshot(
    'timeline-stall.svg',
    toXml(timeline(stalledRun, { document: tinyDocument(), width: 800 })),
  )
})

test('the timeline of a run that failed while it played shows its end, as reviewed', async () => {
  const failed = { ...stalledRun, failure_code: 'STALLED_OUT' as const }
  const chart = timeline(failed, { document: tinyDocument(), width: 800 })
  await matchesSnapshot('timeline-failed.svg', toXml(chart))
})
