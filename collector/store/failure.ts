import { CollectorError, codeOf, messageOf } from '../error.ts'

/** TIMEOUT_EXCEEDED, TOO_MANY_ROWS, MEMORY_LIMIT_EXCEEDED, TOO_MANY_ROWS_OR_BYTES. */
const TOO_LARGE = new Set(['159', '158', '241', '396'])

/** UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED. */
const REFUSED = new Set(['192', '193', '194', '516'])

/** READONLY, ACCESS_DENIED. */
const DENIED = new Set(['164', '497'])

/** What OpenSSL and Node say of a certificate that is not to be trusted. */
const CERTIFICATE =
  /^(CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|ERR_TLS_CERT)/

/**
 * Runs a statement; rejects with `QUERY_TOO_LARGE` when it passed its limits, with `STORE_REFUSED`, `STORE_DENIED` or
 * `STORE_CERTIFICATE` when the server and the collector are not set up for each other, else with `STORE_UNAVAILABLE`.
 */
export async function wrap<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CollectorError) throw error
    throw asOurs(what, error)
  }
}

function asOurs(what: string, error: unknown): CollectorError {
  const code = codeOf(error) ?? ''
  if (TOO_LARGE.has(code)) {
    const message =
      'this needs more time or memory than one request may use; narrow the window or the filters'
    return new CollectorError('QUERY_TOO_LARGE', message, { status: 422, cause: error })
  }
  const away = (ours: string, message: string) =>
    new CollectorError(ours, message, { status: 503, retryAfterS: 5, cause: error })
  if (REFUSED.has(code)) {
    return away('STORE_REFUSED', 'the store refuses this user; check CLICKHOUSE_USER and CLICKHOUSE_PASSWORD')
  }
  if (DENIED.has(code)) {
    return away('STORE_DENIED', `the store's user may not do this (${what}): ${messageOf(error)}`)
  }
  if (CERTIFICATE.test(code)) {
    return away(
      'STORE_CERTIFICATE',
      `the store's certificate is not trusted (${code}); check CLICKHOUSE_CA_FILE`,
    )
  }
  return away('STORE_UNAVAILABLE', `the store failed (${what}): ${messageOf(error)}`)
}
