import type { IncomingMessage, ServerResponse } from 'node:http'
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

/** A reply over HTTP/2 or HTTP/3. */
export function streamReply(stream: ServerHttp3Stream, headers: IncomingHeaders): Reply {
  stream.on('error', () => {})
  // Nobody here reads what a viewer sends; unread, it would pile up.
  stream.resume()
  return {
    method: String(headers[':method']),
    path: String(headers[':path']),
    // HTTP/2 comes in the library's HTTP/3 clothes, without a stream id.
    http_version: stream.id < 0 ? '2' : '3',
    header: (name) => single(headers[name]),
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

function single(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null
}
