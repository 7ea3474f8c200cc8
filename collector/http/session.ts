import { Role } from '@streamgauge/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Attempts } from '../auth/attempts.ts'
import { signInPage } from '../auth/page.ts'
import { SESSION_COOKIE, SESSION_S, type Sessions } from '../auth/session.ts'
import type { TokenBook } from '../auth/tokens.ts'
import { CollectorError } from '../error.ts'
import type { App } from './app-type.ts'

const Session = Type.Object({ role: Role }, { additionalProperties: false })
const SignIn = Type.Object({ token: Type.String({ maxLength: 512 }) }, { additionalProperties: false })
const tags = ['session']

/** Signing a browser in and out. */
export function sessionRoutes(app: App, tokens: TokenBook, sessions: Sessions, attempts: Attempts) {
  const signIn = async (token: string, request: FastifyRequest, reply: FastifyReply) => {
    const waitS = attempts.waitS(request.ip)
    if (waitS > 0) {
      throw new CollectorError('TOO_MANY_ATTEMPTS', `too many failed sign-ins; wait ${waitS} s`, {
        status: 429,
        retryAfterS: waitS,
      })
    }
    const principal = await tokens.find(token)
    if (principal === null) {
      attempts.failed(request.ip)
      throw new CollectorError('UNAUTHORIZED', 'this token is not known or was revoked', { status: 401 })
    }
    if (principal.role === 'agent') {
      throw new CollectorError('FORBIDDEN', 'a token for agents does not sign a browser in', { status: 403 })
    }
    reply.header('cache-control', 'no-store').setCookie(SESSION_COOKIE, sessions.make(principal), {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: request.protocol === 'https',
      maxAge: SESSION_S,
    })
    return principal
  }

  const refusePage = (error: unknown, reply: FastifyReply) => {
    if (!(error instanceof CollectorError) || error.status >= 500) throw error
    return reply.code(error.status).type('text/html; charset=utf-8').send(signInPage(error.message))
  }

  app.get(
    '/signin',
    {
      config: { role: 'anyone' },
      schema: {
        tags,
        summary: 'Sign in by link: sets the cookie and goes to the dashboard',
        querystring: SignIn,
      },
    },
    async (request, reply) => {
      try {
        await signIn(request.query.token, request, reply)
      } catch (error) {
        return refusePage(error, reply)
      }
      return reply.redirect('/', 303)
    },
  )

  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))))
    },
  )
  app.post(
    '/v1/session',
    {
      config: { role: 'anyone' },
      bodyLimit: 4_096,
      schema: { tags, summary: 'Sign in with a token', body: SignIn, response: { 200: Session } },
    },
    async (request, reply) => {
      const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
      if (!isForm) {
        const { role } = await signIn(request.body.token, request, reply)
        return { role }
      }
      try {
        await signIn(request.body.token.trim(), request, reply)
      } catch (error) {
        return refusePage(error, reply)
      }
      return reply.redirect('/', 303)
    },
  )

  app.get(
    '/v1/session',
    { config: { role: 'signed-in' }, schema: { tags, summary: 'Who am I', response: { 200: Session } } },
    async (request) => ({ role: request.principal?.role ?? 'viewer' }),
  )

  app.delete(
    '/v1/session',
    { config: { role: 'signed-in' }, schema: { tags, summary: 'Sign out' } },
    async (_request, reply) => reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send(),
  )
}
