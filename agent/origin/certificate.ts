import 'reflect-metadata'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { epochMs } from '../clock.ts'

/** What a TLS server needs, and the authority its clients should trust. All PEM. */
export interface ServerCertificate {
  readonly key: string
  readonly cert: string
  readonly ca: string
  readonly caFile: string
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000
const AUTHORITY_DAYS = 3_650
/** Browsers refuse longer ones. */
const SERVER_DAYS = 397
const RENEW_DAYS = 30

/**
 * The origin's certificate, from `folder` or made now: an authority of its own signs a certificate for this host and
 * `names`. It is made again when it runs out within 30 days or the names have changed; the authority stays.
 * @throws when the folder cannot be written
 */
export async function serverCertificate(
  folder: string,
  names: readonly string[],
): Promise<ServerCertificate> {
  x509.cryptoProvider.set(crypto)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = (name: string) => join(folder, name)
  const wanted = [...new Set(['localhost', hostname(), '127.0.0.1', '::1', ...names])].sort()

  let authority = await readAuthority(file('ca.pem'), file('ca.key'))
  if (authority === null) {
    authority = await makeAuthority()
    write(file('ca.key'), await pemOf(authority.keys.privateKey), 0o600)
    write(file('ca.pem'), authority.certificate.toString('pem'), 0o644)
    write(file('names.json'), '[]', 0o644)
  }
  if (!isGood(file, wanted)) {
    const server = await makeServer(authority, wanted)
    write(file('key.pem'), await pemOf(server.keys.privateKey), 0o600)
    write(file('cert.pem'), server.certificate.toString('pem'), 0o644)
    write(file('names.json'), JSON.stringify(wanted), 0o644)
  }
  const read = (name: string) => readFileSync(file(name), 'utf8')
  return { key: read('key.pem'), cert: read('cert.pem'), ca: read('ca.pem'), caFile: file('ca.pem') }
}

interface Authority {
  readonly certificate: x509.X509Certificate
  readonly keys: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey }
}

async function readAuthority(certFile: string, keyFile: string): Promise<Authority | null> {
  if (!existsSync(certFile) || !existsSync(keyFile)) return null
  const certificate = new x509.X509Certificate(readFileSync(certFile, 'utf8'))
  if (certificate.notAfter.getTime() < epochMs() + RENEW_DAYS * DAY_MS) return null
  const der = x509.PemConverter.decode(readFileSync(keyFile, 'utf8'))[0]
  if (der === undefined) return null
  const privateKey = await crypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign'])
  return { certificate, keys: { privateKey, publicKey: await certificate.publicKey.export() } }
}

async function makeAuthority(): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=Streamgauge test origin ${hostname()}`,
    ...validFor(AUTHORITY_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate, keys }
}

async function makeServer(authority: Authority, names: readonly string[]): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${names[0] ?? 'localhost'}`,
    issuer: authority.certificate.subject,
    ...validFor(SERVER_DAYS),
    signingAlgorithm: ALGORITHM,
    signingKey: authority.keys.privateKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.flatMap(alternativeNames)),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  })
  return { certificate, keys }
}

/** An address is listed as a name too: quiche looks addresses up among the names. */
function alternativeNames(name: string): x509.JsonGeneralName[] {
  const isAddress = /^[0-9.]+$|:/.test(name)
  if (!isAddress) return [{ type: 'dns', value: name }]
  const address: x509.JsonGeneralName = { type: 'ip', value: name }
  return name.includes(':') ? [address] : [address, { type: 'dns', value: name }]
}

function isGood(file: (name: string) => string, wanted: readonly string[]): boolean {
  if (!['cert.pem', 'key.pem', 'names.json'].every((name) => existsSync(file(name)))) return false
  if (readFileSync(file('names.json'), 'utf8') !== JSON.stringify(wanted)) return false
  const certificate = new x509.X509Certificate(readFileSync(file('cert.pem'), 'utf8'))
  return certificate.notAfter.getTime() > epochMs() + RENEW_DAYS * DAY_MS
}

function validFor(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(epochMs() - DAY_MS), notAfter: new Date(epochMs() + days * DAY_MS) }
}

function serial(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(15))).toString('hex')
}

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

function write(file: string, text: string, mode: number): void {
  writeFileSync(file, text, { mode })
}
