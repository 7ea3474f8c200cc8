import type { HttpVersion } from '@streamgauge/contract'

/** What a connector needs to know. One address, one attempt. */
export interface ConnectRequest {
  readonly address: string
  readonly port: number
  /** Name for SNI and the certificate. */
  readonly host: string
  /** `host[:port]`: what the server is told it is asked for. */
  readonly authority: string
  /** `false`: cleartext HTTP/1.1. */
  readonly secure: boolean
  /** The version to insist on; `null`: what ALPN agrees on. */
  readonly http_version: HttpVersion | null
  readonly ca_pem: string | null
  readonly insecure: boolean
  /** How long the handshake may take. */
  readonly timeout_ms: number
  /** `null`: a cold connection. */
  readonly resume: Resume | null
}

/** What a connection takes along from an earlier one to the same server. */
export interface Resume {
  readonly ticket: Ticket
  /** Send the first request before the handshake is done (RFC 8446 §2.3). QUIC only. */
  readonly early: boolean
}

/** What a server hands out so that the next handshake is shorter. */
export interface Ticket {
  readonly bytes: Buffer
  /** What the server sent in its full QUIC handshake; a resumed one carries no certificate. `null` on TCP. */
  readonly handshake_bytes: number | null
}

/** What the transport knew of the path; `null`: it does not tell. */
export interface PathFigures {
  readonly rtt_ms: number | null
  readonly rtt_min_ms: number | null
  readonly rtt_var_ms: number | null
  /** What this side sent and had to send again: TCP segments, QUIC packets. */
  readonly retransmit_count: number | null
  /** Share of the server's packets with stream data that never arrived, see `PacketLoss`; TCP has no such numbers. */
  readonly loss_ratio: number | null
  /** Data segments that came out of turn: on a path that keeps order, one before them was lost. TCP only. */
  readonly out_of_order_count: number | null
  /** Whether both ends agreed to mark packets instead of dropping them (RFC 3168). */
  readonly ecn: boolean | null
}

/** Called as a response comes in, from the transport's own event, so that a caller can take the time. */
export interface ResponseSink {
  /** With early data: this program, not the network, took `ms` until the first packet and the request in it could go. */
  held?(ms: number): void
  /** Throwing ends the request. */
  head(status: number, headers: ResponseHeaders): void
  data(bytes: Uint8Array): void
}

/** Lower-case names; repeated headers joined by commas. */
export type ResponseHeaders = Readonly<Record<string, string>>

/** Lower-case names. */
export type RequestHeaders = Readonly<Record<string, string>>

/**
 * A connection over which application data may be sent. With early data, `handshake_ms`, `resumed` and `zero_rtt` are
 * final once `figures` has told: whether the server took the data is known only from its answer.
 */
export interface Connection {
  readonly http_version: HttpVersion
  /** `null`: cleartext. */
  readonly tls_version: '1.2' | '1.3' | null
  /** TCP three-way handshake; `null` on QUIC. */
  readonly connect_ms: number | null
  /** `null` on QUIC and in cleartext. */
  readonly tls_ms: number | null
  /** First packet sent to the moment encrypted application data may be sent. */
  readonly handshake_ms: number
  /** Wall time spent in this program, not on the network, before the connection could be used. */
  readonly overhead_ms: number
  readonly resumed: boolean | null
  readonly zero_rtt: boolean | null
  /** Whether the server asked for address validation first; `null`: not told. */
  readonly retry: boolean | null
  /** Whether another request can go over it. */
  readonly usable: boolean
  /**
   * Sends GET and reports the response to `sink`; resolves when the body has ended as announced. `headers` come beside
   * those that name the request (method, path, authority).
   * @throws ProbeFailure whatever the network did; whatever `sink` throws, after ending the request
   */
  get(path: string, headers: RequestHeaders, sink: ResponseSink): Promise<void>
  /** Waits `limit_ms` at most for what resumes this connection; `null`: the server hands out nothing. */
  ticket(limit_ms: number): Promise<Ticket | null>
  /** Ends it at once; a `get` under way rejects with `RESET`. */
  close(): void
  /** What the transport knew of the path when it was closed; asked for once, after `close`. */
  figures(): Promise<PathFigures>
}

/** Opens a connection. @throws ProbeFailure */
export type Connector = (request: ConnectRequest, signal: AbortSignal) => Promise<Connection>

/** A path of which nothing is known. */
export const UNKNOWN_PATH: PathFigures = {
  rtt_ms: null,
  rtt_min_ms: null,
  rtt_var_ms: null,
  retransmit_count: null,
  loss_ratio: null,
  out_of_order_count: null,
  ecn: null,
}
