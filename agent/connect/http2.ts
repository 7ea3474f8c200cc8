import {
  type ClientHttp2Session,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { ProbeFailure } from '../probe/failure.ts'
import type {
  Connection,
  ConnectRequest,
  RequestHeaders,
  ResponseHeaders,
  ResponseSink,
} from './connection.ts'
import { ending } from './ending.ts'
import { statusOf } from './status.ts'
import type { TcpBase } from './tcp.ts'

/** Node's default of 64 KiB would cap a 200 ms path at 2.6 Mbit/s; browsers use about these. */
const STREAM_WINDOW_BYTES = 6 * 1024 * 1024
const SESSION_WINDOW_BYTES = 15 * 1024 * 1024

/** HTTP/2 over one TLS socket. */
export function http2(request: ConnectRequest, socket: TLSSocket, base: TcpBase): Connection {
  const session = connectHttp2(`https://${request.authority}`, {
    createConnection: () => socket,
    settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
  })
  session.on('connect', () => {
    if (!session.destroyed) session.setLocalWindowSize(SESSION_WINDOW_BYTES)
  })
  // Every request under way hears of it too, and reports it.
  session.on('error', () => {})
  return {
    ...base,
    http_version: '2',
    get usable() {
      return !session.closed && !session.destroyed
    },
    get: (path, headers, sink) => get(request, session, path, headers, sink),
    close() {
      base.sample()
      session.destroy()
      socket.destroy()
    },
  }
}

function get(
  request: ConnectRequest,
  session: ClientHttp2Session,
  path: string,
  headers: RequestHeaders,
  sink: ResponseSink,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'GET',
      ':path': path,
      ':authority': request.authority,
      ':scheme': 'https',
      ...headers,
    })
    const { end, fail } = ending(resolve, reject, () => stream.close(constants.NGHTTP2_CANCEL))
    stream.on('error', (error: Error) => fail(failureOfStream(error, stream.rstCode)))
    let answered = false
    stream.on('response', (headers) => {
      answered = true
      try {
        sink.head(statusOf(headers[':status']), headersOf(headers))
      } catch (error) {
        fail(error)
      }
    })
    stream.on('data', (bytes: Uint8Array) => {
      try {
        sink.data(bytes)
      } catch (error) {
        fail(error)
      }
    })
    stream.on('aborted', () => fail(new ProbeFailure('RESET', 'path', 'the response broke off')))
    stream.on('end', () => {
      // A stream that is reset with NO_ERROR ends just like one that is complete.
      if (!answered && stream.rstCode === constants.NGHTTP2_NO_ERROR)
        fail(new ProbeFailure('RESET', 'target', 'the stream was ended without an answer'))
      else if (stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted) end()
    })
    stream.on('close', () =>
      fail(new ProbeFailure('RESET', 'path', `the stream was closed (${stream.rstCode})`)),
    )
  })
}

/** What this side's own reader found wrong, as Node names it; a server's word is in the stream's code. */
const NOT_HTTP = new Set(['ERR_HTTP2_ERROR', 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES'])

function failureOfStream(error: Error, rstCode: number): Error {
  if ('code' in error && NOT_HTTP.has(String(error.code)))
    return new ProbeFailure('HTTP_PROTOCOL', 'target', error.message, error)
  if (rstCode === constants.NGHTTP2_PROTOCOL_ERROR || rstCode === constants.NGHTTP2_FRAME_SIZE_ERROR)
    return new ProbeFailure('HTTP_PROTOCOL', 'target', error.message, error)
  if (rstCode !== constants.NGHTTP2_NO_ERROR) return new ProbeFailure('RESET', 'target', error.message, error)
  return error
}

function headersOf(incoming: IncomingHttpHeaders): ResponseHeaders {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming)) {
    if (value !== undefined && !name.startsWith(':'))
      headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}
