import type { Side } from '../world/plan.ts'
import type { Conditions } from './conditions.ts'
import { rounded } from './figures.ts'
import { PACKET_BYTES, type Streaming } from './streaming.ts'

/** What the connection tells of the path. TCP does not know its loss, QUIC not what came out of turn. */
export function pathFields(
  { target }: Side,
  conditions: Conditions,
  streaming: Streaming | null,
  connected: boolean,
  answered: boolean,
  draw: number,
) {
  const quic = target.transport === 'quic'
  const packets = Math.round((streaming?.bytes ?? 0) / PACKET_BYTES)
  const lost = Math.min(packets, Math.floor(packets * conditions.loss_ratio * (0.5 + draw) + draw))
  const advertised = ADVERTISED[target.node.key % ADVERTISED.length] ?? 'none'
  return {
    rtt_ms: connected ? rounded(conditions.rtt_ms * (1 + 0.02 * draw)) : null,
    rtt_min_ms: connected ? rounded(conditions.rtt_min_ms) : null,
    rtt_var_ms: connected ? rounded(conditions.rtt_var_ms * (0.6 + 0.8 * draw)) : null,
    retransmit_count: connected ? Math.floor(12 * conditions.loss_ratio + draw) : null,
    loss_ratio: quic && packets > 0 ? rounded(lost / packets) : null,
    out_of_order_count: connected && !quic ? lost : null,
    ecn: connected && !quic ? target.node.key % 5 === 0 : null,
    http3_advertised: !quic && answered ? advertised : null,
    server_ip: connected ? target.node.server_ip : null,
    server_asn: null,
  }
}

/** How nodes tell of HTTP/3. */
const ADVERTISED = ['alt-svc', 'alt-svc', 'both', 'none'] as const
