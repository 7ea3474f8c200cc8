import type { Transport } from '@streamgauge/contract'
import type { Congestion } from '../world/node.ts'
import type { Conditions } from './conditions.ts'

const SEGMENT_BITS = 1_448 * 8
/** Mathis, Semke, Mahdavi and Ott 1997: what a window that halves at each loss brings. */
const MATHIS = 1.22
/** How far CUBIC is above that, and how far QUIC's is above TCP's: fitted to the measurements in docs/truth.md. */
const TCP_CUBIC = 1.25
const QUIC_CUBIC = 2.3

/**
 * What a connection can bring on average, in bit/s: the line, or what congestion control makes of loss. BBR goes by what
 * arrives and hardly minds loss below a fifth.
 */
export function capacityOf(transport: Transport, congestion: Congestion, conditions: Conditions): number {
  const { rtt_ms, loss_ratio, bandwidth_bps } = conditions
  if (transport === 'tcp' && congestion === 'bbr')
    return bandwidth_bps * (loss_ratio < 0.2 ? 1 - loss_ratio : 0.1)
  const factor = transport === 'tcp' ? TCP_CUBIC : QUIC_CUBIC
  const lossy = (SEGMENT_BITS * MATHIS * factor * 1_000) / (rtt_ms * Math.sqrt(loss_ratio))
  return Math.min(bandwidth_bps, lossy)
}
