import type { FastifyBaseLogger } from 'fastify'
import { type Now, timestamp } from '../clock.ts'
import type { Store } from '../store/store.ts'
import type { AgentRegistry, StoredAgent } from './registry.ts'

const EVERY_MS = 60_000

/** Restores the registry from the store, then keeps it there: once a minute, and when closed. */
export async function keepAgents(
  registry: AgentRegistry,
  store: Store,
  now: Now,
  log: FastifyBaseLogger,
): Promise<{ close: () => Promise<void> }> {
  registry.restore(await store.read<StoredAgent>('agents/list', {}))
  const keep = async () => {
    const agents = registry.takeUnkept()
    if (agents.length === 0) return
    const version_at = timestamp(now())
    const rows = agents.map((agent) => ({ ...agent, version_at }))
    try {
      await store.insert('agents', rows, `agents-${version_at}`)
    } catch (error) {
      log.warn({ err: error }, 'the state of the agents could not be kept')
    }
  }
  const timer = setInterval(() => void keep(), EVERY_MS)
  timer.unref()
  return {
    close: async () => {
      clearInterval(timer)
      await keep()
    },
  }
}
