import type { Measurement, Node, StoredMeasurement } from '@streamgauge/contract'
import { timestamp } from '../clock.ts'
import type { Vantage } from '../config/config.ts'

/** Makes the function that adds what the configuration knows of an agent's vantage and of the node. */
export function makeEnrich(
  agents: readonly Vantage[],
  nodes: readonly Node[],
): (measurement: Measurement, receivedAt: number) => StoredMeasurement {
  const byAgent = new Map(agents.map((agent) => [agent.agent_id, agent]))
  const byNode = new Map(nodes.map((node) => [node.node_id, node]))
  return (measurement, receivedAt) => {
    const {
      measurement_id,
      agent_id,
      target_id,
      node_id,
      stream_id,
      route,
      provider,
      transport,
      http_version,
      format,
      kind,
      pair_id,
      pair_position,
      started_at,
      wall_ms,
      agent_version,
      simulated,
      ...rest
    } = measurement
    const vantage = byAgent.get(agent_id)
    return {
      // Identity and vantage first, so that the keys are in the record's own order.
      measurement_id,
      agent_id,
      target_id,
      node_id,
      stream_id,
      route,
      provider,
      transport,
      http_version,
      format,
      kind,
      pair_id,
      pair_position,
      started_at,
      wall_ms,
      agent_version,
      simulated,
      country: vantage?.country ?? 'ZZ',
      isp: vantage?.isp ?? 'unknown',
      asn: vantage?.asn ?? null,
      node_country: byNode.get(node_id)?.country ?? 'ZZ',
      received_at: timestamp(receivedAt),
      ...rest,
    }
  }
}
