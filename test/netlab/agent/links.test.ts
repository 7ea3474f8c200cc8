import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Measurement } from '@streamgauge/contract'
import { type Lab, startLab } from '../lab.ts'
import type { DirectionSettings } from '../link/settings.ts'
import { needsLab } from '../possible.ts'
import { startOrigin, startProber } from './prober.ts'

const WAYS = ['tcp', 'quic'] as const
type Way = (typeof WAYS)[number]

/** Two ends and what runs on them: a prober for each transport, so that both can run at once. */
interface Bench {
  readonly lab: Lab
  readonly run: (way: Way, duration_ms: number) => Promise<Measurement>
}

async function bench(t: TestContext, link: Partial<DirectionSettings>): Promise<Bench> {
  const lab = await startLab(t, {
    seed: 7,
    hosts: { agent: {}, node: {} },
    links: [{ between: ['agent', 'node'], up: link, down: link }],
  })
  const [target, tcp, quic] = await Promise.all([
    startOrigin(t, lab.host('node')),
    startProber(lab.host('agent')),
    startProber(lab.host('agent')),
  ])
  const probers = { tcp, quic }
  return {
    lab,
    run: (way, duration_ms) => probers[way]({ ...target, transport: way }, { duration_ms }),
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

function near(actual: number | null, expected: number, within: number, what: string): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= within,
    `${what}: ${actual} is not within ${within} of ${expected}`,
  )
}

test('connect time is two round trips over TCP with TLS 1.3 and one over QUIC, and the answer takes one more', async (t) => {
  if (!needsLab(t)) return
  const { run } = await bench(t, { delay_ms: 50 })
  const runs: Record<Way, Measurement[]> = { tcp: [], quic: [] }
  const least = (way: Way, field: 'connect_ms' | 'handshake_ms' | 'rtt_min_ms' | 'wait_ms') =>
    Math.min(...runs[way].map((m) => m[field] ?? Number.POSITIVE_INFINITY))
  // The least of three, or of some more: what this machine adds when it is busy is not the link's.
  const isBusy = () =>
    least('tcp', 'connect_ms') > 110 ||
    least('tcp', 'handshake_ms') > 225 ||
    least('quic', 'handshake_ms') > 115
  for (let round = 0; round < 3 || (round < 9 && isBusy()); round++)
    for (const way of WAYS) runs[way].push(await run(way, 1_700))
  near(least('tcp', 'connect_ms'), 100, 10, 'TCP connect')
  near(least('tcp', 'handshake_ms'), 200, 25, 'TCP and TLS')
  near(least('quic', 'handshake_ms'), 100, 15, 'QUIC handshake')
  for (const way of WAYS) {
    near(least(way, 'rtt_min_ms'), 100, 10, `${way} rtt_min_ms`)
    near(least(way, 'wait_ms'), 100, 25, `${way} wait`)
    for (const m of runs[way]) {
      assert.deepEqual([m.failure_code, m.stall_count], [null, 0])
      assert.deepEqual([m.loss_ratio ?? 0, m.out_of_order_count ?? 0, m.retransmit_count], [0, 0, 0])
    }
  }
})

test('through a lossy link both transports say so, near what the link was set to', async (t) => {
  if (!needsLab(t)) return
  const { lab, run } = await bench(t, { delay_ms: 20, loss_ratio: 0.03 })
  const [tcp, quic] = await Promise.all([run('tcp', 8_000), run('quic', 8_000)])
  const { delivered_count } = (await lab.link('agent', 'node').counters()).down
  assert.ok(delivered_count > 2_000)
  // 99.9 % of a binomial sample of packets with media: 2 Mbit/s for 8 s is 1,400 of them.
  near(quic.loss_ratio, 0.03, 3.3 * Math.sqrt((0.03 * 0.97) / 1_400), 'loss over QUIC')
  near(quic.rtt_min_ms, 40, 10, 'QUIC rtt_min_ms')
  near(quic.rtt_ms, 40, 30, 'QUIC rtt_ms')
  assert.ok(quic.retransmit_count !== null && quic.retransmit_count > 0, 'what the viewer sent was lost too')
  near(tcp.rtt_min_ms, 40, 10, 'TCP rtt_min_ms')
  near(tcp.rtt_ms, 40, 30, 'TCP rtt_ms')
  assert.ok(tcp.out_of_order_count !== null && tcp.out_of_order_count > 10, 'segments behind lost ones')
})

test('a brown-out in mid-run shows as loss and stalls, and rtt_min_ms stays what it was before', async (t) => {
  if (!needsLab(t)) return
  const { lab, run } = await bench(t, { delay_ms: 20 })
  const running = Promise.all(WAYS.map((way) => run(way, 9_000)))
  await pause(3_000)
  const ill = { loss_ratio: 0.2, loss_burst_count: 4, delay_ms: 150, rate_bps: 3_000_000 }
  await lab.link('agent', 'node').change({ up: ill, down: ill })
  for (const m of await running) {
    near(m.rtt_min_ms, 40, 10, `${m.transport} rtt_min_ms`)
    assert.ok(m.stall_count !== null && m.stall_count > 0, `${m.transport} stalled`)
    assert.ok(
      m.stalls.every((stall) => stall.at_ms > 3_000),
      `${m.transport} did not stall before`,
    )
  }
  const [tcp, quic] = await running
  assert.ok(tcp?.out_of_order_count && tcp.out_of_order_count > 0)
  assert.ok(quic?.loss_ratio && quic.loss_ratio > 0.01)
})

// None of these is about milliseconds, and most of each is waiting: three at once do not disturb one another.
describe('outages', { concurrency: 3 }, () => {
  test('a link that dies in mid-run and comes back is one stall, until it is back', async (t) => {
    if (!needsLab(t)) return
    const { lab, run } = await bench(t, { delay_ms: 20 })
    const running = Promise.all(WAYS.map((way) => run(way, 12_000)))
    await pause(3_000)
    await lab.link('agent', 'node').change({ up: { outage: true }, down: { outage: true } })
    await pause(4_000)
    await lab.link('agent', 'node').change({ up: { outage: false }, down: { outage: false } })
    for (const m of await running) {
      assert.deepEqual([m.transport, m.failure_code, m.stall_count], [m.transport, null, 1])
      const [stall] = m.stalls
      // The buffer of one to three seconds runs dry in the outage; then the sender's timer must find the way again.
      assert.ok(
        stall && stall.at_ms > 3_000 && stall.at_ms < 7_500,
        `${m.transport} stalled at ${stall?.at_ms}`,
      )
      assert.ok(stall.at_ms + stall.length_ms >= 7_000, `${m.transport} went on before the link was back`)
    }
  })

  test('a link that dies for good ends the run at its deadline, with what was seen', async (t) => {
    if (!needsLab(t)) return
    const { lab, run } = await bench(t, { delay_ms: 20 })
    // Up to three seconds of buffer run dry after the link has died, and ten more make it a failure.
    const running = Promise.all(WAYS.map((way) => run(way, 17_500)))
    await pause(2_500)
    await lab.link('agent', 'node').change({ up: { outage: true }, down: { outage: true } })
    for (const m of await running) {
      assert.deepEqual([m.transport, m.failure_code, m.failure_source], [m.transport, 'STALLED_OUT', 'path'])
      assert.ok(m.wall_ms < 18_500)
      assert.ok(m.played_ms !== null && m.played_ms > 2_000)
    }
  })

  test('QUIC where UDP is dropped is UDP_BLOCKED, and TCP beside it works', async (t) => {
    if (!needsLab(t)) return
    const { run } = await bench(t, { delay_ms: 10, drop_udp: true })
    const [tcp, quic] = await Promise.all([run('tcp', 3_500), run('quic', 3_500)])
    assert.deepEqual([quic.failure_code, quic.failure_source], ['UDP_BLOCKED', 'path'])
    assert.equal(tcp.failure_code, null)
  })

  test('a host that is dead is CONNECT_TIMEOUT over either, and no blocked UDP', async (t) => {
    if (!needsLab(t)) return
    const { lab, run } = await bench(t, { delay_ms: 10 })
    await lab.link('agent', 'node').change({ up: { outage: true } })
    for (const m of await Promise.all(WAYS.map((way) => run(way, 4_000)))) {
      assert.deepEqual(
        [m.transport, m.failure_code, m.failure_source],
        [m.transport, 'CONNECT_TIMEOUT', 'path'],
      )
      assert.ok(m.wall_ms < 5_000)
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
})
