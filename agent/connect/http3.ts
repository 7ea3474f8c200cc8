import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Http3ClientSession, IncomingHeaders } from '@currentspace/http3'
import { monotonicMs } from '../clock.ts'
import { ProbeFailure } from '../probe/failure.ts'
import type { ConnectRequest, RequestHeaders, ResponseHeaders, ResponseSink } from './connection.ts'
import { ending } from './ending.ts'
import { statusOf } from './status.ts'

const EARLY_TRIES_MAX = 2_000

/** One GET over HTTP/3; `sent` is called when the engine has taken it. */
export function get(
  session: Http3ClientSession,
  request: ConnectRequest,
  path: string,
  headers: RequestHeaders,
  sink: ResponseSink,
  sent: () => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      {
        ':method': 'GET',
        ':path': path,
        ':authority': request.authority,
        ':scheme': 'https',
        ...headers,
      },
      { endStream: true },
    )
    sent()
    const { end, fail } = ending(resolve, reject, () => stream.destroy())
    const lost = () => fail(new ProbeFailure('RESET', 'path', 'the connection was closed'))
    session.once('close', lost)
    stream.once('close', () => session.off('close', lost))
    stream.on('error', (error) => fail(new ProbeFailure('RESET', 'target', error.message, error)))
    stream.on('aborted', () => fail(new ProbeFailure('RESET', 'target', 'the server reset the stream')))
    stream.on('response', (headers) => {
      try {
        sink.head(statusOf(headers[':status']), headersOf(headers))
      } catch (error) {
        fail(error)
      }
    })
    stream.on('data', (bytes) => {
      try {
        sink.data(bytes)
      } catch (error) {
        fail(error)
      }
    })
    stream.on('end', end)
    stream.on('close', () => fail(new ProbeFailure('RESET', 'path', 'the stream was closed')))
  })
}

/** A request that may go out before the handshake is done; when that fails, so does the request, and for its reason. */
export async function getEarly(
  session: Http3ClientSession,
  shaking: Promise<void>,
  startedMs: number,
  request: ConnectRequest,
  path: string,
  headers: RequestHeaders,
  sink: ResponseSink,
): Promise<void> {
  try {
    // The engine opens HTTP/3 a moment after its first packet.
    const started = () => sink.held?.(monotonicMs() - startedMs)
    for (let tries = 0; tries < EARLY_TRIES_MAX; tries++) {
      try {
        return await get(session, request, path, headers, sink, started)
      } catch (error) {
        if (!isTooEarly(error)) throw error
      }
      await nextTurn()
    }
    await shaking
    await get(session, request, path, headers, sink)
  } catch (error) {
    await shaking
    throw error
  }
}

/** `[h3:invalid-state] invalid state: send_request failed: invalid state: H3 not initialized` has no code of its own. */
function isTooEarly(error: unknown): boolean {
  return error instanceof Error && error.message.includes('H3 not initialized')
}

function headersOf(incoming: IncomingHeaders): ResponseHeaders {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming)) {
    if (!name.startsWith(':')) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}
