import { ADDRCONFIG } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { ProbeFailure } from '../probe/failure.ts'

const LIMIT_MS = 5_000

/**
 * One address of `host`, the system's first, with happy eyeballs out of the way; a literal address is its own.
 * @throws ProbeFailure `DNS_NOT_FOUND`, `DNS_TIMEOUT`
 */
export async function resolve(host: string, signal: AbortSignal): Promise<string> {
  if (isIP(host) !== 0) return host
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)])
  const timedOut = new Promise<never>((_, reject) => {
    const abort = () => reject(new ProbeFailure('DNS_TIMEOUT', 'resolver', `no answer for ${host} in time`))
    limit.addEventListener('abort', abort, { once: true })
  })
  try {
    return (await Promise.race([lookup(host, { order: 'verbatim', hints: ADDRCONFIG }), timedOut])).address
  } catch (error) {
    if (error instanceof ProbeFailure) throw error
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EAI_AGAIN' || code === 'ETIMEOUT')
      throw new ProbeFailure('DNS_TIMEOUT', 'resolver', `no answer for ${host}`, error)
    throw new ProbeFailure('DNS_NOT_FOUND', 'resolver', `${host} has no address`, error)
  }
}
