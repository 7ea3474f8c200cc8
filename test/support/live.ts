import { once } from 'node:events'
import { createServer } from 'node:http'
import { wallClock } from '@streamgauge/collector/clock.ts'
import type { Config } from '@streamgauge/collector/config/config.ts'
import { AgentRegistry } from '@streamgauge/collector/fleet/registry.ts'
import { Live } from '@streamgauge/collector/live/live.ts'
import type { Owner } from './owner.ts'

/** Live connections without the rest of a collector; whoever comes is an agent. */
export async function startLive(
  owner: Owner,
  config: Config,
): Promise<{ readonly live: Live; readonly url: URL }> {
  const server = createServer()
  const live = new Live(server, {
    admit: async () => ({ role: 'agent', agentId: null, tokenId: 'test', name: 'test' }),
    config,
    registry: new AgentRegistry([], wallClock),
    now: wallClock,
    dropped: () => {},
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  owner.after(async () => {
    await live.close()
    server.close()
  })
  return { live, url: new URL(`http://127.0.0.1:${port}`) }
}
