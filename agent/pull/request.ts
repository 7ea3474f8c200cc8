import type { Target } from '@streamgauge/contract'
import type { RequestHeaders, ResponseHeaders } from '../connect/connection.ts'
import { ProbeFailure } from '../probe/failure.ts'
import type { Reach } from '../probe/reach.ts'
import type { Recording } from '../probe/recording.ts'
import { USER_AGENT } from '../probe/version.ts'
import { cmcdHeaders } from './cmcd.ts'

/** Some bytes of a resource. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/**
 * One GET over the run's connections: opens another one when the host differs or the server ended the last, follows
 * redirects and adds the target's headers. Every chunk of a good answer is reported with the moment it arrived.
 * @returns the URL that answered, after redirects: what relative addresses are relative to
 * @throws ProbeFailure `HTTP_STATUS` for anything but 200, or 206 when a range was asked for
 */
export type Get = (
  url: URL,
  data: (bytes: Uint8Array, atMs: number) => void,
  range?: ByteRange,
) => Promise<URL>

/** As many as curl follows without being asked: more is a loop. */
const REDIRECTS_MAX = 10
const REDIRECT_BODY_MAX_BYTES = 1024 * 1024
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Not for another host (Fetch standard, HTTP-redirect fetch), and `host` would be wrong there. */
const OWN_ONLY = new Set(['authorization', 'cookie', 'host', 'proxy-authorization'])
/** These describe the connection, which is ours to make. */
const NEVER = new Set(['connection', 'content-length', 'keep-alive', 'te', 'transfer-encoding', 'upgrade'])

/** Makes `get` for one run. */
export function makeGet(target: Target, run: Recording, reach: Reach, signal: AbortSignal): Get {
  return async (url, data, range) => {
    let at = url
    for (let hops = 0; ; hops++) {
      const answer = await ask(target, run, reach, signal, at, data, range ?? null)
      if (answer === 'answered') return at
      if (hops === REDIRECTS_MAX)
        throw new ProbeFailure('HTTP_STATUS', 'target', `more than ${REDIRECTS_MAX} redirects in a row`)
      at = destination(answer.location, at)
    }
  }
}

async function ask(
  target: Target,
  run: Recording,
  reach: Reach,
  signal: AbortSignal,
  url: URL,
  data: (bytes: Uint8Array, atMs: number) => void,
  range: ByteRange | null,
): Promise<'answered' | { readonly location: string }> {
  signal.throwIfAborted()
  const { connection, giveBack } = await reach.turn(url)
  let window: Window | null = null
  let location: string | null = null
  let redirect = 0
  let redirectBytes = 0
  try {
    signal.throwIfAborted()
    run.requested()
    await connection.get(`${url.pathname}${url.search}`, headersFor(target, run, reach, url, range), {
      held: (ms) => run.held(ms),
      head(status, headers) {
        location = REDIRECTS.has(status) ? (headers.location ?? null) : null
        redirect = status
        if (location !== null) return
        run.answered(status, headers)
        window = bodyWindow(status, headers, range)
      },
      data(bytes) {
        reach.received(url, bytes.length)
        if (location !== null) {
          redirectBytes += bytes.length
          if (redirectBytes <= REDIRECT_BODY_MAX_BYTES) return
          throw new ProbeFailure('HTTP_PROTOCOL', 'target', 'a redirect with a body that does not end')
        }
        const at = run.received(bytes)
        const wanted = window === null ? bytes : window.take(bytes)
        if (wanted.length > 0) data(wanted, at)
      },
    })
  } finally {
    giveBack()
  }
  // Closing a connection ourselves can look like a clean end.
  signal.throwIfAborted()
  if (location === null) return 'answered'
  run.redirected(redirect)
  return { location }
}

function headersFor(
  target: Target,
  run: Recording,
  reach: Reach,
  url: URL,
  range: ByteRange | null,
): RequestHeaders {
  const own = reach.isOwn(url)
  const added = Object.entries(target.headers ?? {}).filter(
    ([name]) => !NEVER.has(name) && name !== 'host' && (own || !OWN_ONLY.has(name)),
  )
  return {
    'user-agent': USER_AGENT,
    accept: '*/*',
    // Bytes are counted and timed as they are; players ask for media without compression too.
    'accept-encoding': 'identity',
    ...(target.cmcd ? cmcdHeaders(target, run, url) : {}),
    ...(range === null ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
    ...Object.fromEntries(added),
  }
}

/** Which bytes of a body were asked for: a server may answer a range with the whole (RFC 9110 §14.2). */
interface Window {
  take(bytes: Uint8Array): Uint8Array
}

function bodyWindow(status: number, headers: ResponseHeaders, range: ByteRange | null): Window | null {
  if (range === null && status === 200) return null
  if (range === null || (status !== 200 && status !== 206))
    throw new ProbeFailure('HTTP_STATUS', 'target', `the server answered ${status}`)
  const told = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')
  if (status === 206 && (told === null || Number(told[1]) !== range.offset))
    throw new ProbeFailure(
      'HTTP_PROTOCOL',
      'target',
      `byte ${range.offset} was asked for, and "${headers['content-range'] ?? ''}" came`,
    )
  const { offset, length } = range
  let position = status === 206 ? offset : 0
  return {
    take(bytes) {
      const from = Math.max(0, offset - position)
      const to = Math.max(0, offset + length - position)
      position += bytes.length
      return bytes.subarray(from, to)
    },
  }
}

function destination(location: string, from: URL): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new ProbeFailure('HTTP_PROTOCOL', 'target', `a redirect to "${location.slice(0, 200)}"`)
  if (from.protocol === 'https:' && url.protocol === 'http:')
    throw new ProbeFailure('REFUSED_BY_POLICY', 'agent', `a redirect from TLS to cleartext, ${url.host}`)
  return url
}
