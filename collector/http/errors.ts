import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { CollectorError } from '../error.ts'
import type { App } from './app-type.ts'

/** Codes for what fastify itself refuses. */
const FASTIFY_CODES: Readonly<Record<string, { code: string; message: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'this content-type is not taken here',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'BODY_TOO_LARGE', message: 'the body is larger than this call takes' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'BODY_NOT_JSON', message: 'the body is empty' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'BODY_NOT_JSON', message: 'the body is not JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'BODY_NOT_JSON',
    message: 'the body is not as long as it says',
  },
}

/** Makes every error answer `{ code, message }`, and everything unknown a 404 or a 405. */
export function answerErrors(app: App) {
  const routes: { pattern: RegExp; method: string }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return
    const pattern = new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:[^/]+/g, '[^/]+')}/?$`)
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push({ pattern, method: one })
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const methods = routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (methods.length > 0 && !methods.includes(request.method)) {
      const message = `${path} takes ${methods.join(', ')}`
      return reply.code(405).header('allow', methods.join(', ')).send({ code: 'METHOD_NOT_ALLOWED', message })
    }
    return reply
      .code(404)
      .send({ code: 'NOT_FOUND', message: `there is nothing at ${request.method} ${path}` })
  })
  app.setErrorHandler(answerError)
}

/** Answers one error as `{ code, message }`. */
export function answerError(
  error: FastifyError | CollectorError,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  if (error instanceof CollectorError) {
    if (error.status >= 500) request.log.error({ err: error }, error.message)
    if (error.retryAfterS !== null) reply.header('retry-after', error.retryAfterS)
    return reply.code(error.status).send({ code: error.code, message: error.message })
  }
  const [problem] = error.validation ?? []
  if (problem !== undefined) {
    return reply.code(400).send({ code: 'INVALID_PARAMETER', message: explain(problem) })
  }
  const known = FASTIFY_CODES[error.code]
  const status = error.statusCode ?? 500
  if (known !== undefined) return reply.code(status).send(known)
  if (status < 500) {
    return reply.code(status).send({ code: error.code ?? 'BAD_REQUEST', message: error.message })
  }
  request.log.error({ err: error }, 'a request failed')
  return reply.code(500).send({ code: 'INTERNAL', message: 'the collector failed; its log says why' })
}

function explain(problem: NonNullable<FastifyError['validation']>[number]): string {
  if (problem.keyword === 'additionalProperties') {
    return `unknown parameter ${String(problem.params.additionalProperty)}`
  }
  const name = problem.instancePath.slice(1).replaceAll('/', '.')
  return name === '' ? (problem.message ?? 'not valid') : `${name} ${problem.message}`
}
