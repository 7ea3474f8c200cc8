import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Host } from '../host.ts'
import type { Lab } from '../lab.ts'
import type { Received, Shipment } from './packets.ts'

const PROGRAM = fileURLToPath(new URL('main.ts', import.meta.url))

/** A program that listens on a host, outside the process of the test. */
export interface Listening {
  readonly child: ChildProcess
  readonly address: string
  readonly port: number
}

/** Starts one of the verbs of `main.ts` on a host. */
export function program(host: Host, verb: 'send' | 'pull', argument: object): ChildProcess {
  return host.fork(PROGRAM, [verb, JSON.stringify(argument)])
}

/** The same for those that listen, once they do. */
export async function listening(
  host: Host,
  verb: 'receive' | 'serve',
  address = host.address,
): Promise<Listening> {
  const child = host.fork(PROGRAM, [verb, address])
  const [ready]: { port: number }[] = await once(child, 'message')
  if (ready === undefined) throw new Error(`"${verb}" does not listen on ${host.name}`)
  return { child, address, port: ready.port }
}

/** Sends packets from one host to another, and returns what came in, in that order, once no link holds a packet. */
export async function across(
  lab: Lab,
  from: string,
  to: string,
  shipment: Omit<Shipment, 'address' | 'port'>,
  family: 4 | 6 = 4,
): Promise<readonly Received[]> {
  const host = lab.host(to)
  const { child, address, port } = await listening(
    host,
    'receive',
    family === 4 ? host.address : host.address6,
  )
  const sending = program(lab.host(from), 'send', { ...shipment, address, port })
  const [code] = await once(sending, 'exit')
  if (code !== 0) throw new Error(`the sender on ${from} ended with ${code}`)
  await drained(lab)
  child.send('stop')
  const [received]: Received[][] = await once(child, 'message')
  return received ?? []
}

/** What `ss` says of the established TCP connections of a host: the first group of `pattern`, once there are `count`. */
export async function connectionsOf(
  lab: Lab,
  host: string,
  pattern: RegExp,
  count: number,
): Promise<string[]> {
  for (;;) {
    const { stdout } = await lab.host(host).run('ss', ['-tin', 'state', 'established'])
    const found = [...stdout.matchAll(pattern)].map(([, group]) => group ?? '')
    if (found.length >= count) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** One-way delays, in the order in which packets came in. */
export function delaysMs(received: readonly Received[]): number[] {
  return received.map(({ sent_ms, received_ms }) => received_ms - sent_ms)
}

/** The middle value, the lower one of two; `NaN`: of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
}

async function drained(lab: Lab): Promise<void> {
  for (const [a, b] of lab.links) {
    for (;;) {
      const { up, down } = await lab.link(a, b).counters()
      if (up.held_count + down.held_count === 0) break
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
