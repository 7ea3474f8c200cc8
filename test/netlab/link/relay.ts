import { readSync, writeSync } from 'node:fs'
import { monotonicMs } from '@streamgauge/agent/clock.ts'
import { type Counters, Direction } from './direction.ts'
import { beOnTime, openTun, readPacket, waiter, writePacket } from './libc.ts'
import type { DirectionSettings } from './settings.ts'

/** What a relay is started with, as JSON in its first argument. */
export interface RelayStart {
  /** Names of the devices it makes. `up` is from the first to the second. */
  readonly devices: readonly [string, string]
  readonly up: DirectionSettings
  readonly down: DirectionSettings
  readonly seed: number
  /** Tells the links of one lab apart. */
  readonly link: number
}

/** One line of JSON on the relay's standard input. A direction that is not named stays as it is. */
export interface RelayRequest {
  readonly id: number
  readonly up?: DirectionSettings
  readonly down?: DirectionSettings
}

/** One line of JSON on its standard output: one for each request, and one with id 0 when it is ready. */
export interface RelayReply {
  readonly id: number
  readonly up: Counters
  readonly down: Counters
}

/** Packets taken from one device before looking at the clock again. */
const BATCH_COUNT = 32

/**
 * Carries packets between two TUN devices until its standard input ends, which it does with the process that started
 * it, or a device is gone; the devices go with this one. One synchronous loop: it waits in the kernel for the next packet, the next due
 * time or the next request, whichever is first.
 */
export function relay(start: RelayStart): void {
  const first = openTun(start.devices[0])
  const second = openTun(start.devices[1])
  const toward = (fd: number) => (packet: Uint8Array, length: number) => writePacket(fd, packet, length)
  const up = new Direction(start.up, toward(second), start.seed, 2 * start.link)
  const down = new Direction(start.down, toward(first), start.seed, 2 * start.link + 1)
  const reply = (id: number) => {
    const counted: RelayReply = { id, up: up.counters(), down: down.counters() }
    writeSync(1, `${JSON.stringify(counted)}\n`)
  }
  const requests = lines(0)
  const wait = waiter([first, second, 0])
  beOnTime(2)
  reply(0)
  for (;;) {
    const [fromFirst, fromSecond, asked] = wait(
      Math.max(0, Math.min(up.nextMs(), down.nextMs()) - monotonicMs()),
    )
    up.advance(monotonicMs())
    down.advance(monotonicMs())
    if (fromFirst && !takeIn(first, up)) return
    if (fromSecond && !takeIn(second, down)) return
    if (!asked) continue
    const received = requests()
    if (received === null) return
    for (const line of received) {
      const request: RelayRequest = JSON.parse(line)
      if (request.up !== undefined) up.change(request.up, monotonicMs())
      if (request.down !== undefined) down.change(request.down, monotonicMs())
      reply(request.id)
    }
  }
}

const overflowing = new Uint8Array(65_536)

/** `false`: the device is gone. */
function takeIn(fd: number, direction: Direction): boolean {
  for (let i = 0; i < BATCH_COUNT; i++) {
    const slot = direction.packets.take()
    const length = readPacket(fd, slot === null ? overflowing : direction.packets.bytes(slot))
    if (length === null || length === 'gone') {
      if (slot !== null) direction.packets.give(slot)
      return length === null
    }
    if (slot === null) direction.overflow()
    else direction.offer(slot, length, monotonicMs())
  }
  return true
}

/** Reads what is there as whole lines; `null`: the other side is gone. */
function lines(fd: number): () => string[] | null {
  const bytes = new Uint8Array(65_536)
  const decoder = new TextDecoder()
  let rest = ''
  return () => {
    const length = readSync(fd, bytes)
    if (length === 0) return null
    const parts = (rest + decoder.decode(bytes.subarray(0, length), { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    return parts
  }
}
