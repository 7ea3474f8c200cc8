import type { ConfigFile } from '../../config/schema.ts'
import type { World } from './world.ts'

/** The world as a collector's configuration: its nodes, targets and agents, and nothing for anybody to do. */
export function configurationOf(world: World): ConfigFile {
  return {
    nodes: world.nodes.map(({ node }) => node),
    targets: world.targets.map(({ target_id, url, node, stream, route, transport }) => ({
      target_id,
      url,
      node_id: node.node.node_id,
      stream_id: stream.stream_id,
      route,
      provider: node.node.provider,
      transport,
      format: stream.format,
    })),
    agents: world.agents.map(({ agent_id, country, isp, latitude, longitude }) => ({
      agent_id,
      country: country.code,
      isp: isp.name,
      asn: isp.asn,
      latitude,
      longitude,
    })),
  }
}
