import { once } from 'node:events'
import { connect as connectSocket, isIP, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { monotonicMs } from '../clock.ts'
import { readTcpInfo } from '../net/tcp_info.ts'
import { failureOfSocket, ProbeFailure } from '../probe/failure.ts'
import { type Connection, type ConnectRequest, type Ticket, UNKNOWN_PATH } from './connection.ts'
import { http1 } from './http1.ts'
import { http2 } from './http2.ts'

/**
 * Opens TCP, TLS 1.2 or 1.3 unless the target is cleartext, and HTTP/1.1 or HTTP/2 as ALPN says. Resumes when told to;
 * OpenSSL's early data cannot be reached from here, so nothing is ever sent early.
 */
export async function connectTcp(request: ConnectRequest, signal: AbortSignal): Promise<Connection> {
  const context = request.secure ? contextFor(request.ca_pem) : null
  const limit = AbortSignal.any([signal, AbortSignal.timeout(request.timeout_ms)])
  const started = monotonicMs()
  const socket = connectSocket({
    host: request.address,
    port: request.port,
    autoSelectFamily: false,
    noDelay: true,
  })
  try {
    await settle(socket, 'connect', 'connect', limit)
    const connected = monotonicMs()
    if (context === null) return cleartext(request, socket, connected - started)

    const secure = connectTls({
      socket,
      secureContext: context,
      ALPNProtocols: alpnFor(request),
      rejectUnauthorized: !request.insecure,
      ...(request.resume === null ? {} : { session: request.resume.ticket.bytes }),
      ...(isIP(request.host) === 0 ? { servername: request.host } : { host: request.host }),
    })
    const tickets = ticketsOf(secure)
    await settle(secure, 'secureConnect', 'tls', limit)
    const secured = monotonicMs()
    const base = {
      tls_version: secure.getProtocol() === 'TLSv1.2' ? ('1.2' as const) : ('1.3' as const),
      connect_ms: connected - started,
      tls_ms: secured - connected,
      handshake_ms: secured - started,
      overhead_ms: 0,
      resumed: secure.isSessionReused(),
      zero_rtt: false,
      retry: null,
      ticket: tickets,
      ...samplingOf(socket),
    }
    return speaks2(request, secure) ? http2(request, secure, base) : http1(request, secure, base)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

const contexts = new Map<string | null, SecureContext>()
const CONTEXTS_MAX = 64

/**
 * The trust store, built once per authority: it takes milliseconds in which every other run on this event loop would
 * stand still. Sharing it resumes nothing; that takes a session, and none is ever handed in.
 */
function contextFor(ca_pem: string | null): SecureContext {
  const known = contexts.get(ca_pem)
  if (known !== undefined) return known
  if (contexts.size >= CONTEXTS_MAX) contexts.clear()
  const context = createSecureContext(ca_pem === null ? {} : { ca: ca_pem })
  contexts.set(ca_pem, context)
  return context
}

/** Everything about a TCP connection but how requests are sent. */
export type TcpBase = Omit<Connection, 'get' | 'close' | 'usable' | 'http_version'> & {
  /** Notes what the kernel knows; once the socket is closed, it no longer tells. */
  readonly sample: () => void
}

function cleartext(request: ConnectRequest, socket: Socket, connectMs: number): Connection {
  if (request.http_version !== null && request.http_version !== '1.1')
    throw new ProbeFailure(
      'TLS_ALPN',
      'target',
      `HTTP/${request.http_version} needs TLS; the URL is cleartext`,
    )
  return http1(request, socket, {
    tls_version: null,
    connect_ms: connectMs,
    tls_ms: null,
    handshake_ms: connectMs,
    overhead_ms: 0,
    resumed: null,
    zero_rtt: null,
    retry: null,
    ticket: async () => null,
    ...samplingOf(socket),
  })
}

function alpnFor(request: ConnectRequest): string[] {
  if (request.http_version === '1.1') return ['http/1.1']
  if (request.http_version === '2') return ['h2']
  return ['h2', 'http/1.1']
}

function speaks2(request: ConnectRequest, socket: TLSSocket): boolean {
  const agreed = socket.alpnProtocol === 'h2'
  if (request.http_version === '2' && !agreed)
    throw new ProbeFailure('TLS_ALPN', 'target', 'the server does not speak HTTP/2')
  return agreed
}

/** TLS 1.3 hands tickets out after the handshake, 1.2 in it. */
function ticketsOf(secure: TLSSocket): Connection['ticket'] {
  let last: Buffer | null = null
  secure.on('session', (bytes: Buffer) => {
    last = bytes
  })
  const told = (): Ticket | null => (last === null ? null : { bytes: last, handshake_bytes: null })
  return async (limit_ms) => {
    if (last === null)
      await once(secure, 'session', { signal: AbortSignal.timeout(limit_ms) }).catch(() => {})
    return told()
  }
}

/** Waits for `event`; turns an error, a close or the time limit into a failure. */
function settle(socket: Socket, event: string, stage: 'connect' | 'tls', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      socket.off(event, done).off('error', failed).off('close', closed)
      signal.removeEventListener('abort', timedOut)
      // Whoever comes next takes over; an error in between must not end the process.
      socket.on('error', () => {})
    }
    const done = () => {
      stop()
      resolve()
    }
    const failed = (error: Error) => {
      stop()
      reject(failureOfSocket(error, stage) ?? new ProbeFailure('AGENT_ERROR', 'agent', error.message, error))
    }
    const closed = () => failed(new ProbeFailure('RESET', 'path', `closed during the ${stage} handshake`))
    const timedOut = () =>
      failed(
        stage === 'connect'
          ? new ProbeFailure('CONNECT_TIMEOUT', 'path', 'no answer to the SYN')
          : new ProbeFailure('TIMEOUT', 'target', 'the TLS handshake did not finish'),
      )
    socket.once(event, done).once('error', failed).once('close', closed)
    if (signal.aborted) timedOut()
    else signal.addEventListener('abort', timedOut, { once: true })
  })
}

function samplingOf(socket: Socket): Pick<TcpBase, 'sample' | 'figures'> {
  let figures = UNKNOWN_PATH
  return {
    sample() {
      const info = readTcpInfo(socket)
      if (info !== null) figures = { ...UNKNOWN_PATH, ...info }
    },
    figures: async () => figures,
  }
}
