import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Measurement } from '@streamgauge/contract'
import { type Lab, startLab } from '../lab.ts'
import type { DirectionSettings } from '../link/settings.ts'
import { needsLab } from '../possible.ts'
import { type Prober, startOrigin, startProber } from './prober.ts'

/** Two ends and what runs on them. */
interface Bench {
  readonly lab: Lab
  readonly probe: Prober
  readonly target: { readonly url: string; readonly ca_pem: string }
}

const WAYS = ['tcp', 'quic'] as const

async function bench(t: TestContext, link: Partial<DirectionSettings>): Promise<Bench> {
  const lab = await startLab(t, {
    seed: 7,
    hosts: { agent: {}, node: {} },
    links: [{ between: ['agent', 'node'], up: link, down: link }],
  })
  const [target, probe] = await Promise.all([
    startOrigin(t, lab.host('node')),
    startProber(lab.host('agent')),
  ])
  return { lab, probe, target }
}

function near(actual: number | null, expected: number, within: number, what: string): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= within,
    `${what}: ${actual} is not within ${within} of ${expected}`,
  )
}

test('connect time is two round trips over TCP with TLS 1.3 and one over QUIC; rtt_min_ms is one', async (t) => {
  if (!needsLab(t)) return
  const { probe, target } = await bench(t, { delay_ms: 50 })
  const runs: Record<(typeof WAYS)[number], Measurement[]> = { tcp: [], quic: [] }
  for (let round = 0; round < 3; round++)
    for (const transport of WAYS)
      runs[transport].push(await probe({ ...target, transport }, { duration_ms: 2_500 }))
  const least = (
    transport: (typeof WAYS)[number],
    field: 'connect_ms' | 'handshake_ms' | 'rtt_min_ms' | 'wait_ms',
  ) => Math.min(...runs[transport].map((m) => m[field] ?? Number.POSITIVE_INFINITY))
  // The least of three: what this machine adds when it is busy is not the link's.
  near(least('tcp', 'connect_ms'), 100, 5, 'TCP connect')
  near(least('tcp', 'handshake_ms'), 200, 15, 'TCP and TLS')
  near(least('quic', 'handshake_ms'), 100, 10, 'QUIC handshake')
  for (const transport of WAYS) {
    near(least(transport, 'rtt_min_ms'), 100, 5, `${transport} rtt_min_ms`)
    near(least(transport, 'wait_ms'), 100, 15, `${transport} wait`)
    for (const m of runs[transport]) assert.deepEqual([m.failure_code, m.stall_count], [null, 0])
  }
})

test('through a lossy link both transports say so, near what the link did', async (t) => {
  if (!needsLab(t)) return
  const { lab, probe, target } = await bench(t, { delay_ms: 20, loss_ratio: 0.03 })
  const link = lab.link('agent', 'node')
  const before = (await link.counters()).down
  const quic = await probe({ ...target, transport: 'quic' })
  const after = (await link.counters()).down
  const [n, lost] = [after.in_count - before.in_count, after.lost_count - before.lost_count]
  // The link counts every packet, the record those with media: two samples of one process, so twice the variance.
  near(quic.loss_ratio, lost / n, 3.3 * Math.sqrt((2 * 0.03 * 0.97) / n), 'loss over QUIC')
  near(quic.rtt_min_ms, 40, 5, 'QUIC rtt_min_ms')
  near(quic.rtt_ms, 40, 20, 'QUIC rtt_ms')
  assert.ok(quic.retransmit_count !== null && quic.retransmit_count > 0, 'what the viewer sent was lost too')

  const tcp = await probe({ ...target, transport: 'tcp' })
  near(tcp.rtt_min_ms, 40, 5, 'TCP rtt_min_ms')
  near(tcp.rtt_ms, 40, 30, 'TCP rtt_ms')
  assert.ok(
    tcp.out_of_order_count !== null && tcp.out_of_order_count > 10,
    'segments behind lost ones came out of turn',
  )
})

test('a clean link shows no loss over either', async (t) => {
  if (!needsLab(t)) return
  const { probe, target } = await bench(t, { delay_ms: 20 })
  const quic = await probe({ ...target, transport: 'quic' }, { duration_ms: 4_000 })
  assert.deepEqual([quic.loss_ratio, quic.retransmit_count], [0, 0])
  const tcp = await probe({ ...target, transport: 'tcp' }, { duration_ms: 4_000 })
  assert.deepEqual([tcp.out_of_order_count, tcp.retransmit_count], [0, 0])
})

for (const transport of WAYS) {
  test(`${transport}: a link that dies in mid-run and comes back is one stall`, async (t) => {
    if (!needsLab(t)) return
    const { lab, probe, target } = await bench(t, { delay_ms: 20 })
    const link = lab.link('agent', 'node')
    const running = probe({ ...target, transport }, { duration_ms: 12_000 })
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    await link.change({ up: { outage: true }, down: { outage: true } })
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    await link.change({ up: { outage: false }, down: { outage: false } })
    const m = await running
    assert.equal(m.failure_code, null)
    assert.equal(m.stall_count, 1)
    const [stall] = m.stalls
    // The buffer of one to three seconds runs dry in the outage; then the sender's timer must find the way again.
    assert.ok(stall && stall.at_ms > 3_000 && stall.at_ms < 7_500, `stalled at ${stall?.at_ms}`)
    assert.ok(stall.at_ms + stall.length_ms >= 7_000, 'not before the link is back')
  })

  test(`${transport}: a link that dies for good ends the run at its deadline, with what was seen`, async (t) => {
    if (!needsLab(t)) return
    const { lab, probe, target } = await bench(t, { delay_ms: 20 })
    const running = probe({ ...target, transport }, { duration_ms: 16_000 })
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    await lab.link('agent', 'node').change({ up: { outage: true }, down: { outage: true } })
    const m = await running
    assert.deepEqual([m.failure_code, m.failure_source], ['STALLED_OUT', 'path'])
    assert.ok(m.wall_ms < 17_000)
    assert.ok(m.played_ms !== null && m.played_ms > 2_000)
  })
}

test('QUIC where UDP is dropped is UDP_BLOCKED, and TCP beside it works', async (t) => {
  if (!needsLab(t)) return
  const { probe, target } = await bench(t, { delay_ms: 10, drop_udp: true })
  const quic = await probe({ ...target, transport: 'quic' }, { duration_ms: 4_000 })
  assert.deepEqual([quic.failure_code, quic.failure_source], ['UDP_BLOCKED', 'path'])
  const tcp = await probe({ ...target, transport: 'tcp' }, { duration_ms: 2_000 })
  assert.equal(tcp.failure_code, null)
})

test('a host that is dead is CONNECT_TIMEOUT over either, and no blocked UDP', async (t) => {
  if (!needsLab(t)) return
  const { lab, probe, target } = await bench(t, { delay_ms: 10 })
  await lab.link('agent', 'node').change({ up: { outage: true } })
  for (const transport of WAYS) {
    const m = await probe({ ...target, transport }, { duration_ms: 5_000 })
    assert.deepEqual([transport, m.failure_code, m.failure_source], [transport, 'CONNECT_TIMEOUT', 'path'])
    assert.ok(m.wall_ms < 6_000)
  }
})

test('a host without a way to it is CONNECT_UNREACHABLE; a name server that is silent is DNS_TIMEOUT', async (t) => {
  if (!needsLab(t)) return
  // A router has routes to the hosts it knows, and no other.
  const lab = await startLab(t, {
    hosts: { agent: { router: true, nameserver: 'node' }, node: {} },
    links: [{ between: ['agent', 'node'], up: { outage: true } }],
  })
  const probe = await startProber(lab.host('agent'))
  const nowhere = await probe({ url: 'https://203.0.113.9/live/test.flv' }, { duration_ms: 3_000 })
  assert.deepEqual([nowhere.failure_code, nowhere.failure_source], ['CONNECT_UNREACHABLE', 'path'])
  const named = await probe({ url: 'https://stream.example.test/live/test.flv' }, { duration_ms: 8_000 })
  assert.deepEqual([named.failure_code, named.failure_source], ['DNS_TIMEOUT', 'resolver'])
})
