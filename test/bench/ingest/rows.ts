import type { Measurement } from '@streamgauge/contract'
import { v7 as uuidv7 } from 'uuid'
import { aMeasurement } from '../../support/collector.ts'

const AGENTS_COUNT = 2_000
const NODES_COUNT = 1_300
const SERIES_LENGTH = 10

/** Whole records of streams of ten seconds, as agents send them: 1.5 kB of JSON, nothing null that a good run has. */
export function makeRows(count: number): Measurement[] {
  return Array.from({ length: count }, () => aRow())
}

function aRow(): Measurement {
  const agent = Math.floor(Math.random() * AGENTS_COUNT)
  const quic = Math.random() < 0.5
  const handshake_ms = ms(10 + Math.exp(3 + Math.random() * 3))
  const wait_ms = ms(handshake_ms / 2)
  const stall_ms = Math.random() < 0.2 ? ms(Math.random() * 2_000) : 0
  const first_frame_ms = ms(handshake_ms + wait_ms + Math.random() * 300)
  return aMeasurement({
    measurement_id: uuidv7(),
    agent_id: `agent-${agent}`,
    node_id: `node-${(agent * 7 + Math.floor(Math.random() * 12)) % NODES_COUNT}`,
    transport: quic ? 'quic' : 'tcp',
    started_at: new Date(Date.now() - Math.floor(Math.random() * 60_000)).toISOString(),
    dns_ms: ms(Math.random() * 20),
    connect_ms: quic ? null : ms(handshake_ms / 2),
    tls_ms: quic ? null : ms(handshake_ms / 2),
    handshake_ms,
    wait_ms,
    ttfb_ms: ms(handshake_ms + wait_ms),
    first_frame_ms,
    startup_ms: ms(first_frame_ms + Math.random() * 200),
    played_ms: ms(9_500 - stall_ms),
    stall_ms,
    stall_count: stall_ms === 0 ? 0 : 1,
    stall_max_ms: stall_ms,
    stalls: stall_ms === 0 ? [] : [{ at_ms: ms(Math.random() * 7_000), length_ms: stall_ms }],
    stall_ms_by_policy: { '500': stall_ms, '1000': stall_ms, '2000': ms(stall_ms / 2), '3000': 0, '6000': 0 },
    buffer_series_ms: Array.from({ length: SERIES_LENGTH }, () => ms(Math.random() * 3_000)),
    throughput_series_bps: Array.from({ length: SERIES_LENGTH }, () => Math.round(Math.random() * 4e6)),
    bytes: Math.round(2.4e6 + Math.random() * 2e5),
    rtt_ms: ms(handshake_ms / 2),
    rtt_min_ms: ms(handshake_ms / 2.2),
    rtt_var_ms: ms(Math.random() * 10),
    server_ip: `192.0.2.${agent % 250}`,
  })
}

/** Rounded to a microsecond. */
function ms(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
