import type { Kind, Transport } from '@streamgauge/contract'
import { type Observation, observed } from './observation.ts'

/** A row of `detect/news` and `detect/history`. */
export type ObservedRow = readonly [
  inserted_ms: number,
  /** Empty in history. */
  measurement_id: string,
  agent_id: string,
  country: string,
  isp: string,
  asn: number | null,
  node_id: string,
  provider: string,
  route: string,
  transport: Transport,
  kind: Kind,
  tainted: boolean,
  started_ms: number,
  failure_code: string | null,
  failure_source: string | null,
  handshake_ms: number | null,
  startup_ms: number | null,
  stall_ms: number | null,
  played_ms: number | null,
  slack_ms: number,
]

/** A run, and when and as what it was stored. */
export interface Observed {
  readonly inserted_ms: number
  readonly measurement_id: string
  /** What a tainted run says does not count; that it was made does. */
  readonly tainted: boolean
  readonly run: Observation
}

/** Reads rows, one line each, as the store writes them. */
export function* observedIn(text: string): Generator<Observed> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end)
    at = end < 0 ? text.length : end + 1
    if (line !== '') yield observedOf(JSON.parse(line))
  }
}

/** The run that a row is. */
export function observedOf(row: ObservedRow): Observed {
  const [inserted_ms, measurement_id, agent_id, country, isp, asn, node_id, provider, route, ...rest] = row
  const [transport, kind, tainted, started_ms, failure_code, failure_source, ...times] = rest
  const [handshake_ms, startup_ms, stall_ms, played_ms, slack_ms] = times
  const place = { agent_id, country, isp, asn, node_id, provider, route, transport, kind }
  const said = {
    started_ms,
    failure_code,
    failure_source,
    handshake_ms,
    startup_ms,
    stall_ms,
    played_ms,
    slack_ms,
  }
  return { inserted_ms, measurement_id, tainted, run: observed({ ...place, ...said }) }
}
