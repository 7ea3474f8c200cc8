import type { FailureCode, FailureSource } from '@streamgauge/contract'

/** How a run came to fail, and who is to blame. Thrown inside a run, never out of it. */
export class ProbeFailure extends Error {
  readonly code: FailureCode
  readonly source: FailureSource

  constructor(code: FailureCode, source: FailureSource, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
    this.source = source
  }
}

/** What Node and OpenSSL call a failure, in our words. `null`: not a failure of the network. */
export function failureOfSocket(error: unknown, stage: 'connect' | 'tls' | 'http'): ProbeFailure | null {
  if (error instanceof ProbeFailure) return error
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null
  const { code, message } = error
  const failure = (as: FailureCode, source: FailureSource) => new ProbeFailure(as, source, message, error)

  switch (code) {
    case 'ECONNREFUSED':
      return failure('CONNECT_REFUSED', 'target')
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return failure('CONNECT_UNREACHABLE', 'path')
    case 'ETIMEDOUT':
      return stage === 'connect' ? failure('CONNECT_TIMEOUT', 'path') : failure('RESET', 'path')
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return failure('RESET', 'path')
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
      return failure('AGENT_ERROR', 'agent')
  }
  if (code.includes('NO_APPLICATION_PROTOCOL')) return failure('TLS_ALPN', 'target')
  if (CERTIFICATE_CODES.has(code)) return failure('TLS_CERTIFICATE', 'target')
  if (stage === 'tls' && (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')))
    return failure('TLS_FAILED', 'target')
  if (stage === 'tls') return failure('TLS_FAILED', 'target')
  if (code.startsWith('HPE_') || code.startsWith('ERR_HTTP')) return failure('HTTP_PROTOCOL', 'target')
  return null
}

/** A TLS alert (RFC 8446 §6) as QUIC carries it: 0x100 + alert, RFC 9001 §4.8. */
export function failureOfQuicClose(errorCode: number, reason: string): ProbeFailure {
  const told = `the connection was closed with error 0x${errorCode.toString(16)}${reason ? `: ${reason}` : ''}`
  if (errorCode === 0x02) return new ProbeFailure('CONNECT_REFUSED', 'target', told)
  if (errorCode < 0x100 || errorCode > 0x1ff) return new ProbeFailure('HTTP_PROTOCOL', 'target', told)
  const alert = errorCode & 0xff
  if (alert === 120) return new ProbeFailure('TLS_ALPN', 'target', told)
  if (alert >= 42 && alert <= 48) return new ProbeFailure('TLS_CERTIFICATE', 'target', told)
  return new ProbeFailure('TLS_FAILED', 'target', told)
}

/** X509_verify_cert codes as Node names them, and its own check of the name. */
const CERTIFICATE_CODES = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
