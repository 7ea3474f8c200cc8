import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Certificate } from './certificate.ts'

/**
 * What goes wrong with one statement: the connection is reset before it arrives (`reset`), after it was carried out (`lose`), in
 * the middle of the answer (`cut`); nothing is ever answered (`hang`); the server answers an error by number.
 */
export type Fault = 'reset' | 'lose' | 'cut' | 'hang' | { readonly code: number }

/** A statement as it arrived. */
export interface Arrived {
  readonly text: string
  /** What came in the body, without gzip. */
  readonly body: Buffer
  readonly settings: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

export interface StoreProxy {
  readonly url: string
  readonly arrived: readonly Arrived[]
  /** The faults of the next statements, one each; `null`: none. */
  readonly faults: (Fault | null)[]
  /** Statements that were given up by whoever sent them. */
  readonly abandoned: () => number
}

/** What may be asked of those who connect. */
export interface ProxyOptions {
  readonly certificate?: Certificate
  readonly password?: string
}

/** Stands between a client and a ClickHouse server: asks for a password, speaks TLS and gzip, and fails on demand. */
export async function storeProxy(
  t: TestContext,
  target: string,
  options: ProxyOptions = {},
): Promise<StoreProxy> {
  const arrived: Arrived[] = []
  const faults: (Fault | null)[] = []
  let abandoned = 0
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request)
    const url = new URL(request.url ?? '/', target)
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const text = [url.searchParams.get('query'), plain.toString()].filter(Boolean).join('\n')
    arrived.push({ text, body: plain, settings: url.searchParams, headers: request.headers })
    response.on('close', () => {
      if (!response.writableFinished) abandoned += 1
    })
    if (options.password !== undefined && passwordOf(request) !== options.password) {
      return fail(response, 516, 'default: Authentication failed: password is incorrect')
    }
    const fault = faults.shift() ?? null
    if (fault === 'reset') return request.socket.destroy()
    if (fault === 'hang') return
    if (fault !== null && typeof fault === 'object') return fail(response, fault.code, 'on demand')
    const { status, headers, content } = await forward(url, request, body)
    if (fault === 'lose') return request.socket.destroy()
    const gzip = request.headers['accept-encoding']?.includes('gzip') === true && status === 200
    const out = gzip ? gzipSync(content) : content
    response.writeHead(status, {
      ...headers,
      'content-length': out.length,
      ...(gzip && { 'content-encoding': 'gzip' }),
    })
    if (fault !== 'cut') return response.end(out)
    response.write(out.subarray(0, out.length / 2), () => request.socket.destroy())
  }
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    )
  }
  const { certificate } = options
  const server = certificate === undefined ? createServer(listener) : createTlsServer(certificate, listener)
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const url = `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  return { url, arrived, faults, abandoned: () => abandoned }
}

function passwordOf({ headers }: IncomingMessage): string {
  const key = headers['x-clickhouse-key']
  if (typeof key === 'string') return key
  const basic = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString()
  return basic.slice(basic.indexOf(':') + 1)
}

function fail(response: ServerResponse, code: number, message: string) {
  response.writeHead(500, { 'x-clickhouse-exception-code': code })
  response.end(`Code: ${code}. DB::Exception: ${message}. (ON_DEMAND) (version 26.7.2.1)`)
}

async function forward(url: URL, { method, headers }: IncomingMessage, body: Buffer) {
  const { 'accept-encoding': _, 'transfer-encoding': __, ...kept } = headers
  const outgoing = send(url, { method, headers: { ...kept, 'content-length': body.length } })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  const { 'transfer-encoding': ___, ...answered } = incoming.headers
  return { status: incoming.statusCode ?? 500, headers: answered, content: await buffer(incoming) }
}
