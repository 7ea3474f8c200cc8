import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import { constants } from 'node:os'
import { createSecureServer, type IncomingHeaders, type ServerHttp3Stream } from '@currentspace/http3'
import { UsageError } from '../cli/arguments.ts'
import { type CongestionControl, setCongestion } from '../net/congestion.ts'
import type { ServerCertificate } from './certificate.ts'
import type { Handler, Reply } from './reply.ts'

/** A listening server. */
export interface Listener {
  readonly port: number
  close(): Promise<void>
}

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly certificate: ServerCertificate
  /** `null`: what the system uses. */
  readonly congestion: CongestionControl | null
}

/**
 * HTTP/1.1 and HTTP/2 over TLS on TCP, and HTTP/3 on the UDP port of the same number. No Retry: it would add a round
 * trip to every handshake that TCP does not pay.
 * @throws UsageError `PORT_TAKEN`, `CONGESTION_UNAVAILABLE`
 */
export async function listenSecure(options: ListenOptions, handler: Handler): Promise<Listener> {
  const server = createSecureServer({
    key: options.certificate.key,
    cert: options.certificate.cert,
    allowHTTP1: true,
    disableRetry: true,
    maxIdleTimeoutMs: 30_000,
  })
  // A connection that breaks is its viewer's affair.
  server.on('session', (session) => session.on('error', () => {}))
  server.on('stream', (stream, headers) => handler(streamReply(stream, headers)))
  server.on('request', (request, response) => {
    // The library emits this for HTTP/2 too, beside `stream`.
    if (request.httpVersionMajor === 1) handler(messageReply(request, response))
  })
  const sockets = new Set<Socket>()
  let tcp: Server | null = null
  try {
    server.listen(options.port, options.host)
    // The library keeps its TCP server to itself, and has an option neither for the congestion control nor for the end
    // of HTTP/1.1 connections, which would otherwise hold up closing for as long as their viewers stay.
    // biome-ignore lint/complexity/useLiteralKeys: only bracket access may reach a private member, and TypeScript checks it
    tcp = server['_h2Server'] as Server | null
    tcp?.on('connection', (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    await once(server, 'listening')
  } catch (error) {
    await server.close().catch(() => {})
    throw cannotListen(error, options)
  }
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await server.close()
  }
  if (options.congestion !== null && !(tcp !== null && setCongestion(tcp, options.congestion))) {
    await close()
    throw noCongestion(options.congestion)
  }
  return { port: server.address()?.port ?? options.port, close }
}

/** HTTP/1.1 without TLS. @throws UsageError `PORT_TAKEN` */
export async function listenCleartext(host: string, port: number, handler: Handler): Promise<Listener> {
  const server = createServer((request, response) => handler(messageReply(request, response)))
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    throw portTaken(error, { host, port })
  }
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function cannotListen(error: unknown, at: { readonly host: string; readonly port: number }): UsageError {
  const why = error instanceof Error ? error.message : String(error)
  const code = isTaken(error) ? 'PORT_TAKEN' : 'LISTEN_FAILED'
  return new UsageError(code, `cannot listen on ${at.host}:${at.port}: ${why}`)
}

/** The UDP side reports its errno inside its message only: `[h3:io|errno=98] IO error: Address already in use`. */
function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && error.code === 'EADDRINUSE') return true
  return error.message.startsWith(`[h3:io|errno=${constants.errno.EADDRINUSE}]`)
}

function messageReply(request: IncomingMessage, response: ServerResponse): Reply {
  response.on('error', () => {})
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    head: (status, headers) => void response.writeHead(status, headers),
    write: (bytes) => void response.write(bytes),
    end: (bytes) => void response.end(bytes),
    get waiting_bytes() {
      return response.writableLength
    },
    onClose: (work) => void response.once('close', work),
  }
}

function streamReply(stream: ServerHttp3Stream, headers: IncomingHeaders): Reply {
  stream.on('error', () => {})
  return {
    method: String(headers[':method']),
    path: String(headers[':path']),
    head: (status, rest) => stream.respond({ ':status': String(status), ...rest }),
    write(bytes) {
      if (stream.writable) stream.write(bytes)
    },
    end(bytes) {
      if (!stream.writable) return
      if (bytes === undefined) stream.end()
      else stream.end(bytes)
    },
    get waiting_bytes() {
      return stream.writableLength
    },
    onClose: (work) => void stream.once('close', work),
  }
}
