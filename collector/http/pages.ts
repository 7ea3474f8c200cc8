import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { notBuiltPage } from '../auth/page.ts'
import type { App } from './app-type.ts'
import { wantsPage } from './guard.ts'

const YEAR_S = 31_536_000

/**
 * The dashboard's files from `folder`. Vite names assets by their content, so they never change; any other page is
 * the dashboard's own to route.
 */
export function pageRoutes(app: App, folder: string) {
  app.register(fastifyStatic, {
    root: folder,
    serve: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const forever = path.startsWith(join(folder, 'assets'))
      reply.header('cache-control', forever ? `public, max-age=${YEAR_S}, immutable` : 'no-cache')
    },
  })

  app.get('/*', { logLevel: 'warn', schema: { hide: true } }, async (request, reply) => {
    const path = decodeURIComponent(request.url.split('?', 1)[0] ?? '/').slice(1)
    if (path.startsWith('v1/')) return reply.callNotFound()
    if (!existsSync(join(folder, 'index.html'))) {
      if (!wantsPage(request)) return reply.callNotFound()
      return reply.code(503).type('text/html; charset=utf-8').send(notBuiltPage())
    }
    if (path !== '' && !path.includes('..') && isFile(folder, path)) return reply.sendFile(path)
    return wantsPage(request) ? reply.sendFile('index.html') : reply.callNotFound()
  })
}

function isFile(folder: string, path: string): boolean {
  return !path.endsWith('/') && /\.[a-z0-9]+$/i.test(path) && existsSync(join(folder, path))
}
