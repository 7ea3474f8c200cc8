import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Http2SecureServer } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { constants } from 'node:os'
import { createSecureServer, type Http3SecureServer } from '@currentspace/http3'
import { UsageError } from '../cli/arguments.ts'
import { type CongestionControl, setCongestion } from '../net/congestion.ts'
import { forbidFragments } from '../net/fragments.ts'
import type { ServerCertificate } from './certificate.ts'
import { type Handler, http2Reply, http3Reply, messageReply } from './reply.ts'

/** A listening server. */
export interface Listener {
  readonly port: number
  /** Ends every connection and stops listening. */
  close(): Promise<void>
}

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** For TCP; `null`: what the system uses. */
  readonly congestion: CongestionControl | null
}

const ANY_PORT_ATTEMPTS = 5
/** With its header, a record goes into one packet. */
const TLS_RECORD_BYTES = 1_400
/** What BoringSSL takes: a name, an AES key and an HMAC key of 16 bytes each. */
const SESSION_TICKET_KEY_BYTES = 48

/**
 * HTTP/1.1 and HTTP/2 over TLS on TCP, and HTTP/3 on the UDP port of the same number.
 * @throws UsageError `PORT_TAKEN`, `LISTEN_FAILED`, `CONGESTION_UNAVAILABLE`
 */
export async function listenSecure(
  options: ListenOptions & { readonly certificate: ServerCertificate },
  handler: Handler,
): Promise<Listener> {
  const address = await addressOf(options.host)
  for (let attempt = 1; ; attempt++) {
    const server = secureServer(options.certificate, handler)
    try {
      return await opened(server, { ...options, host: address }, handler)
    } catch (error) {
      await server.close()
      // UDP chooses the number; some other TCP connection may hold the same one.
      const another = options.port === 0 && isTaken(error) && attempt < ANY_PORT_ATTEMPTS
      if (!another) throw cannotListen(error, options)
    }
  }
}

/** HTTP/1.1 without TLS. @throws UsageError `PORT_TAKEN`, `LISTEN_FAILED`, `CONGESTION_UNAVAILABLE` */
export async function listenCleartext(options: ListenOptions, handler: Handler): Promise<Listener> {
  const server = createServer((request, response) => handler(messageReply(request, response)))
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  try {
    server.listen(options.port, options.host)
    await once(server, 'listening')
  } catch (error) {
    throw cannotListen(error, options)
  }
  try {
    useCongestion(server, options.congestion)
  } catch (error) {
    await close()
    throw error
  }
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : options.port, close }
}

/** No Retry: it would add a round trip to every handshake that TCP does not pay. */
function secureServer(certificate: ServerCertificate, handler: Handler): Http3SecureServer {
  const server = createSecureServer({
    key: certificate.key,
    cert: certificate.cert,
    allowHTTP1: true,
    disableRetry: true,
    // Without a key of ours, the QUIC side knew only about half of its own tickets again.
    sessionTicketKeys: randomBytes(SESSION_TICKET_KEY_BYTES),
    maxIdleTimeoutMs: 30_000,
  })
  // A connection that breaks is its viewer's affair.
  server.on('session', (session) => session.on('error', () => {}))
  server.on('stream', (stream, headers) => {
    if (stream.id >= 0) return handler(http3Reply(stream, headers))
    // HTTP/2, in the library's clothes; it is answered on Node's stream, and only kept from piling up here.
    stream.on('error', () => {})
    stream.resume()
  })
  server.on('request', (request, response) => handler(messageReply(request, response)))
  return server
}

async function opened(
  server: Http3SecureServer,
  options: ListenOptions,
  handler: Handler,
): Promise<Listener> {
  server.listen(options.port, options.host)
  // The library keeps its TCP server to itself. It has no option for the congestion control, and on closing it waits
  // for HTTP/1.1 connections for as long as their viewers stay; and see `http2Reply`.
  // biome-ignore lint/complexity/useLiteralKeys: only bracket access may reach a private member, and TypeScript checks it
  const tcp: Http2SecureServer | null = server['_h2Server']
  const sockets = new Set<Socket>()
  let closing = false
  tcp?.on('connection', (socket) => {
    // The library stops listening last: a player that comes back meanwhile would be waited for.
    if (closing) socket.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // A record of 16 KiB is not read before its last byte has come, and that does not fit into a first flight of ten
  // packets: one round trip more until the first frame, which is TLS's doing and not TCP's. QUIC has no such records.
  tcp?.on('secureConnection', (socket) => socket.setMaxSendFragment(TLS_RECORD_BYTES))
  tcp?.on('stream', (stream, headers) => handler(http2Reply(stream, headers)))
  await once(server, 'listening')
  useCongestion(tcp, options.congestion)
  // On an address of this machine the library takes the path for as wide as loopback, and sends 16 KiB in fragments.
  forbidFragments(server.address()?.port ?? options.port)
  // From here on, what fails is one connection, or the UDP side as a whole: worth a line, not the other viewers.
  server.on('error', (error) => process.emitWarning(error))
  return {
    port: server.address()?.port ?? options.port,
    async close() {
      closing = true
      for (const socket of sockets) socket.destroy()
      await server.close()
    },
  }
}

function useCongestion(server: Server | null, control: CongestionControl | null): void {
  if (control === null || (server !== null && setCongestion(server, control))) return
  throw new UsageError('CONGESTION_UNAVAILABLE', `this system has no TCP congestion control "${control}"`)
}

/** The UDP side takes addresses only; both sides must take the same one. */
async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address
  } catch (error) {
    throw new UsageError('LISTEN_FAILED', `"${host}" is no address of this machine: ${messageOf(error)}`)
  }
}

function cannotListen(error: unknown, at: ListenOptions): UsageError {
  if (error instanceof UsageError) return error
  const code = isTaken(error) ? 'PORT_TAKEN' : 'LISTEN_FAILED'
  return new UsageError(code, `cannot listen on ${at.host}:${at.port}: ${messageOf(error)}`)
}

/** The UDP side gives its errno inside the message only: `[h3:io|errno=98] IO error: Address already in use`. */
function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && error.code === 'EADDRINUSE') return true
  return error.message.startsWith(`[h3:io|errno=${constants.errno.EADDRINUSE}]`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
