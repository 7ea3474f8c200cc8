import type { FastifyReply, FastifyRequest } from 'fastify'
import { signInPage } from '../auth/page.ts'
import { allows, type Principal } from '../auth/principal.ts'
import { SESSION_COOKIE, type Sessions } from '../auth/session.ts'
import type { TokenBook } from '../auth/tokens.ts'
import type { App } from './app-type.ts'

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Lets nobody in who has neither a token nor a session, nor anyone whose role is not enough. */
export function guardRoutes(app: App, tokens: TokenBook, sessions: Sessions) {
  app.decorateRequest('principal', null)
  app.addHook('onRequest', (request, reply, done) => {
    const needs = request.routeOptions.config?.role ?? 'viewer'
    if (needs === 'anyone') return done()
    const admit = (principal: Principal | null) => {
      request.principal = principal
      if (principal === null) return refuseStranger(request, reply)
      if (needs === 'signed-in' || allows(principal.role, needs)) return done()
      const message = `this needs role ${needs}; yours is ${principal.role}`
      reply.code(403).send({ code: 'FORBIDDEN', message })
    }
    // Most who ask are known at once: a promise for each would be a good part of what a short answer costs.
    const token = bearerToken(request.headers.authorization)
    const known = token === null ? null : tokens.known(token)
    if (known !== null) return admit(known)
    identify(request, token, tokens, sessions).then(admit, done)
  })
}

/** The bearer token of an Authorization header; `null` when there is none. */
export function bearerToken(header: string | undefined): string | null {
  const [, token] = /^bearer +(\S+) *$/i.exec(header ?? '') ?? []
  return token ?? null
}

async function identify(
  request: FastifyRequest,
  token: string | null,
  tokens: TokenBook,
  sessions: Sessions,
): Promise<Principal | null> {
  if (token !== null) return tokens.find(token)
  if (request.headers.authorization !== undefined) return null
  const cookie = request.cookies[SESSION_COOKIE]
  if (cookie === undefined || isForeign(request)) return null
  return sessions.read(cookie)
}

/** A change asked for by a page of another origin: the cookie does not count (SameSite covers other sites, not other ports). */
function isForeign(request: FastifyRequest): boolean {
  const origin = request.headers.origin
  if (!UNSAFE.has(request.method) || origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== request.headers.host
}

function refuseStranger(request: FastifyRequest, reply: FastifyReply) {
  reply.code(401).header('cache-control', 'no-store')
  if (wantsPage(request)) return reply.type('text/html; charset=utf-8').send(signInPage(null))
  reply.header('www-authenticate', 'Bearer')
  return reply.send({ code: 'UNAUTHORIZED', message: 'send a valid token: Authorization: Bearer <token>' })
}

/** Whether a browser asks for something to show, rather than a program for data. */
export function wantsPage(request: FastifyRequest): boolean {
  if (request.method !== 'GET' || request.url.startsWith('/v1/')) return false
  return (request.headers.accept ?? '').includes('text/html')
}
