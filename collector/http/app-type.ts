import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Role } from '@streamgauge/contract'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Principal } from '../auth/principal.ts'
import type { DnsServer } from '../dns/server.ts'

/** The fastify instance every route file adds to; schemas are typebox. */
export type App = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call; left out: a viewer. `anyone` needs no token. */
    role?: Role | 'anyone' | 'signed-in'
  }
  interface FastifyInstance {
    /** What answers over DNS once it listens; `null`: nothing does. Closed with the app. */
    dns: DnsServer | null
  }
  interface FastifyRequest {
    /** Who is calling; `null` only where anyone may. */
    principal: Principal | null
  }
}
