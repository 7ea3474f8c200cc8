import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { IncomingHeaders, ServerHttp3Stream } from '@currentspace/http3'

/** One request to be answered, whichever HTTP version brought it. */
export interface Reply {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly http_version: '1.1' | '2' | '3'
  /** A header of the request, by its name in lower case; `null`: not there, or there more than once. */
  header(name: string): string | null
  head(status: number, headers: Readonly<Record<string, string>>): void
  write(bytes: Uint8Array): void
  end(bytes?: Uint8Array): void
  /** Bytes written that the network has not taken yet. */
  readonly waiting_bytes: number
  /** Runs once, when the viewer is gone or has everything. */
  onClose(work: () => void): void
}

/** Answers a request. Never throws. */
export type Handler = (reply: Reply) => void

/** A reply over HTTP/1.1. */
export function messageReply(request: IncomingMessage, response: ServerResponse): Reply {
  response.on('error', () => {})
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    http_version: '1.1',
    header: (name) => single(request.headers[name]),
    head: (status, headers) => void response.writeHead(status, headers),
    write: (bytes) => void response.write(bytes),
    end: (bytes) => void response.end(bytes),
    get waiting_bytes() {
      return response.writableLength
    },
    onClose: (work) => void response.once('close', work),
  }
}

/**
 * A reply over HTTP/2, on Node's own stream: in the QUIC library's clothes a reply without a body (HEAD, 204) never
 * leaves the server.
 */
export function http2Reply(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Reply {
  return {
    ...streamReply(stream, headers),
    http_version: '2',
    head(status, rest) {
      if (!stream.closed && !stream.destroyed) stream.respond({ ':status': status, ...rest })
    },
    get waiting_bytes() {
      return stream.writableLength
    },
  }
}

/** A reply over HTTP/3. */
export function http3Reply(stream: ServerHttp3Stream, headers: IncomingHeaders): Reply {
  return {
    ...streamReply(stream, headers),
    http_version: '3',
    head: (status, rest) => stream.respond({ ':status': String(status), ...rest }),
    get waiting_bytes() {
      return stream.writableLength
    },
  }
}

/** What both kinds of stream have in common. */
function streamReply(
  stream: Duplex,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Pick<Reply, 'method' | 'path' | 'header' | 'write' | 'end' | 'onClose'> {
  stream.on('error', () => {})
  // Nobody here reads what a viewer sends; unread, it would pile up.
  stream.resume()
  return {
    method: String(headers[':method']),
    path: String(headers[':path']),
    header: (name) => single(headers[name]),
    write(bytes) {
      if (stream.writable) stream.write(bytes)
    },
    end(bytes) {
      if (!stream.writable) return
      if (bytes === undefined) stream.end()
      else stream.end(bytes)
    },
    onClose: (work) => void stream.once('close', work),
  }
}

function single(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null
}
