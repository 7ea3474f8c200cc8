import type { StoredMeasurement } from '@streamgauge/contract'
import { formatDuration } from '../figures/format.ts'

/** One bar of the waterfall: from and to in ms since the start of the run; both `null` when it was not reached. */
export interface Phase {
  readonly key: 'redirect' | 'dns' | 'connect' | 'tls' | 'handshake' | 'wait' | 'first_frame' | 'startup'
  readonly name: string
  readonly from_ms: number | null
  readonly to_ms: number | null
  /** Shown beside the bar: what is special about it. */
  readonly note: string | null
  /** Up to here, in ms since the start of the run, the bar is only waiting; `null`: not told apart. */
  readonly waited_to_ms: number | null
  /** Why there is no bar. */
  readonly absent: string
}

/** What the phases are worked out from. */
export type PhaseSource = Pick<
  StoredMeasurement,
  | 'transport'
  | 'redirect_ms'
  | 'redirect_count'
  | 'dns_ms'
  | 'connect_ms'
  | 'tls_ms'
  | 'handshake_ms'
  | 'wait_ms'
  | 'ttfb_ms'
  | 'first_frame_ms'
  | 'startup_ms'
  | 'key_frame_wait_ms'
  | 'tls_version'
  | 'retry'
  | 'resumed'
  | 'zero_rtt'
  | 'kind'
  | 'failure_code'
>

/**
 * Lays the phases of a run on its time axis. Redirects come first; then the look-up of the host that answered, and
 * connecting to it when that ends; `ttfb_ms` counts from there; `first_frame_ms` and `startup_ms` count from the start of the run.
 */
export function phasesOf(m: PhaseSource): readonly Phase[] {
  const led = m.redirect_ms ?? 0
  const start = led + (m.dns_ms ?? 0)
  const connected = m.connect_ms === null ? null : start + m.connect_ms
  const ready = m.handshake_ms === null ? null : start + m.handshake_ms
  const answered = m.ttfb_ms === null ? null : start + m.ttfb_ms
  const waited = answered === null || m.key_frame_wait_ms === null ? null : answered + m.key_frame_wait_ms
  const absent = absence(m)
  const phase = (
    key: Phase['key'],
    name: string,
    from: number | null,
    to: number | null,
    note?: string | null,
  ) =>
    from === null || to === null
      ? { key, name, from_ms: null, to_ms: null, note: null, waited_to_ms: null, absent }
      : { key, name, from_ms: from, to_ms: to, note: note ?? null, waited_to_ms: null, absent }
  const dns = {
    ...phase('dns', 'DNS', led, m.dns_ms === null ? null : start),
    absent: 'no look-up',
  }
  const redirects = m.redirect_count === 1 ? '1 redirect' : `${m.redirect_count} redirects`
  const before =
    m.redirect_ms === null ? [dns] : [phase('redirect', 'Redirect', 0, m.redirect_ms, redirects), dns]
  const handshake = phase('handshake', 'Connect time', start, ready, handshakeNote(m))
  const shared = [
    phase('wait', 'Wait', answered === null || m.wait_ms === null ? null : answered - m.wait_ms, answered),
    {
      ...phase('first_frame', 'First frame', answered, m.first_frame_ms, keyFrameNote(m)),
      waited_to_ms: waited,
    },
    phase('startup', 'Start-up', m.first_frame_ms, m.startup_ms),
  ]
  if (m.transport === 'quic') return [...before, { ...handshake, name: 'QUIC handshake' }, ...shared]
  const secured = connected === null || m.tls_ms === null ? null : connected + m.tls_ms
  const tls = phase('tls', 'TLS', connected, secured, m.tls_version === null ? null : `TLS ${m.tls_version}`)
  const cleartext = connected !== null && ready !== null && m.tls_version === null
  return [
    ...before,
    phase('connect', 'TCP connect', start, connected),
    cleartext ? { ...tls, absent: 'cleartext: no TLS' } : tls,
    handshake,
    ...shared,
  ]
}

/** The end of the last phase that was reached, ms since the start of the run. */
export function lastReachedMs(phases: readonly Phase[]): number {
  return Math.max(0, ...phases.map((phase) => phase.to_ms ?? 0))
}

function absence(m: PhaseSource): string {
  if (m.failure_code !== null) return 'not reached'
  return m.kind === 'connect' ? 'not part of a connect run' : 'not measured'
}

function handshakeNote(m: PhaseSource): string | null {
  const notes = [
    ...(m.tls_version === null ? ['cleartext'] : []),
    ...(m.resumed ? ['resumed'] : []),
    ...(m.zero_rtt ? ['0-RTT'] : []),
    ...(m.retry ? ['with Retry'] : []),
  ]
  return notes.length === 0 ? null : notes.join(', ')
}

function keyFrameNote(m: PhaseSource): string | null {
  return m.key_frame_wait_ms === null
    ? null
    : `${formatDuration(m.key_frame_wait_ms)} of it until a key frame began`
}
