import type { HttpVersion } from '@streamgauge/contract'

/** What a connector needs to know. One address, one attempt. */
export interface ConnectRequest {
  readonly address: string
  readonly port: number
  /** Name for SNI, the certificate and the authority. */
  readonly host: string
  /** `host[:port]` as it stands in the URL. */
  readonly authority: string
  /** `false`: cleartext HTTP/1.1. */
  readonly secure: boolean
  /** The version to insist on; `null`: what ALPN agrees on. */
  readonly http_version: HttpVersion | null
  readonly ca_pem: string | null
  readonly insecure: boolean
  /** How long the handshake may take. */
  readonly timeout_ms: number
  readonly user_agent: string
}

/** What the transport knew of the path; `null`: it does not tell. */
export interface PathFigures {
  readonly rtt_ms: number | null
  readonly rtt_min_ms: number | null
  readonly rtt_var_ms: number | null
  /** What this side sent and had to send again: TCP segments, QUIC packets. */
  readonly retransmit_count: number | null
  /** Share of the server's packets that never arrived, by the gaps in their numbers; TCP has no such numbers. */
  readonly loss_ratio: number | null
}

/** Called as a response comes in, from the transport's own event, so that a caller can take the time. */
export interface ResponseSink {
  /** Throwing ends the request. */
  head(status: number, headers: ResponseHeaders): void
  data(bytes: Uint8Array): void
}

/** Lower-case names; repeated headers joined by commas. */
export type ResponseHeaders = Readonly<Record<string, string>>

/** A connection over which application data may be sent. */
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
   * Sends GET and reports the response to `sink`; resolves when the body has ended as announced.
   * @throws ProbeFailure whatever the network did; whatever `sink` throws, after ending the request
   */
  get(path: string, sink: ResponseSink): Promise<void>
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
}
