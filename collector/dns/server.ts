import type { Socket } from 'node:dgram'
import type { Server } from 'node:net'
import type { Registry } from 'prom-client'
import { codeOf, StartError } from '../error.ts'
import { Answerer, type AnswererDeps } from './answerer.ts'
import { Limiter } from './limiter.ts'
import { dnsMetrics } from './metrics.ts'
import { Connections, listenTcp } from './tcp.ts'
import { listenUdp, type TransportDeps } from './udp.ts'

/** A port that is free over UDP may not be over TCP: with port 0, another one is tried so often. */
const TRIES_MAX = 20

/** What the server is made of. */
export interface DnsServerDeps extends AnswererDeps {
  readonly registry: Registry
  readonly warn: (details: object, message: string) => void
}

/** Tells resolvers where viewers should go, over UDP and TCP. `listen`, and close it. */
export class DnsServer {
  readonly #deps: DnsServerDeps
  readonly #transports: TransportDeps
  readonly #connections = new Connections()
  #udp: Socket[] = []
  #tcp: Server[] = []

  constructor(deps: DnsServerDeps) {
    const { rules, registry, warn } = deps
    this.#deps = deps
    this.#transports = {
      answerer: new Answerer(deps),
      limiter: new Limiter(rules.rate_per_s),
      metrics: dnsMetrics(registry, () => this.#connections.size),
      warn,
    }
  }

  /** Begins to answer; resolves to the port. Throws a `StartError` `DNS_PORT_TAKEN` or `DNS_PORT_REFUSED`. */
  async listen(): Promise<number> {
    const { addresses, port } = this.#deps.rules
    for (let tries = 1; ; tries += 1)
      try {
        let bound = port
        for (const host of addresses) bound = await this.#listenAt(host, bound)
        return bound
      } catch (error) {
        await this.close()
        if (port === 0 && tries < TRIES_MAX && codeOf(error) === 'EADDRINUSE') continue
        throw listenError(error, addresses, port)
      }
  }

  /** Answers no more, and ends connections. */
  async close(): Promise<void> {
    const [udp, tcp] = [this.#udp, this.#tcp]
    this.#udp = []
    this.#tcp = []
    this.#connections.close()
    const closed = tcp.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    closed.push(...udp.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))))
    await Promise.all(closed)
  }

  async #listenAt(host: string, port: number): Promise<number> {
    const socket = await listenUdp(this.#transports, host, port)
    this.#udp.push(socket)
    const bound = socket.address().port
    this.#tcp.push(await listenTcp(this.#transports, this.#connections, host, bound))
    return bound
  }
}

function listenError(error: unknown, addresses: readonly string[], port: number): StartError {
  const code = codeOf(error)
  const at = `DNS on ${addresses.join(', ')} port ${port}`
  if (code === 'EADDRINUSE')
    return new StartError('DNS_PORT_TAKEN', `${at}: something else listens there`, error)
  const hint = code === 'EACCES' ? '; below 1024 it takes a right of its own (CAP_NET_BIND_SERVICE)' : ''
  return new StartError('DNS_PORT_REFUSED', `${at}: cannot listen (${code})${hint}`, error)
}
