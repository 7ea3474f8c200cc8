import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectHttp3, type Http3ClientSession } from '@currentspace/http3'
import { monotonicMs } from '../clock.ts'
import { failureOfQuicClose, ProbeFailure } from '../probe/failure.ts'
import type { Connection, ConnectRequest, Ticket } from './connection.ts'
import type { HandshakeLog } from './handshake_log.ts'
import { get, getEarly } from './http3.ts'
import { Qlog } from './qlog.ts'
import { TCP_LOOK_MS, unanswered } from './unanswered.ts'

const STREAM_WINDOW_BYTES = 6 * 1024 * 1024
const SESSION_WINDOW_BYTES = 15 * 1024 * 1024
/**
 * What quiche closes with when the certificate does not carry the name. It looks an address up among the DNS
 * names only, so a sound certificate for an address fails too: then we cannot tell, and the target is not to blame.
 */
const BAD_CERTIFICATE = 0x100 + 42
const CLOSING_MS = 1_000
const WATCH_MS = 250
/** Certificate and CertificateVerify of the smallest kind (Ed25519) take more than this. */
const CERTIFICATE_MIN_BYTES = 200
/** RFC 9114 §8.1. */
const H3_NO_ERROR = 0x100

/**
 * Opens QUIC with HTTP/3, TLS 1.3 inside. Cold unless it is handed a ticket. With early data the connection is there as
 * soon as the first packets can go, before the server has said anything.
 */
export async function connectQuic(request: ConnectRequest, signal: AbortSignal): Promise<Connection> {
  if (!request.secure)
    throw new ProbeFailure('REFUSED_BY_POLICY', 'agent', 'QUIC has no cleartext: use https')
  if (request.http_version !== null && request.http_version !== '3')
    throw new ProbeFailure(
      'REFUSED_BY_POLICY',
      'agent',
      `HTTP/${request.http_version} is not spoken over QUIC`,
    )
  const early = request.resume?.early ?? false
  const qlog = new Qlog()
  const started = monotonicMs()
  const session = connectHttp3(endpointOf(request), {
    servername: request.host,
    rejectUnauthorized: !request.insecure,
    connectTimeoutMs: Math.max(1_000, request.timeout_ms - TCP_LOOK_MS - 200),
    maxIdleTimeoutMs: 60_000,
    initialMaxData: SESSION_WINDOW_BYTES,
    initialMaxStreamDataBidiLocal: STREAM_WINDOW_BYTES,
    // One poll loop: a third of the memory of io_uring per session, at the same timing.
    runtimeMode: 'portable',
    qlogDir: qlog.folder,
    qlogLevel: 'core',
    signal,
    ...(request.ca_pem === null ? {} : { ca: request.ca_pem }),
    ...(request.resume === null ? {} : { sessionTicket: request.resume.ticket.bytes, allow0RTT: early }),
  })
  const ticket = firstTicket(session)
  const shaking = handshake(session, qlog, request, signal)
  // With early data nobody may be waiting when it fails; the request that fails with it asks why.
  shaking.catch(() => {})
  try {
    if (!early) await shaking
  } catch (error) {
    await qlog.remove()
    throw error
  }
  let logged = qlog.handshake()
  qlog.follow()
  // Nothing to wait for: what the handshake was is read from the log at the end.
  const handshakeMs = () =>
    logged?.handshake_ms ?? (early ? 0 : (session.getMetrics()?.handshakeTimeMs ?? monotonicMs() - started))
  // With early data it is told when the request goes: until then there is nothing on the network.
  const overhead_ms = early ? 0 : Math.max(0, monotonicMs() - started - handshakeMs())
  let closing: Promise<void> | null = null
  return {
    http_version: '3',
    tls_version: '1.3',
    connect_ms: null,
    tls_ms: null,
    get handshake_ms() {
      return handshakeMs()
    },
    overhead_ms,
    get resumed() {
      return request.resume !== null && logged !== null && isResumed(logged, request.resume.ticket)
    },
    get zero_rtt() {
      return logged?.zero_rtt ?? false
    },
    get retry() {
      return logged?.retry ?? null
    },
    get usable() {
      return !session.closed
    },
    async get(path, headers, sink) {
      if (early) await getEarly(session, shaking, started, request, path, headers, sink)
      else await get(session, request, path, headers, sink)
    },
    async ticket(limit_ms) {
      const bytes = await Promise.race([ticket, sleep(limit_ms, null)])
      return bytes === null ? null : { bytes, handshake_bytes: qlog.handshake()?.handshake_bytes ?? null }
    },
    close() {
      closing ??= session.close(H3_NO_ERROR).catch(() => {})
    },
    async figures() {
      // A peer that is gone may keep the engine closing for a while; its log is whole enough by then.
      await Promise.race([closing, sleep(CLOSING_MS)])
      if (early) logged = qlog.handshake()
      const figures = await qlog.figures()
      await qlog.remove()
      return figures
    },
  }
}

/** A server that takes a ticket does not send its certificate again: a few hundred bytes at the very least. */
function isResumed(logged: HandshakeLog, ticket: Ticket): boolean {
  return (
    ticket.handshake_bytes !== null && logged.handshake_bytes < ticket.handshake_bytes - CERTIFICATE_MIN_BYTES
  )
}

function firstTicket(session: Http3ClientSession): Promise<Buffer> {
  return new Promise((resolve) => {
    session.once('sessionTicket', resolve)
  })
}

function endpointOf(request: ConnectRequest): string {
  return isIP(request.address) === 6
    ? `[${request.address}]:${request.port}`
    : `${request.address}:${request.port}`
}

/** The reason a handshake failed is in the close event; the promise only knows that it did. */
async function handshake(
  session: Http3ClientSession,
  qlog: Qlog,
  request: ConnectRequest,
  signal: AbortSignal,
): Promise<void> {
  const closed: { errorCode: number; reason: string } = { errorCode: 0, reason: '' }
  session.on('close', (info) => Object.assign(closed, info))
  session.on('error', () => {})
  // The engine keeps a close by the server to itself until the handshake is done, and goes on waiting.
  const watch = setInterval(() => {
    if (qlog.earlyEnd().error_code !== null) session.destroy().catch(() => {})
  }, WATCH_MS)
  try {
    await session.ready()
  } catch (error) {
    await session.destroy().catch(() => {})
    const end = qlog.earlyEnd()
    if (closed.errorCode === BAD_CERTIFICATE && isIP(request.host) !== 0)
      throw new ProbeFailure(
        'AGENT_ERROR',
        'agent',
        'over QUIC this agent verifies names, not bare addresses',
        error,
      )
    if (closed.errorCode !== 0) throw failureOfQuicClose(closed.errorCode, closed.reason)
    if (end.error_code !== null) throw failureOfQuicClose(end.error_code, end.reason)
    // What answered is not blocked.
    if (end.answered)
      throw new ProbeFailure('CONNECT_TIMEOUT', 'path', 'the handshake began and did not finish', error)
    if (signal.aborted) throw new ProbeFailure('CONNECT_TIMEOUT', 'path', 'no answer to the Initial in time')
    throw await unanswered(request, error)
  } finally {
    clearInterval(watch)
  }
}
