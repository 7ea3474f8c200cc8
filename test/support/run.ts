import assert from 'node:assert/strict'
import { probe, type RunOptions } from '@streamgauge/agent/probe/run.ts'
import { contradiction, Measurement, type Target } from '@streamgauge/contract'
import { Compile } from 'typebox/compile'
import { aTarget } from './measurement.ts'

const isMeasurement = Compile(Measurement)

/** A stream run of two seconds under the default player. */
export const RUN: RunOptions = {
  agent_id: 'agent-1',
  kind: 'stream',
  duration_ms: 2_000,
  policy: { start_ms: 1_000, resume_ms: 1_000 },
  pair: null,
}

/** Makes one run and asserts that its record fits its schema and does not contradict itself. */
export async function runOf(
  target: Partial<Target>,
  overrides: Partial<RunOptions> = {},
): Promise<Measurement> {
  const measurement = await probe(aTarget(target), { ...RUN, ...overrides })
  const errors = [...isMeasurement.Errors(measurement)].map(
    (error) => `${error.instancePath} ${error.message}`,
  )
  assert.deepEqual(errors, [], 'the record fits its schema')
  assert.equal(contradiction(measurement), null)
  return measurement
}

/** Asserts that a stream run played to its deadline, with every phase of its transport and in order. */
export function assertPlayed(m: Measurement, http_version: '1.1' | '2' | '3', secure = true): void {
  assert.deepEqual([m.failure_code, m.http_status, m.http_version], [null, 200, http_version])
  const phases = [m.handshake_ms, m.ttfb_ms, m.first_frame_ms, m.startup_ms]
  const known = phases.filter((phase) => phase !== null)
  assert.equal(known.length, phases.length, `${phases}`)
  assert.deepEqual(
    known,
    [...known].sort((a, b) => a - b),
    'each phase ends after the one before',
  )
  assert.ok(m.wait_ms !== null && m.wait_ms > 0)
  assert.equal(m.connect_ms !== null && m.connect_ms > 0, http_version !== '3')
  assert.equal(m.tls_ms !== null && m.tls_ms > 0, http_version !== '3' && secure)
  assert.ok(m.played_ms !== null && m.played_ms > 0)
  // Startup, playing and stalling fill the run.
  assert.ok(Math.abs((m.startup_ms ?? 0) + m.played_ms + (m.stall_ms ?? 0) - m.wall_ms) < 1)
  assert.ok(m.rtt_ms !== null && m.rtt_ms > 0 && m.rtt_min_ms !== null && m.rtt_min_ms > 0)
  assert.equal(m.retransmit_count !== null, true)
}
