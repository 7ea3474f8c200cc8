import type { Measurement, Node, StoredMeasurement } from '@streamgauge/contract'
import type { Vantage } from '../config/config.ts'

/** Where somebody measures from, as far as it is known. */
export type Place = Pick<Vantage, 'country' | 'isp'> & { readonly asn: number | null }

/** What is known of an address; `null`: nothing. */
export type Locate = (address: string) => Place | null

/** Where a batch comes from. */
export interface Origin {
  /** When the collector took it: UTC, ISO 8601. */
  readonly receivedAt: string
  /** The address it came from, as far as the collector sees it; `null`: not known. */
  readonly address: string | null
}

const NOWHERE: Place = { country: 'ZZ', isp: 'unknown', asn: null }

/**
 * Makes the function that writes into a measurement where it was made and where its node is: by the agent's registration;
 * for an agent nobody registered, by the address its batch came from. What the agent says of itself never counts.
 */
export function makeEnrich(
  agents: readonly Vantage[],
  nodes: readonly Node[],
  locate: Locate = () => null,
): (measurement: Measurement, origin: Origin) => StoredMeasurement {
  const byAgent = new Map(agents.map((agent) => [agent.agent_id, agent]))
  const byNode = new Map(nodes.map((node) => [node.node_id, node]))
  return (measurement, { receivedAt, address }) => {
    const registered = byAgent.get(measurement.agent_id)
    const { country, isp, asn } = registered ?? (address === null ? null : locate(address)) ?? NOWHERE
    return Object.assign(measurement, {
      country,
      isp,
      asn: asn ?? null,
      node_country: byNode.get(measurement.node_id)?.country ?? 'ZZ',
      received_at: receivedAt,
    })
  }
}
