import type { FailureCode, FailureSource, Transport } from '@streamgauge/contract'
import type { Draws } from '../random.ts'
import type { SimulatedAgent } from '../world/agent.ts'
import type { Conditions } from './conditions.ts'

/** How far a run gets before it fails. */
export type Stage = 'resolve' | 'connect' | 'secure' | 'answer' | 'play'

/** Why a run fails, and how far it gets. */
export interface Failure {
  readonly code: FailureCode
  readonly source: FailureSource
  readonly stage: Stage
}

const DNS_TIMEOUT: Failure = { code: 'DNS_TIMEOUT', source: 'resolver', stage: 'resolve' }
const DNS_NOT_FOUND: Failure = { code: 'DNS_NOT_FOUND', source: 'resolver', stage: 'resolve' }
const CONNECT_TIMEOUT: Failure = { code: 'CONNECT_TIMEOUT', source: 'path', stage: 'connect' }
const UNREACHABLE: Failure = { code: 'CONNECT_UNREACHABLE', source: 'path', stage: 'connect' }
const REFUSED: Failure = { code: 'CONNECT_REFUSED', source: 'target', stage: 'connect' }
/** Over QUIC a refusal is silence; that it was one is seen over TCP. */
const REFUSED_QUIC: Failure = { code: 'CONNECT_TIMEOUT', source: 'target', stage: 'connect' }
const UDP_BLOCKED: Failure = { code: 'UDP_BLOCKED', source: 'path', stage: 'connect' }
const TLS_FAILED: Failure = { code: 'TLS_FAILED', source: 'target', stage: 'secure' }
const UNAVAILABLE: Failure = { code: 'HTTP_STATUS', source: 'target', stage: 'answer' }
const NO_ANSWER: Failure = { code: 'TIMEOUT', source: 'target', stage: 'answer' }
const RESET: Failure = { code: 'RESET', source: 'path', stage: 'play' }

/** Failures of a world in order, and up to which draw each is the one. */
const EVERYDAY: readonly (readonly [number, Failure])[] = [
  [0.12, DNS_TIMEOUT],
  [0.14, DNS_NOT_FOUND],
  [0.44, CONNECT_TIMEOUT],
  [0.5, UNREACHABLE],
  [0.58, REFUSED],
  [0.62, TLS_FAILED],
  [0.78, UNAVAILABLE],
  [0.84, NO_ANSWER],
  [1, RESET],
]
/** Share of runs that fail though nothing is wrong: at least, for each unit of crowd, and for each unit of loss. */
const LEAST = 0.001
const BY_CROWD = 0.002
const BY_LOSS = 0.12

/** Why this run fails, or `null`. Takes three draws. */
export function failureOf(
  agent: SimulatedAgent,
  transport: Transport,
  conditions: Conditions,
  draws: Draws,
): Failure | null {
  const outage = draws.next() < conditions.outage_ratio
  const everyday = draws.next() < LEAST + BY_CROWD * conditions.crowd + BY_LOSS * conditions.loss_ratio
  const which = draws.next()
  if (transport === 'quic' && agent.udp_blocked) return UDP_BLOCKED
  if (outage) return outageOf(conditions, transport, which)
  return everyday ? overTransport(chosen(which), transport) : null
}

function outageOf({ outage_scope }: Conditions, transport: Transport, which: number): Failure {
  if (outage_scope === 'transport') return transport === 'quic' ? UDP_BLOCKED : RESET
  if (outage_scope === 'agent') return which < 0.5 ? DNS_TIMEOUT : UNREACHABLE
  if (outage_scope === 'node')
    return overTransport(which < 0.5 ? CONNECT_TIMEOUT : which < 0.8 ? REFUSED : UNAVAILABLE, transport)
  return which < 0.7 ? CONNECT_TIMEOUT : UNREACHABLE
}

function overTransport(failure: Failure, transport: Transport): Failure {
  return failure === REFUSED && transport === 'quic' ? REFUSED_QUIC : failure
}

function chosen(which: number): Failure {
  return EVERYDAY.find(([until]) => which < until)?.[1] ?? RESET
}
