import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Direction } from './direction.ts'
import { HELD_PACKETS_MAX } from './packets.ts'
import { CLEAR, type DirectionSettings } from './settings.ts'

/** One direction with a clock of its own, and what arrived when, each packet known by its 21st byte. */
function aDirection(settings: Partial<DirectionSettings>, seed = 1) {
  const arrived: { number: number; at_ms: number }[] = []
  let now_ms = 0
  const deliver = (packet: Uint8Array) => {
    arrived.push({ number: packet[20] ?? -1, at_ms: now_ms })
    return true
  }
  const direction = new Direction({ ...CLEAR, ...settings }, deliver, seed, 0)
  const until = (ms: number) => {
    while (direction.nextMs() <= ms) {
      now_ms = direction.nextMs()
      direction.advance(now_ms)
    }
    now_ms = ms
  }
  const send = (number: number, at_ms: number, length_bytes = 1_500, protocol = 6) => {
    until(at_ms)
    const slot = direction.packets.take()
    if (slot === null) return direction.overflow()
    const packet = direction.packets.bytes(slot)
    packet.fill(0, 0, 40)
    packet[0] = 0x45
    packet[9] = protocol
    packet[16] = 10
    packet[20] = number
    direction.offer(slot, length_bytes, at_ms)
  }
  return { direction, arrived, until, send }
}

test('a packet arrives after its delay', () => {
  const { arrived, until, send } = aDirection({ delay_ms: 30 })
  send(1, 0)
  send(2, 4.5)
  until(1_000)
  assert.deepEqual(arrived, [
    { number: 1, at_ms: 30 },
    { number: 2, at_ms: 34.5 },
  ])
})

test('packets sent at once arrive one sending time apart', () => {
  // 1,500 B at 12 Mbit/s take 1 ms.
  const { arrived, until, send } = aDirection({ delay_ms: 10, rate_bps: 12_000_000 })
  for (const number of [1, 2, 3]) send(number, 0)
  send(4, 50)
  until(1_000)
  assert.deepEqual(
    arrived.map(({ at_ms }) => at_ms),
    [11, 12, 13, 61],
  )
})

test('a full queue drops what comes last, and has room again when a packet has been sent', () => {
  const { direction, arrived, until, send } = aDirection({ rate_bps: 12_000_000, queue_bytes: 4_500 })
  for (const number of [1, 2, 3, 4]) send(number, 0)
  send(5, 1)
  until(1_000)
  assert.deepEqual(
    arrived.map(({ number, at_ms }) => [number, at_ms]),
    [
      [1, 1],
      [2, 2],
      [3, 3],
      [5, 4],
    ],
  )
  assert.equal(direction.counters().dropped_count, 1)
})

test('a new rate holds for what is waiting, the packet being sent excepted', () => {
  const { direction, arrived, until, send } = aDirection({ rate_bps: 12_000_000 })
  for (const number of [1, 2, 3]) send(number, 0)
  until(0.5)
  // 1,500 B at 1.2 Mbit/s take 10 ms.
  direction.change({ ...CLEAR, rate_bps: 1_200_000 }, 0.5)
  until(1_000)
  assert.deepEqual(
    arrived.map(({ at_ms }) => at_ms),
    [1, 11, 21],
  )
})

test('on a route that becomes shorter packets wait for those before them, or overtake them where asked', () => {
  const later = (reorder: boolean) => {
    const { direction, arrived, until, send } = aDirection({ delay_ms: 100, reorder })
    send(1, 0)
    direction.change({ ...CLEAR, delay_ms: 20, reorder }, 10)
    send(2, 10)
    until(1_000)
    return arrived.map(({ number, at_ms }) => [number, at_ms])
  }
  assert.deepEqual(later(false), [
    [1, 100],
    [2, 100],
  ])
  assert.deepEqual(later(true), [
    [2, 30],
    [1, 100],
  ])
})

test('jitter keeps the order, and spreads over its whole width where reordering is asked for', () => {
  const arrivals = (reorder: boolean) => {
    const { arrived, until, send } = aDirection({ delay_ms: 50, jitter_ms: 20, reorder })
    for (let number = 0; number < 200; number++) send(number, number)
    until(1_000)
    return arrived
  }
  const inOrder = arrivals(false).map(({ number }) => number)
  assert.deepEqual(
    inOrder,
    Array.from({ length: 200 }, (_, i) => i),
  )
  const delays = arrivals(true).map(({ number, at_ms }) => at_ms - number)
  // Of 200 uniform draws from 30 to 70, none is below 32 once in 30,000 times.
  assert.ok(Math.min(...delays) >= 30 && Math.min(...delays) < 32, `${Math.min(...delays)}`)
  assert.ok(Math.max(...delays) <= 70 && Math.max(...delays) > 68, `${Math.max(...delays)}`)
})

test('which packets are lost does not depend on when they come, nor on the rate or the jitter', () => {
  const lost = (settings: Partial<DirectionSettings>, interval_ms: number) => {
    const { arrived, until, send } = aDirection({ loss_ratio: 0.3, loss_burst_count: 2, ...settings })
    for (let number = 0; number < 200; number++) send(number, number * interval_ms)
    until(100_000)
    return arrived.map(({ number }) => number).sort((a, b) => a - b)
  }
  const kept = lost({}, 1)
  assert.ok(kept.length > 0 && kept.length < 200)
  assert.deepEqual(lost({ delay_ms: 50, jitter_ms: 20, reorder: true, rate_bps: 12_000_000 }, 7), kept)
})

test('an outage stops what comes, not what is under way; drop_udp stops UDP alone', () => {
  const { direction, arrived, until, send } = aDirection({ delay_ms: 10 })
  send(1, 0)
  direction.change({ ...CLEAR, delay_ms: 10, outage: true }, 5)
  send(2, 5)
  direction.change({ ...CLEAR, delay_ms: 10, drop_udp: true }, 6)
  send(3, 6)
  send(4, 6, 1_500, 17)
  until(1_000)
  assert.deepEqual(
    arrived.map(({ number }) => number),
    [1, 3],
  )
  assert.equal(direction.counters().blocked_count, 2)
})

test('memory is bounded: of what is under way at once, no more than 16,384 packets are held', () => {
  const { direction, arrived, until, send } = aDirection({ delay_ms: 60_000 })
  for (let i = 0; i < HELD_PACKETS_MAX + 10; i++) send(0, 0, 100)
  const { in_count, held_count, dropped_count } = direction.counters()
  assert.deepEqual([in_count, held_count, dropped_count], [16_394, 16_384, 10])
  until(60_000)
  assert.equal(arrived.length, 16_384)
  assert.equal(direction.counters().held_count, 0)
})
