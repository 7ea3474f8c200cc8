import { Id, Role, Timestamp, UuidV7 } from '@streamgauge/contract'
import { Type } from 'typebox'
import type { TokenBook } from '../auth/tokens.ts'
import { CollectorError } from '../error.ts'
import type { App } from './app-type.ts'

const closed = { additionalProperties: false }
const info = {
  token_id: UuidV7,
  role: Role,
  name: Type.String(),
  agent_id: Type.Union([Id, Type.Null()]),
  created_at: Timestamp,
}
const NewToken = Type.Object(
  {
    role: Type.String({ enum: ['agent', 'viewer', 'operator', 'admin'] }),
    name: Type.String({ minLength: 1, maxLength: 128 }),
    /** The only agent the token may speak for; only with role `agent`. */
    agent_id: Type.Optional(Id),
  },
  closed,
)
const roles = ['agent', 'viewer', 'operator', 'admin'] as const
const tags = ['tokens']
const config = { role: 'admin' } as const

/** Handing out, listing and revoking tokens. */
export function tokenRoutes(app: App, tokens: TokenBook) {
  app.post(
    '/v1/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'Make a token; the answer is the only place it is ever shown',
        body: NewToken,
        response: { 201: Type.Object({ ...info, token: Type.String() }, closed) },
      },
    },
    async (request, reply) => {
      const { name, agent_id = null } = request.body
      const role = roles.find((candidate) => candidate === request.body.role) ?? 'viewer'
      if (agent_id !== null && role !== 'agent') {
        const message = 'agent_id goes with role agent only'
        throw new CollectorError('INVALID_PARAMETER', message, { status: 400 })
      }
      const made = await tokens.create(role, name, agent_id)
      return reply.code(201).header('cache-control', 'no-store').send(made)
    },
  )

  app.get(
    '/v1/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'The tokens that were handed out, oldest first',
        response: { 200: Type.Object({ tokens: Type.Array(Type.Object(info, closed)) }, closed) },
      },
    },
    async () => {
      await tokens.refresh()
      return { tokens: tokens.list() }
    },
  )

  app.delete(
    '/v1/tokens/:token_id',
    {
      config,
      schema: {
        tags,
        summary: 'Revoke a token and every session made with it',
        params: Type.Object({ token_id: UuidV7 }, closed),
      },
    },
    async (request, reply) => {
      if (await tokens.revoke(request.params.token_id)) return reply.code(204).send()
      throw new CollectorError('NOT_FOUND', `there is no token ${request.params.token_id}`, { status: 404 })
    },
  )
}
