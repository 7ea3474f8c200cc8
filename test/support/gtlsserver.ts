import { cpSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from './certificate.ts'
import { aFolder, answersQuic, freePort, startForeign, storeCertificate } from './foreign.ts'
import type { Owner } from './owner.ts'

/** A running server of ngtcp2's: HTTP/3 alone. */
export interface Gtlsserver {
  readonly port: number
  /** Paths asked for, in order. */
  readonly asked: () => string[]
  /** Bytes of the file behind a path. */
  readonly bytesOf: (path: string) => number
  /** Kinds of packets it received, `Initial`, `0RTT`, ..., each as often as it came. */
  readonly received: () => string[]
}

/**
 * Starts gtlsserver with `files` as they are now under `/`: it opens each file once, so a playlist does not change in
 * front of its clients.
 */
export async function startGtlsserver(
  owner: Owner,
  files: string,
  certificate: Certificate,
  options: readonly string[] = [],
): Promise<Gtlsserver> {
  const folder = aFolder(owner, 'gtlsserver')
  const port = await freePort()
  const site = join(folder, 'site')
  cpSync(files, site, { recursive: true, filter: (file) => !file.endsWith('.tmp') && !file.endsWith('.out') })
  storeCertificate(folder, 'own', certificate)
  const output = join(folder, 'gtlsserver.out')
  const printed = () => readFileSync(output, 'utf8')
  await startForeign(owner, 'gtlsserver', {
    folder,
    args: [
      ...['--no-quic-dump', '--no-http-dump', '-d', site, ...options],
      ...['127.0.0.1', String(port), 'own.key', 'own.crt'],
    ],
    ready: () => answersQuic(port),
  })
  return {
    port,
    asked: () => [...printed().matchAll(/\[:path: ([^\]]+)\]/g)].map(([, path]) => path ?? ''),
    bytesOf: (path) => statSync(join(site, path)).size,
    received: () => [...printed().matchAll(/pkt rx .* type=(\w+)/g)].map(([, type]) => type ?? ''),
  }
}
