import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Now } from '../clock.ts'
import type { Principal } from './principal.ts'
import type { TokenBook } from './tokens.ts'

/** Name of the cookie of a signed-in browser. */
export const SESSION_COOKIE = 'streamgauge_session'

/** How long a browser stays signed in: 30 days. */
export const SESSION_S = 30 * 86_400

/**
 * Signed-in browsers. A session is `<token id>.<expiry, s>.<HMAC>`: it holds no token, needs no table, works on every
 * collector with the same admin token, and ends when the token it was made from is revoked.
 */
export class Sessions {
  readonly #tokens: TokenBook
  readonly #secret: string
  readonly #now: Now

  constructor(tokens: TokenBook, secret: string, now: Now) {
    this.#tokens = tokens
    this.#secret = secret
    this.#now = now
  }

  /** The cookie value for someone who came in with a token. */
  make(principal: Principal): string {
    const expires = Math.floor(this.#now() / 1_000) + SESSION_S
    const hash = this.#tokens.byId(principal.tokenId)?.hash ?? ''
    return `${principal.tokenId}.${expires}.${this.#sign(principal.tokenId, String(expires), hash)}`
  }

  /** Who a cookie value belongs to; `null` when it is forged, expired, or its token revoked. */
  read(cookie: string): Principal | null {
    const [tokenId = '', expires = '', signature = '', ...rest] = cookie.split('.')
    if (rest.length > 0 || !(Number(expires) * 1_000 > this.#now())) return null
    const token = this.#tokens.byId(tokenId)
    if (token === null) return null
    const expected = Buffer.from(this.#sign(tokenId, expires, token.hash))
    const given = Buffer.from(signature)
    return expected.length === given.length && timingSafeEqual(expected, given) ? token.principal : null
  }

  #sign(tokenId: string, expires: string, hash: string): string {
    return createHmac('sha256', this.#secret).update(`${tokenId}.${expires}.${hash}`).digest('base64url')
  }
}
