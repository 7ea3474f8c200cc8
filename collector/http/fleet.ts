import { AssignmentSet, Fleet } from '@streamgauge/contract'
import { Type } from 'typebox'
import type { Config } from '../config/config.ts'
import { CollectorError } from '../error.ts'
import { assignmentsFor } from '../fleet/assignments.ts'
import type { AgentRegistry } from '../fleet/registry.ts'
import type { App } from './app-type.ts'

const ID = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/

/** What agents should do, and what dashboards draw. */
export function fleetRoutes(app: App, config: Config, registry: AgentRegistry) {
  const targets = config.targets.map(({ ca_pem, headers, sign, ...target }) => target)

  app.get(
    '/v1/assignments',
    {
      config: { role: 'agent' },
      schema: {
        tags: ['agents'],
        summary: 'What this agent should do; ETag is the revision',
        headers: Type.Object({
          'x-agent-id': Type.Optional(
            Type.String({ description: 'who is asking, when the token does not say' }),
          ),
        }),
        response: { 200: AssignmentSet, 304: Type.Null() },
      },
    },
    async (request, reply) => {
      const bound = request.principal?.agentId ?? null
      const agentId = speaker(bound, request.headers['x-agent-id'])
      registry.heard(agentId)
      const set = assignmentsFor(config, agentId)
      const etag = `"${set.revision}"`
      reply.header('etag', etag).header('cache-control', 'no-cache')
      const known = (request.headers['if-none-match'] ?? '')
        .split(',')
        .map((tag) => tag.trim().replace(/^W\//, ''))
      if (known.includes(etag)) return reply.code(304).send(null)
      return set
    },
  )

  app.get(
    '/v1/fleet',
    {
      schema: {
        tags: ['fleet'],
        summary: 'The nodes, targets and agents known to the collector',
        response: { 200: Fleet },
      },
    },
    async () => ({ nodes: [...config.nodes], targets, agents: registry.states() }),
  )
}

function speaker(bound: string | null, header: string | undefined): string {
  if (bound !== null && header !== undefined && header !== bound) {
    const message = `this token is for agent ${bound}`
    throw new CollectorError('AGENT_MISMATCH', message, { status: 403 })
  }
  const agentId = bound ?? header
  if (agentId !== undefined && ID.test(agentId)) return agentId
  throw new CollectorError('INVALID_PARAMETER', 'x-agent-id must name the agent that is asking', {
    status: 400,
  })
}
