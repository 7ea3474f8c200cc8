import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
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

/** HTTP/1.1 over one connected socket, kept alive between requests while the server allows it. */
export function http1(request: ConnectRequest, socket: Socket, base: TcpBase): Connection {
  const agent = new OneSocketAgent(socket)
  return {
    ...base,
    http_version: '1.1',
    get usable() {
      return !socket.destroyed && socket.writable && agent.idle
    },
    get: (path, headers, sink) => get(request, agent, path, headers, sink),
    close() {
      base.sample()
      agent.destroy()
      socket.destroy()
    },
  }
}

/** Hands out the one socket there is, again and again; never opens another. */
class OneSocketAgent extends Agent {
  readonly #socket: Socket
  #handedOut = false

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 })
    this.#socket = socket
  }

  /** Whether the socket is ours to give, or back with us. */
  get idle(): boolean {
    return !this.#handedOut || Object.keys(this.freeSockets).length > 0
  }

  override createConnection(): Socket {
    if (this.#handedOut) throw new ProbeFailure('RESET', 'target', 'the server closed the connection')
    this.#handedOut = true
    return this.#socket
  }
}

function get(
  request: ConnectRequest,
  agent: Agent,
  path: string,
  headers: RequestHeaders,
  sink: ResponseSink,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      agent,
      path,
      host: request.host,
      headers: { ...headers, host: request.authority },
    })
    const { end, fail } = ending(resolve, reject, () => outgoing.destroy())
    outgoing.on('error', fail)
    outgoing.on('upgrade', (_, socket) => {
      socket.destroy()
      fail(new ProbeFailure('HTTP_PROTOCOL', 'target', 'the server went on to another protocol, unasked'))
    })
    outgoing.on('response', (response: IncomingMessage) => {
      try {
        sink.head(statusOf(response.statusCode), headersOf(response))
      } catch (error) {
        fail(error)
        return
      }
      response.on('data', (bytes: Uint8Array) => {
        try {
          sink.data(bytes)
        } catch (error) {
          fail(error)
        }
      })
      response.on('error', fail)
      response.on('aborted', () => fail(new ProbeFailure('RESET', 'path', 'the response broke off')))
      response.on('end', () => {
        if (response.complete) end()
        else fail(new ProbeFailure('RESET', 'path', 'the response broke off'))
      })
    })
    outgoing.on('close', () => fail(new ProbeFailure('RESET', 'path', 'the connection was closed')))
    outgoing.end()
  })
}

function headersOf(response: IncomingMessage): ResponseHeaders {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}
