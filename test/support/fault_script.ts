import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { RunOptions } from '@streamgauge/agent/probe/run.ts'
import type { Measurement, Target } from '@streamgauge/contract'
import { audioTag, flvHeader, joined, videoTag } from './flv.ts'
import { runOf } from './run.ts'
import { serveScript } from './server.ts'

/** At `at_ms` after the request came, these bytes are written. */
export interface Piece {
  readonly at_ms: number
  readonly bytes: Uint8Array
}

/**
 * A stall as worked out by hand, on the clock of the script. `since_ms` and `until_ms` name the pieces that began the
 * stretch of playback before it and that ended it; `null`: the deadline did.
 */
export interface ExpectedStall {
  readonly at_ms: number
  readonly length_ms: number
  readonly since_ms: number
  readonly until_ms: number | null
}

/** What a scripted run came to. */
export interface ScriptedRun {
  readonly m: Measurement
  /** How late the server itself wrote the piece of that time, ms. */
  readonly lateness: (at_ms: number) => number
}

/** The transport and the HTTP version it must come out as. */
export const WAYS = [
  { transport: 'tcp', http_version: '1.1' },
  { transport: 'tcp', http_version: '2' },
  { transport: 'quic', http_version: '3' },
] as const satisfies readonly Pick<Target, 'transport' | 'http_version'>[]

const TRIES = 3
const TOLERANCE_MS = 25

/** Serves the pieces, header first, as one FLV answer and pulls it once. `end_ms` ends the answer, as announced. */
export async function runScript(
  t: TestContext,
  way: (typeof WAYS)[number],
  pieces: readonly Piece[],
  options: Partial<RunOptions> & { readonly end_ms?: number },
): Promise<ScriptedRun> {
  const { end_ms, ...overrides } = options
  const written = new Map<number, number>()
  const server = await serveScript(t, (_, answer) => {
    const started = performance.now()
    const timers = pieces.map(({ at_ms, bytes }, i) =>
      setTimeout(() => {
        answer.write(i === 0 ? joined([flvHeader(), bytes]) : bytes)
        written.set(at_ms, performance.now() - started)
      }, at_ms),
    )
    if (end_ms !== undefined) timers.push(setTimeout(() => answer.end(), end_ms))
    answer.onGone(() => timers.forEach(clearTimeout))
  })
  const m = await runOf(
    { url: `https://127.0.0.1:${server.port}/live.flv`, ca_pem: server.certificate.cert, ...way },
    overrides,
  )
  // The first piece is where the client's clock and the script's meet.
  const first = written.get(pieces[0]?.at_ms ?? 0) ?? 0
  return { m, lateness: (at_ms) => (written.get(at_ms) ?? at_ms) - at_ms - first + (pieces[0]?.at_ms ?? 0) }
}

/**
 * Does the same up to three times, until it holds: a machine that is busy is late now and then, and an instrument that
 * is wrong is wrong each time.
 */
export async function onQuietMachine(t: TestContext, work: () => Promise<void>): Promise<void> {
  for (let tries = 1; tries < TRIES; tries++) {
    try {
      return await work()
    } catch (error) {
      t.diagnostic(error instanceof Error ? error.message : String(error))
    }
  }
  await work()
}

/** Asserts the stalls of a run, one by one: their number exactly, and each within 25 ms. */
export function assertStalls({ m, lateness }: ScriptedRun, expected: readonly ExpectedStall[]): void {
  const told = JSON.stringify(m.stalls)
  assert.equal(m.stalls.length, expected.length, told)
  assert.equal(m.stall_count, expected.length)
  for (const [i, { at_ms, length_ms, since_ms, until_ms }] of expected.entries()) {
    const stall = m.stalls[i]
    assert.ok(stall)
    // The script begins when the first byte of the answer comes.
    const at = (m.ttfb_ms ?? 0) + at_ms + lateness(since_ms)
    const until = until_ms === null ? m.wall_ms : (m.ttfb_ms ?? 0) + at_ms + length_ms + lateness(until_ms)
    assertNear(stall.at_ms, at, `stall ${i} began`)
    assertNear(stall.length_ms, until - at, `stall ${i} lasted`)
  }
}

/** Asserts that a time is right to within 25 ms. */
export function assertNear(actual: number | null, expected: number, what: string): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= TOLERANCE_MS,
    `${what}: ${actual} ms, not ${Math.round(expected)} ms`,
  )
}

/**
 * FLV media from one moment to another, multiples of 40 ms on the sender's clock: 25 pictures and 50 sounds a second.
 * `clock` stretches the timestamps: at 0.95 the stream's own clock runs 5 % slow.
 */
export function media(
  from_ms: number,
  to_ms: number,
  {
    tracks = 'both',
    clock = 1,
  }: { readonly tracks?: 'both' | 'video' | 'audio'; readonly clock?: number } = {},
): Uint8Array {
  const tags: Uint8Array[] = []
  const on = (ms: number) => Math.round(ms * clock)
  for (let ms = from_ms; ms < to_ms; ms += 20) {
    if (tracks !== 'audio' && ms % 40 === 0) tags.push(videoTag(on(ms), ms % 1_000 === 0))
    if (tracks !== 'video') tags.push(audioTag(on(ms)))
  }
  return joined(tags)
}

/** Pieces that bring the media up to the second number at the first, each from where the one before ended. */
export function steps(list: readonly (readonly [at_ms: number, to_ms: number])[], clock = 1): Piece[] {
  return list.map(([at_ms, to_ms], i) => ({ at_ms, bytes: media(list[i - 1]?.[1] ?? 0, to_ms, { clock }) }))
}

/** Real time: 200 ms of media each 200 ms, `ahead_ms` before it is due. */
export function realTime(from_ms: number, to_ms: number, ahead_ms: number): [number, number][] {
  const list: [number, number][] = []
  for (let at = from_ms; at <= to_ms; at += 200) list.push([at, at + ahead_ms])
  return list
}
