import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import type { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { connectAsync } from '@currentspace/http3'
import type { Where } from './viewer.ts'

/** A whole answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
  /** Wall-clock time of its last byte, ms since 1970. */
  readonly ended_epoch_ms: number
}

/** What to ask for; `signal` makes the client leave, with its connection, which rejects. */
export interface Ask {
  readonly path: string
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS'
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Asks an origin over one HTTP version. */
export type Client = (ask: Ask) => Promise<Answer>

/** A plain client for every HTTP version; the test ends its connection. */
export const CLIENTS = {
  'HTTP/1.1': async (_t, { port, ca_file }) => {
    const ca = readFileSync(ca_file)
    return async ({ path, method = 'GET', headers = {}, signal }) => {
      const asked = request({ host: '127.0.0.1', port, path, method, headers, ca, agent: false, signal })
      asked.end()
      const [answer] = await once(asked, 'response')
      return answerOf(answer.statusCode, answer.headers, await whole(answer))
    }
  },
  'HTTP/2': async (t, { port, ca_file }) => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: readFileSync(ca_file) })
    session.on('error', () => {})
    t.after(() => session.destroy())
    return async ({ path, method = 'GET', headers = {}, signal }) => {
      const stream = session.request({ ':method': method, ':path': path, ...headers })
      signal?.addEventListener('abort', () => session.destroy(new Error('left')))
      const [[answer], body] = await Promise.all([once(stream, 'response'), whole(stream)])
      return answerOf(Number(answer[':status']), answer, body)
    }
  },
  'HTTP/3': async (t, { port, ca_file }) => {
    const session = await connectAsync(`https://127.0.0.1:${port}`, { ca: readFileSync(ca_file) })
    session.on('error', () => {})
    t.after(() => session.close())
    const pseudo = { ':scheme': 'https', ':authority': `127.0.0.1:${port}` }
    return async ({ path, method = 'GET', headers = {}, signal }) => {
      const stream = session.request(
        { ...pseudo, ':method': method, ':path': path, ...headers },
        { endStream: true },
      )
      stream.on('error', () => {})
      signal?.addEventListener('abort', () => session.close())
      const [[answer], body] = await Promise.all([once(stream, 'response', { signal }), whole(stream)])
      return answerOf(Number(answer[':status']), answer, body)
    }
  },
} as const satisfies Record<string, (t: TestContext, where: Where) => Promise<Client>>

/**
 * Everything that comes. Bytes are taken from before the headers on: the library's HTTP/3 stream throws away what
 * nobody has taken when the end comes in with them.
 */
async function whole(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = []
  stream.on('data', (bytes: Buffer) => parts.push(bytes))
  await once(stream, 'end')
  return Buffer.concat(parts)
}

function answerOf(status: number, headers: Readonly<Record<string, unknown>>, body: Buffer): Answer {
  return { status, headers, body, ended_epoch_ms: Date.now() }
}
