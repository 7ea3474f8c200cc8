import { accessSync, constants, mkdirSync } from 'node:fs'
import { isIP } from 'node:net'
import { UsageError } from '../cli/arguments.ts'
import type { CongestionControl } from '../net/congestion.ts'
import { type ServerCertificate, serverCertificate } from './certificate.ts'
import { type GopSeconds, loadClip } from './clip/clip.ts'
import { BitrateTooLow } from './clip/padding.ts'
import { handlerFor } from './handler.ts'
import type { Handler } from './reply.ts'
import { type Listener, listenCleartext, listenSecure } from './servers.ts'
import { LiveSource } from './source.ts'

/** How to run an origin. */
export interface OriginOptions {
  readonly host: string
  /** TCP and UDP; 0: any free one. */
  readonly port: number
  /** HTTP/1.1 without TLS; `null`: none. */
  readonly http_port: number | null
  readonly data_dir: string
  readonly streams: readonly string[]
  readonly bitrate_bps: number
  readonly gop_s: GopSeconds
  readonly congestion: CongestionControl | null
  /** More names for the certificate. */
  readonly names: readonly string[]
  /** Whether answers over TCP and TLS say that HTTP/3 is there too (`Alt-Svc`, RFC 7838). Default: yes. */
  readonly advertise_h3?: boolean
}

/** A running origin. */
export interface Origin {
  readonly port: number
  readonly http_port: number | null
  /** PEM of the authority that signed its certificate, and where it is kept. */
  readonly ca_pem: string
  readonly ca_file: string
  close(): Promise<void>
}

/**
 * Starts the live test streams: HTTP-FLV, HLS and LL-HLS over HTTP/1.1, HTTP/2 and HTTP/3 on one port.
 * @throws UsageError `PORT_TAKEN`, `LISTEN_FAILED`, `DATA_DIR_UNWRITABLE`, `BITRATE_TOO_LOW`, `CONGESTION_UNAVAILABLE`
 */
export async function startOrigin(options: OriginOptions): Promise<Origin> {
  const certificate = await certificateIn(options)
  const sources = new Map(options.streams.map((id) => [id, sourceOf(options)]))
  const plain = handlerFor(sources, {})
  // Which port answers to HTTP/3 is known only once it listens.
  let overTcp: Handler = plain
  const listeners: Listener[] = []
  const close = async () => {
    for (const source of sources.values()) source.close()
    await Promise.all(listeners.map((listener) => listener.close()))
  }
  try {
    const secure = await listenSecure({ ...options, certificate }, (reply) =>
      reply.http_version === '3' ? plain(reply) : overTcp(reply),
    )
    listeners.push(secure)
    if (options.advertise_h3 ?? true)
      overTcp = handlerFor(sources, { 'alt-svc': `h3=":${secure.port}"; ma=86400` })
    const clear =
      options.http_port === null
        ? null
        : await listenCleartext({ ...options, port: options.http_port }, plain)
    if (clear !== null) listeners.push(clear)
    const { ca: ca_pem, caFile: ca_file } = certificate
    return { port: secure.port, http_port: clear?.port ?? null, ca_pem, ca_file, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function certificateIn(options: OriginOptions): Promise<ServerCertificate> {
  try {
    mkdirSync(options.data_dir, { recursive: true })
    accessSync(options.data_dir, constants.W_OK)
    return await serverCertificate(options.data_dir, namesOf(options))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError('DATA_DIR_UNWRITABLE', `${options.data_dir} cannot be used: ${why}`)
  }
}

/** An address that is listened on is a name that is asked for. */
function namesOf({ host, names }: OriginOptions): readonly string[] {
  const isWildcard = host === '0.0.0.0' || host === '::'
  return isIP(host) === 0 || isWildcard || names.includes(host) ? names : [...names, host]
}

function sourceOf(options: OriginOptions): LiveSource {
  try {
    return new LiveSource(loadClip(options.gop_s), options.bitrate_bps)
  } catch (error) {
    if (error instanceof BitrateTooLow) throw new UsageError(error.code, error.message)
    throw error
  }
}
