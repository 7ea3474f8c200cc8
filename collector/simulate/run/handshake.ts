import type { Transport } from '@streamgauge/contract'
import type { Draws } from '../random.ts'
import type { Conditions } from './conditions.ts'

/** How long connecting took, in ms. `connect_ms` and `tls_ms` are `null` on QUIC, which does both at once. */
export interface Handshake {
  readonly connect_ms: number | null
  readonly tls_ms: number | null
  readonly handshake_ms: number
}

/** A SYN is sent again after 1 s (RFC 6298). */
const SYN_TIMEOUT_MS = 1_000
/** A QUIC Initial is sent again after three times the assumed round trip of 333 ms (RFC 9002). */
const INITIAL_TIMEOUT_MS = 999
/** Nothing else over TCP is sent again before this. */
const TCP_TIMEOUT_LEAST_MS = 200
/** Packets of the server's first flight, with its certificate. */
const FLIGHT_PACKETS = 3

/** TCP with TLS 1.3 takes two round trips, QUIC one; a lost packet costs each its own time-out. Takes four draws. */
export function handshakeOf(transport: Transport, conditions: Conditions, draws: Draws): Handshake {
  const { rtt_ms: rtt, loss_ratio: loss } = conditions
  // Both ends compute: keys, a certificate and its check.
  const computing = draws.between(2.2, 4.2) + 0.4 * draws.exponential()
  const firstLost = draws.next() < 2 * loss
  const flightLost = draws.next() < FLIGHT_PACKETS * loss
  if (transport === 'quic') {
    const again = (firstLost ? INITIAL_TIMEOUT_MS : 0) + (flightLost ? 1.5 * rtt + 25 : 0)
    return { connect_ms: null, tls_ms: null, handshake_ms: rtt + computing + again }
  }
  const connect = rtt + 0.15 + (firstLost ? SYN_TIMEOUT_MS : 0)
  const tls = rtt + computing + 1 + (flightLost ? Math.max(TCP_TIMEOUT_LEAST_MS, 1.2 * rtt) + rtt : 0)
  return { connect_ms: connect, tls_ms: tls, handshake_ms: connect + tls }
}
