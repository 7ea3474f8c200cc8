import type { Estimate } from './estimate.ts'

/** What each part of an experience costs a viewer, in the unit of stalling all the time. */
export interface Weights {
  /** Of a run in which nothing plays. */
  readonly failure: number
  readonly stall: number
  /** Of each second until the first picture, and until the connection is there. */
  readonly startup_s: number
  readonly handshake_s: number
  /** Taken off where the node is within the viewer's own ISP. */
  readonly same_isp: number
  /** Put on where nobody of the country has measured the node; a fifth of it where nobody but the node's own ISP has. */
  readonly unmeasured: number
}

/** The weights where nobody chose others: 1 % of stalls is worth half a second until the first picture. */
export const USUAL_WEIGHTS: Weights = {
  failure: 1,
  stall: 1,
  startup_s: 0.02,
  handshake_s: 0.02,
  same_isp: 0.01,
  unmeasured: 0.1,
}

/** Light in fibre there and back, along a way that is half as long again as the shortest. */
const RTT_MS_PER_KM = 0.015
const LAST_MILE_MS = 10
/** Round trips until the connection is there, and until the first picture, as good as they get over TCP. */
const HANDSHAKE_RTTS = 2
const STARTUP_RTTS = 4
/** Where nothing is known of a distance, it is half around the world. */
const FAR_KM = 20_000
/** What is known from others alone, as a share of what is not known at all. */
export const HEARSAY_SHARE = 0.2

/** What sending a viewer to a node costs; lower is better, 0 is a stream that is there at once and never stops. */
export function costOf(
  estimate: Estimate | null,
  facts: {
    readonly same_isp: boolean
    readonly distance_km: number | null
    readonly extra: number
    /** Nobody but the node's own ISP has measured it, and this is another. */
    readonly hearsay: boolean
  },
  weights: Weights = USUAL_WEIGHTS,
): number {
  const rtt_ms = (facts.distance_km ?? FAR_KM) * RTT_MS_PER_KM + LAST_MILE_MS
  const handshake_ms = estimate?.handshake_ms ?? rtt_ms * HANDSHAKE_RTTS
  const startup_ms = estimate?.startup_ms ?? rtt_ms * STARTUP_RTTS
  return (
    weights.failure * (1 - (estimate?.success_ratio ?? 1)) +
    weights.stall * (estimate?.stall_ratio ?? 0) +
    (weights.startup_s * startup_ms + weights.handshake_s * handshake_ms) / 1_000 +
    weights.unmeasured * (estimate === null ? 1 : facts.hearsay ? HEARSAY_SHARE : 0) -
    (facts.same_isp ? weights.same_isp : 0) +
    facts.extra
  )
}
