import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { DnsMetrics } from './metrics.ts'
import { QUERY_MAX_BYTES } from './query.ts'
import { plainAddress, prefixOf } from './subnet.ts'
import type { TransportDeps } from './udp.ts'

const CONNECTIONS_MAX = 1_000
/** Of one network (/24, /56). */
const CONNECTIONS_EACH_MAX = 100
/** Within this the next query has to be there, and be there whole (RFC 7766, 6.2.3). */
const IDLE_MS = 10_000
/** Whoever reads no answers is asked for no queries. */
const UNREAD_MAX_BYTES = 65_536

/** Connections that may be open at once, over all addresses. */
export class Connections {
  readonly #byPrefix = new Map<string, number>()
  readonly #open = new Set<Socket>()

  get size(): number {
    return this.#open.size
  }

  /** Whether there is room for one more; it is forgotten when it ends. */
  take(socket: Socket, from: string): boolean {
    const prefix = prefixOf(from)
    const same = this.#byPrefix.get(prefix) ?? 0
    if (this.#open.size >= CONNECTIONS_MAX || same >= CONNECTIONS_EACH_MAX) return false
    this.#byPrefix.set(prefix, same + 1)
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      const left = (this.#byPrefix.get(prefix) ?? 1) - 1
      if (left === 0) this.#byPrefix.delete(prefix)
      else this.#byPrefix.set(prefix, left)
    })
    return true
  }

  close() {
    for (const socket of this.#open) socket.destroy()
  }
}

/** Answers over TCP at an address, queries one behind the other (RFC 7766). Rejects with what the system says. */
export async function listenTcp(
  deps: TransportDeps,
  connections: Connections,
  host: string,
  port: number,
): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    const from = plainAddress(socket.remoteAddress ?? '')
    if (from === '' || !connections.take(socket, from)) {
      deps.metrics.refusedConnection()
      socket.destroy()
      return
    }
    serve(deps, socket, from)
  })
  const begun = once(server, 'listening')
  server.listen({ host, port, exclusive: true })
  await begun
  server.on('error', (error) => deps.warn({ err: error }, 'DNS over TCP'))
  return server
}

function serve({ answerer, metrics, warn }: TransportDeps, socket: Socket, from: string) {
  let waiting: Buffer = Buffer.alloc(0)
  // Bytes alone do not count: whoever sends one at a time is not asking.
  const timer = setTimeout(() => socket.destroy(), IDLE_MS)
  socket.once('close', () => clearTimeout(timer))

  /** Answers what is there whole, as far as answers are read. */
  function answerWaiting() {
    while (waiting.length >= 2 && !socket.destroyed) {
      if (socket.writableLength > UNREAD_MAX_BYTES) return socket.pause()
      const length = waiting.readUInt16BE(0)
      if (length > QUERY_MAX_BYTES) return refuse(metrics, socket)
      if (waiting.length < 2 + length) break
      const found = answerer.answer(waiting.subarray(2, 2 + length), from, 'tcp')
      waiting = waiting.subarray(2 + length)
      if (found === null) return refuse(metrics, socket)
      const prefix = Buffer.alloc(2)
      prefix.writeUInt16BE(found.message.length)
      socket.write(Buffer.concat([prefix, found.message]))
      metrics.answered('tcp', found, false)
      timer.refresh()
    }
    socket.resume()
  }

  function answerOrEnd() {
    try {
      answerWaiting()
    } catch (error) {
      metrics.dropped('tcp', 'failed')
      warn({ err: error }, 'a query was not answered')
      socket.destroy()
    }
  }

  socket.on('drain', answerOrEnd)
  socket.on('data', (bytes: Buffer) => {
    waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes])
    answerOrEnd()
  })
}

/** Where the next message begins is not known any more, or never was. */
function refuse(metrics: DnsMetrics, socket: Socket) {
  metrics.dropped('tcp', 'unanswerable')
  socket.destroy()
}
