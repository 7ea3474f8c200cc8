import type { Kind, Transport } from '@streamgauge/contract'

/** What detection knows of one run. Tainted runs are left out before this. */
export interface Observation {
  readonly agent_id: string
  readonly country: string
  readonly isp: string
  readonly asn: number | null
  readonly node_id: string
  readonly provider: string
  readonly route: string
  readonly transport: Transport
  readonly kind: Kind
  /** Ms since 1970. */
  readonly started_ms: number
  /** `null`: the run says nothing about it, for the agent itself or its resolver failed. */
  readonly failed: boolean | null
  /** `null` before the handshake was over. */
  readonly handshake_ms: number | null
  /** From the end of the handshake until it played; `null`: it never did. */
  readonly start_ms: number | null
  /** `null` where nothing was played. */
  readonly stalled: boolean | null
  /** What the agent's own machine may have added to its times. */
  readonly slack_ms: number
}

/** The ways in which a run can be bad. */
export const SIGNALS = ['failed', 'slow', 'slow_start', 'stalled'] as const
export type Signal = (typeof SIGNALS)[number]

/** A run is stalled when it stood still for more than a fiftieth of the time it was watched. */
const STALLED_RATIO = 0.02

/** What an untainted run must have to be observed. */
export type Untainted = Pick<
  Observation,
  | 'agent_id'
  | 'country'
  | 'isp'
  | 'asn'
  | 'node_id'
  | 'provider'
  | 'route'
  | 'transport'
  | 'kind'
  | 'started_ms'
  | 'handshake_ms'
  | 'slack_ms'
> & {
  readonly failure_code: string | null
  readonly failure_source: string | null
  /** From the beginning of the run. */
  readonly startup_ms: number | null
  readonly stall_ms: number | null
  readonly played_ms: number | null
}

/** What a measurement must have to be observed. */
export type Measured = Omit<Untainted, 'started_ms' | 'slack_ms'> & {
  readonly started_at: string
  readonly taints: readonly string[]
}

/** The observation that a measurement is; `null` for a tainted one. */
export function observationOf(run: Measured): Observation | null {
  return run.taints.length > 0
    ? null
    : observed({ ...run, started_ms: Date.parse(run.started_at), slack_ms: 0 })
}

/** The observation that an untainted run is. */
export function observed(run: Untainted): Observation {
  const { agent_id, country, isp, asn, node_id, provider, route, transport, kind, started_ms, handshake_ms } =
    run
  const own = run.failure_source === 'agent' || run.failure_source === 'resolver'
  return {
    ...{ agent_id, country, isp, asn, node_id, provider, route, transport, kind, started_ms, handshake_ms },
    start_ms: startOf(run.startup_ms, handshake_ms),
    failed: own ? null : run.failure_code !== null,
    slack_ms: run.slack_ms,
    stalled: run.failure_code === null ? isStalled(run.stall_ms, run.played_ms) : null,
  }
}

function startOf(startupMs: number | null, handshakeMs: number | null): number | null {
  return startupMs === null || handshakeMs === null ? null : Math.max(0, startupMs - handshakeMs)
}

function isStalled(stallMs: number | null, playedMs: number | null): boolean | null {
  if (stallMs === null || playedMs === null || stallMs + playedMs <= 0) return null
  return stallMs / (stallMs + playedMs) > STALLED_RATIO
}
