import type { IncomingHttpHeaders } from 'node:http'
import type { Role } from '@streamgauge/contract'
import { allows, type Principal } from '../auth/principal.ts'
import { SESSION_COOKIE, type Sessions } from '../auth/session.ts'
import type { TokenBook } from '../auth/tokens.ts'
import { CollectorError } from '../error.ts'

/** What a client shows when it connects. */
export interface Handshake {
  readonly headers: IncomingHttpHeaders
  readonly auth: Readonly<Record<string, unknown>>
}

/** Lets a client in that may do what `role` may. Rejects with `UNAUTHORIZED` or `FORBIDDEN`. */
export type Admit = (handshake: Handshake, role: Role) => Promise<Principal>

/** Takes a Cookie header apart. */
export type ParseCookies = (header: string) => Readonly<Record<string, string | undefined>>

/** Makes the door of the live connections: a token in the handshake, or a signed-in browser's cookie. */
export function makeDoor(tokens: TokenBook, sessions: Sessions, parseCookies: ParseCookies): Admit {
  return async (handshake, role) => {
    const principal = await identify(handshake, tokens, sessions, parseCookies)
    if (principal === null) throw withData('UNAUTHORIZED', 'send a valid token: auth: { token }')
    if (!allows(principal.role, role)) {
      throw withData('FORBIDDEN', `this needs role ${role}; yours is ${principal.role}`)
    }
    return principal
  }
}

async function identify(
  { headers, auth }: Handshake,
  tokens: TokenBook,
  sessions: Sessions,
  parseCookies: ParseCookies,
) {
  const token = auth.token
  if (typeof token === 'string') return tokens.find(token)
  const foreign = headers.origin !== undefined && hostOf(headers.origin) !== headers.host
  if (headers.cookie === undefined || foreign) return null
  const cookie = parseCookies(headers.cookie)[SESSION_COOKIE]
  return cookie === undefined ? null : sessions.read(cookie)
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}

/** socket.io hands a refused client the message and `data`. */
function withData(code: string, message: string): Error {
  return Object.assign(new CollectorError(code, message), { data: { code, message } })
}
