import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { rootCertificates } from 'node:tls'
import type { Environment } from '../config/environment.ts'
import { messageOf, StartError } from '../error.ts'
import type { Certificates, Location } from '../store/client.ts'

/**
 * Where the store is: a server when `CLICKHOUSE_URL` says so, else the embedded engine in the data folder.
 * Throws `ENVIRONMENT_INVALID`, which never shows the URL: it may hold a password.
 */
export function location(env: Environment): Location {
  if (env.CLICKHOUSE_URL === undefined) {
    if (env.CLICKHOUSE_CLUSTER !== undefined) throw invalid('CLICKHOUSE_CLUSTER needs CLICKHOUSE_URL')
    return { path: resolve(env.DATA_DIR, 'clickhouse') }
  }
  const url = parse(env.CLICKHOUSE_URL)
  const user = one('CLICKHOUSE_USER', env.CLICKHOUSE_USER, decoded(url.username))
  const password = one('CLICKHOUSE_PASSWORD', passwordOf(env), decoded(url.password))
  const database = one('CLICKHOUSE_DATABASE', env.CLICKHOUSE_DATABASE, url.pathname.slice(1))
  if (database !== undefined && !/^\w+$/.test(database))
    throw invalid('CLICKHOUSE_URL has a path that is no database name')
  const tls = certificates(env, url, password !== undefined)
  return {
    url: url.origin,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    ...(env.CLICKHOUSE_CLUSTER !== undefined && { cluster: env.CLICKHOUSE_CLUSTER }),
    ...(tls !== null && { tls }),
  }
}

function parse(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw invalid('CLICKHOUSE_URL is not a URL')
  if (url.search !== '' || url.hash !== '') throw invalid('CLICKHOUSE_URL takes no parameters')
  return url
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid('CLICKHOUSE_URL has a % in its user or password that is not %25')
  }
}

/** What is said at one of two places; empty in the URL is not said. */
function one(name: string, fromEnv: string | undefined, fromUrl: string): string | undefined {
  if (fromUrl === '') return fromEnv
  if (fromEnv !== undefined && fromEnv !== fromUrl)
    throw invalid(`${name} and CLICKHOUSE_URL contradict each other`)
  return fromUrl
}

function passwordOf(env: Environment): string | undefined {
  const { CLICKHOUSE_PASSWORD: given, CLICKHOUSE_PASSWORD_FILE: path } = env
  if (path === undefined) return given
  if (given !== undefined) throw invalid('set CLICKHOUSE_PASSWORD or CLICKHOUSE_PASSWORD_FILE, not both')
  return read('CLICKHOUSE_PASSWORD_FILE', path)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

function certificates(env: Environment, url: URL, hasPassword: boolean): Certificates | null {
  const { CLICKHOUSE_CA_FILE: ca, CLICKHOUSE_CERT_FILE: cert, CLICKHOUSE_KEY_FILE: key } = env
  if (ca === undefined && cert === undefined && key === undefined) return null
  if (url.protocol !== 'https:') throw invalid('certificates need a CLICKHOUSE_URL that begins with https:')
  const ca_cert = ca === undefined ? Buffer.from(rootCertificates.join('\n')) : read('CLICKHOUSE_CA_FILE', ca)
  if (cert === undefined && key === undefined) return { ca_cert }
  if (cert === undefined || key === undefined)
    throw invalid('CLICKHOUSE_CERT_FILE and CLICKHOUSE_KEY_FILE go together')
  if (hasPassword) throw invalid('the server takes a certificate or a password, not both')
  return { ca_cert, cert: read('CLICKHOUSE_CERT_FILE', cert), key: read('CLICKHOUSE_KEY_FILE', key) }
}

function read(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new StartError('ENVIRONMENT_INVALID', `${name} cannot be read: ${messageOf(error)}`, error)
  }
}

function invalid(message: string): StartError {
  return new StartError('ENVIRONMENT_INVALID', message)
}
