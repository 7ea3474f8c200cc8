import { isIP } from 'node:net'
import type { Target } from '@streamgauge/contract'
import type { Connection, Connector, ConnectRequest, PathFigures, Resume } from '../connect/connection.ts'
import { connectQuic } from '../connect/quic.ts'
import { connectTcp } from '../connect/tcp.ts'
import { isPrivate, mayProbe } from '../net/address.ts'
import { resolve } from '../net/resolve.ts'
import { ProbeFailure } from './failure.ts'
import type { Recording } from './recording.ts'

/** Every transport the agent speaks. Adding one is a file and a line here. */
export const connectors = { tcp: connectTcp, quic: connectQuic } as const satisfies Record<
  Target['transport'],
  Connector
>

const HANDSHAKE_LIMIT_MS = 10_000
/** A stream spread over more hosts than this is not one. */
const HOSTS_MAX = 8

interface Line {
  readonly connection: Connection
  bytes: number
}

/**
 * The connections of one run, one to each host that it is led to: the target's own, those that redirects and playlists
 * name, and a new one where a server ended the last.
 */
export class Reach {
  readonly #target: Target
  readonly #run: Recording
  readonly #signal: AbortSignal
  readonly #handshakeLimitMs: number
  readonly #resume: Resume | null
  readonly #url: URL
  readonly #lines = new Map<string, Line>()
  readonly #opening = new Map<string, Promise<Line>>()
  readonly #taken = new Map<string, Promise<void>>()
  #isPrivate = false
  #path: { readonly figures: PathFigures; readonly bytes: number } | null = null

  /** @param url of the target */
  constructor(
    target: Target,
    url: URL,
    run: Recording,
    signal: AbortSignal,
    options: { readonly duration_ms: number; readonly resume: Resume | null },
  ) {
    this.#target = target
    this.#url = url
    this.#run = run
    this.#signal = signal
    this.#handshakeLimitMs = Math.min(HANDSHAKE_LIMIT_MS, options.duration_ms)
    this.#resume = options.resume
    signal.addEventListener('abort', () => this.close(), { once: true })
  }

  /**
   * A connection that can take a request for `url`, and how to give it back. Over HTTP/1.1 a connection takes one
   * request at a time: the next one waits for its turn. @throws ProbeFailure
   */
  async turn(url: URL): Promise<{ readonly connection: Connection; readonly giveBack: () => void }> {
    for (;;) {
      await this.#taken.get(url.origin)
      if (this.#taken.has(url.origin)) continue
      const connection = await this.to(url)
      if (connection.http_version !== '1.1') return { connection, giveBack: () => {} }
      if (this.#taken.has(url.origin)) continue
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#taken.set(url.origin, promise)
      const giveBack = () => {
        this.#taken.delete(url.origin)
        resolve()
      }
      return { connection, giveBack }
    }
  }

  /** A connection to where `url` is, opened if need be. @throws ProbeFailure */
  async to(url: URL): Promise<Connection> {
    const key = url.origin
    const opening = this.#opening.get(key)
    if (opening !== undefined) return (await opening).connection
    const line = this.#lines.get(key)
    if (line?.connection.usable) return line.connection
    const fresh = this.#replace(key, url, line ?? null)
    this.#opening.set(key, fresh)
    try {
      return (await fresh).connection
    } finally {
      this.#opening.delete(key)
    }
  }

  /** Notes which connection the bytes came over. */
  received(url: URL, bytes: number): void {
    const line = this.#lines.get(url.origin)
    if (line !== undefined) line.bytes += bytes
  }

  /** Whether `url` is on the target's own host. */
  isOwn(url: URL): boolean {
    return url.origin === this.#url.origin
  }

  /** Ends every connection. */
  close(): void {
    for (const { connection } of this.#lines.values()) connection.close()
  }

  /** What the connection that brought most of the bytes knew of its path; asked for once, after `close`. */
  async path(): Promise<PathFigures | null> {
    for (const line of this.#lines.values()) await this.#take(line)
    return this.#path?.figures ?? null
  }

  async #replace(key: string, url: URL, old: Line | null): Promise<Line> {
    if (old === null && this.#lines.size >= HOSTS_MAX)
      throw new ProbeFailure(
        'REFUSED_BY_POLICY',
        'agent',
        `a stream spread over more than ${HOSTS_MAX} hosts`,
      )
    const request = await this.#requestFor(url)
    this.#run.connecting()
    const connection = await connectors[this.#target.transport](request, this.#signal)
    this.#run.connected(connection)
    const line = { connection, bytes: 0 }
    this.#lines.set(key, line)
    if (old !== null) {
      old.connection.close()
      await this.#take(old)
    }
    return line
  }

  async #take({ connection, bytes }: Line): Promise<void> {
    const figures = await connection.figures().catch(() => null)
    if (figures !== null && bytes >= (this.#path?.bytes ?? 0)) this.#path = { figures, bytes }
  }

  async #requestFor(url: URL): Promise<ConnectRequest> {
    const own = this.isOwn(url)
    const target = this.#target
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const given = (own ? target.address : undefined) ?? (isIP(host) === 0 ? null : host)
    this.#run.reaching(given)
    const address = given ?? (await resolve(host, this.#signal))
    if (given === null) this.#run.resolved(address)
    this.#check(own, host, given, address)
    return {
      address,
      port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
      host: (own ? target.server_name : undefined) ?? host,
      authority: (own ? target.headers?.host : undefined) ?? url.host,
      secure: url.protocol === 'https:',
      http_version: target.http_version,
      ca_pem: target.ca_pem,
      insecure: target.insecure,
      timeout_ms: this.#handshakeLimitMs,
      resume: own ? this.#resume : null,
    }
  }

  /** Only a target that is at a private address itself may lead on to others: anything else points inwards from outside. */
  #check(own: boolean, host: string, given: string | null, address: string): void {
    const led = !own && isPrivate(address) && !this.#isPrivate
    if (led || !mayProbe(address, given ?? host))
      throw new ProbeFailure(
        'REFUSED_BY_POLICY',
        'agent',
        `${host} is at ${address}, which no target may use`,
      )
    if (own) this.#isPrivate = isPrivate(address)
  }
}
