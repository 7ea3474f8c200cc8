import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { type Lab, startLab } from '../netlab/lab.ts'
import type { DirectionSettings } from '../netlab/link/settings.ts'
import { across, connectionsOf, delaysMs, median } from '../netlab/measure/measure.ts'
import type { Received } from '../netlab/measure/packets.ts'
import { undisturbed } from '../netlab/measure/undisturbed.ts'
import { needsLab } from '../netlab/possible.ts'

// Measured from one namespace to another by programs that know nothing of the relay. Seeds are fixed: which packets are
// lost, and by how much each is delayed, is the same in every run.

/** Two-sided, 99.9 %, of the normal distribution. */
const Z = 3.291

/** Two hosts; `up` is from `a` to `b`. */
async function aLab(
  t: TestContext,
  up: Partial<DirectionSettings>,
  down: Partial<DirectionSettings> = {},
  seed = 1,
): Promise<Lab> {
  return await startLab(t, { hosts: { a: {}, b: {} }, links: [{ between: ['a', 'b'], up, down }], seed })
}

function within(value: number, [from, to]: readonly [number, number]): void {
  assert.ok(value >= from && value <= to, `${value} is not within ${from} and ${to}`)
}

test('each direction has its own delay, within 1 ms', async (t) => {
  if (!needsLab(t)) return
  const lab = await aLab(t, { delay_ms: 100 }, { delay_ms: 20 })
  const shipment = { count: 200, size_bytes: 100, interval_ms: 5 }
  const { result, on_time } = await undisturbed(t, () =>
    Promise.all([across(lab, 'a', 'b', shipment), across(lab, 'b', 'a', shipment)]),
  )
  const [up, down] = result
  within(Math.min(...delaysMs(up)), [100, 101])
  within(Math.min(...delaysMs(down)), [20, 21])
  if (!on_time) return
  within(median(delaysMs(up)), [100, 101])
  within(median(delaysMs(down)), [20, 21])
})

test('the kernel sees the same round trip', async (t) => {
  if (!needsLab(t)) return
  const lab = await aLab(t, { delay_ms: 60 }, { delay_ms: 40 })
  const serve = `require('node:net').createServer(() => {}).listen(5000, '${lab.host('b').address}', () => console.log('listening'))`
  const server = lab.host('b').spawn(process.execPath, ['-e', serve])
  await once(server.stdout ?? server, 'data')
  // Twenty handshakes, 10 ms apart, each of which the kernel times.
  const connect = `for (let i = 0; i < 20; i++) setTimeout(() => require('node:net').connect(5000, '${lab.host('b').address}'), 10 * i)`
  lab.host('a').spawn(process.execPath, ['-e', connect], { stdio: 'ignore' })
  const round_trips_ms = await connectionsOf(lab, 'b', /minrtt:([\d.]+)/g, 20)
  within(Math.min(...round_trips_ms.map(Number)), [100, 101])
})

test('jitter is uniform about the delay, and moves no packet before another unless asked to', async (t) => {
  if (!needsLab(t)) return
  const lab = await aLab(t, { delay_ms: 50, jitter_ms: 20, reorder: true }, { delay_ms: 50, jitter_ms: 20 })
  const shipment = { count: 1_000, size_bytes: 100, interval_ms: 1 }
  const { result: spread, on_time } = await undisturbed(t, () => across(lab, 'a', 'b', shipment))
  const sorted = delaysMs(spread).sort((a, b) => a - b)
  const quantile = (p: number) => sorted[Math.floor(p * sorted.length)] ?? Number.NaN
  // Of n = 1,000 from 30 to 70 ms, quantile p is 30 + 40 p with sd 40 √(p(1-p)/n): 0.38 ms at p10 and p90, 0.63 ms at
  // p50. On top, up to 1 ms of the link's own.
  within(sorted[0] ?? Number.NaN, [30, 31])
  if (on_time) {
    within(quantile(0.1), [34 - Z * 0.38, 35 + Z * 0.38])
    within(quantile(0.5), [50 - Z * 0.63, 51 + Z * 0.63])
    within(quantile(0.9), [66 - Z * 0.38, 67 + Z * 0.38])
  }
  assert.notDeepEqual(numbers(spread), range(1_000))

  const ordered = await across(lab, 'b', 'a', shipment)
  assert.deepEqual(numbers(ordered), range(1_000))
  assert.ok(Math.max(...delaysMs(ordered)) > 60)
})

test('losses have the rate and the burst length asked for, in each direction its own', async (t) => {
  if (!needsLab(t)) return
  const lab = await aLab(t, { loss_ratio: 0.02 }, { loss_ratio: 0.1, loss_burst_count: 4 })
  const count = 20_000
  const shipment = { count, size_bytes: 100, interval_ms: 0.2 }
  const received = await Promise.all([across(lab, 'a', 'b', shipment), across(lab, 'b', 'a', shipment)])
  const [single = [], bursty = []] = received.map((packets) => lostNumbers(packets, count))
  // Binomial: sd √(0.02 · 0.98 / 20,000) = 0.00099. Runs: mean 1/0.98 = 1.0204, variance 0.0208, about 392 of them.
  within(single.length / count, [0.02 - Z * 0.00099, 0.02 + Z * 0.00099])
  within(meanRun(single), [1, 1.0204 + Z * Math.sqrt(0.0208 / 392)])
  // The chain leaves its bad state with 1/4, its good one with 1/4 · 0.1/0.9 = 0.0278: ρ = 0.7222 widens the variance
  // by 6.2, sd √(0.1 · 0.9 / 20,000 · 6.2) = 0.00528. Runs: mean 4, variance 4 · 3 = 12, about 500 of them.
  within(bursty.length / count, [0.1 - Z * 0.00528, 0.1 + Z * 0.00528])
  within(meanRun(bursty), [4 - Z * Math.sqrt(12 / 500), 4 + Z * Math.sqrt(12 / 500)])
  const { up, down } = await lab.link('a', 'b').counters()
  assert.deepEqual([up.in_count, up.lost_count], [count, single.length])
  assert.deepEqual([down.in_count, down.lost_count], [count, bursty.length])
})

test('the same seed loses the same packets, another seed others', async (t) => {
  if (!needsLab(t)) return
  const lost = async (seed: number) => {
    const lab = await aLab(t, { loss_ratio: 0.1, loss_burst_count: 2 }, {}, seed)
    const received = await across(lab, 'a', 'b', { count: 1_000, size_bytes: 100, interval_ms: 0.1 })
    await lab.close()
    return lostNumbers(received, 1_000)
  }
  const first = await lost(7)
  assert.ok(first.length > 0)
  assert.deepEqual(await lost(7), first)
  assert.notDeepEqual(await lost(8), first)
})

test('packets come at the rate, wait as long as the queue holds at that rate, and are dropped above it', async (t) => {
  if (!needsLab(t)) return
  // 1,250 B take 1 ms at 10 Mbit/s, and 125,000 B take 100 ms.
  const lab = await aLab(t, { delay_ms: 10, rate_bps: 10_000_000, queue_bytes: 125_000 })
  const link = lab.link('a', 'b')
  const twice_the_rate = { count: 4_000, size_bytes: 1_250, interval_ms: 0.5 }
  const saturated = await undisturbed(t, async () => {
    const { up: before } = await link.counters()
    const packets = await across(lab, 'a', 'b', twice_the_rate)
    return { packets, dropped_count: (await link.counters()).up.dropped_count - before.dropped_count }
  })
  const { packets: twice, dropped_count } = saturated.result
  assert.equal(dropped_count, 4_000 - twice.length)
  const late = twice.slice(-1_500)
  const span_ms = (late.at(-1)?.received_ms ?? 0) - (late[0]?.received_ms ?? 0)
  const rate_bps = ((late.length - 1) * 1_250 * 8_000) / span_ms
  if (saturated.on_time) {
    within(rate_bps, [9_800_000, 10_200_000])
    // One that finds room waits for 99 packets and what is left of the one being sent, then takes its own 1 ms.
    within(median(delaysMs(late)), [10 + 99, 10 + 100 + 1])
    // 2 s of twice the rate: half is too much, less the 100 that wait at the end.
    within(dropped_count, [1_850, 1_950])
  }

  const half_the_rate = { count: 500, size_bytes: 1_250, interval_ms: 2 }
  const { result: half, on_time } = await undisturbed(t, () => across(lab, 'a', 'b', half_the_rate))
  assert.equal(half.length, 500)
  within(Math.min(...delaysMs(half)), [11, 12])
  if (on_time) within(median(delaysMs(half)), [11, 12])
})

test('60 Mbit/s go through each way at once, and not a packet is dropped', async (t) => {
  if (!needsLab(t)) return
  const lab = await aLab(t, { delay_ms: 5 }, { delay_ms: 5 })
  // 1,500 B every 0.2 ms.
  const shipment = { count: 5_000, size_bytes: 1_500, interval_ms: 0.2 }
  const { result, on_time } = await undisturbed(t, () =>
    Promise.all([across(lab, 'a', 'b', shipment), across(lab, 'b', 'a', shipment)]),
  )
  for (const packets of result) {
    assert.equal(packets.length, 5_000)
    const span_ms = (packets.at(-1)?.received_ms ?? 0) - (packets[0]?.sent_ms ?? 0)
    const rate_bps = (5_000 * 1_500 * 8_000) / span_ms
    t.diagnostic(`${(rate_bps / 1e6).toFixed(1)} Mbit/s`)
    if (on_time) assert.ok(rate_bps >= 50_000_000, `${rate_bps}`)
  }
})

test('a link changes while it runs, one direction without the other', async (t) => {
  if (!needsLab(t)) return
  const lab = await aLab(t, { delay_ms: 20 }, { delay_ms: 20 })
  const link = lab.link('a', 'b')
  const shipment = { count: 100, size_bytes: 100, interval_ms: 1 }
  const delay = async (from: string, to: string) =>
    Math.min(...delaysMs(await across(lab, from, to, shipment)))
  within(await delay('a', 'b'), [20, 21])
  await link.change({ up: { delay_ms: 70 } })
  within(await delay('a', 'b'), [70, 71])
  within(await delay('b', 'a'), [20, 21])
  // Named from its other end, the same link's `up` is our `down`.
  await lab.link('b', 'a').change({ up: { outage: true } })
  assert.equal((await across(lab, 'b', 'a', shipment)).length, 0)
  assert.equal((await across(lab, 'a', 'b', shipment)).length, 100)
  assert.equal((await link.counters()).down.blocked_count, 100)
  await link.change({ down: { outage: false } })
  within(await delay('b', 'a'), [20, 21])
  await assert.rejects(link.change({ up: { delay_ms: -1 } }), { code: 'BAD_LINK' })
})

function numbers(received: readonly Received[]): number[] {
  return received.map(({ number }) => number)
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

function lostNumbers(received: readonly Received[], count: number): number[] {
  const came = new Set(numbers(received))
  return range(count).filter((number) => !came.has(number))
}

function meanRun(lost: readonly number[]): number {
  return lost.length / lost.filter((number, i) => lost[i - 1] !== number - 1).length
}
